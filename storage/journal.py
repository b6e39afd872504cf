"""A TinyDB storage that loses nothing: each change is one record, appended to a log and durable before it counts."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from tinydb import TinyDB
from tinydb.storages import Storage

from errors import LeftOver, NothingSound, StorageTrouble
from storage import checkpoint
from storage.atomic import not_saved
from storage.chain import Chain, Head, decoded, encoded
from storage.disk import APPEND, Disk
from storage.files import Files
from storage.recovery import Recovered, recover
from storage.seal import Seal
from storage.table import JournalTable, copied
from storage.tables import Changes, Tables, difference, merge

LONGEST_LOG = 8 * 2**20  # bytes; then a checkpoint
WORTH = 2**20  # bytes of log that make a checkpoint at the start worth its while
TRIES = 5  # to read files that another process is replacing

log = logging.getLogger("homegrown.journal")


def today() -> str:
    return datetime.now(UTC).date().isoformat()


class JournalStorage(Storage):
    """All tables of one journal, in memory (`tables`) and in `folder`. The caller serialises access.

    `trouble` says in a sentence why nothing can be written ("": it can): somebody else writes (`reading`), files are
    `damaged`, or the disk failed; what is sound can still be read. `name` says whose journal it is. Raises Locked
    without its seal, NothingSound if there is no journal, or nothing of it is sound.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        seal: Seal | None = None,
        *,
        reading: str = "",
        disk: Disk | None = None,
        day: Callable[[], str] = today,
        longest_log: int = LONGEST_LOG,
    ) -> None:
        self.files, self.name, self.trouble = Files(folder), name, reading
        self._disk, self._today, self._longest_log = disk or Disk(), day, longest_log
        found = self._read(seal)
        if found.head is None or found.chain is None:
            raise NothingSound(f"{folder} holds no sound snapshot or backup any more; put a copy of the folder back.")
        self.tables, self.damaged = found.tables, tuple(found.damaged)
        self._seal, self._chain, self._end, self._newest = seal, found.chain, found.end, found.newest
        self._owes_purge = False
        self._day = found.head.made if found.head.made == day() else ""
        self._checkpoint_at = longest_log
        if not reading:
            self._make_ready(found)

    @classmethod
    def found(
        cls, folder: Path, name: str, tables: Tables, seal: Seal | None = None, *, disk: Disk | None = None
    ) -> None:
        """Begins a journal that holds `tables`. Raises StorageTrouble; then there is still none."""
        disk = disk or Disk()
        try:
            head = Head("snapshot", 1, today(), sealed=seal is not None)
            checkpoint.write_generation(disk, Files(folder), tables, Chain(name, head, seal))
            disk.sync_folder(folder)
        except OSError as error:
            raise not_saved(folder, error) from error

    @property
    def sealed(self) -> bool:
        return self._seal is not None

    # TinyDB's seam

    def read(self) -> Tables:
        return {name: copied(rows) for name, rows in self.tables.items()}

    def write(self, data: Tables) -> None:
        self.commit(difference(self.tables, data))

    def close(self) -> None:
        """Nothing is held open between two commits."""

    # changes

    def commit(self, changes: Changes, *, forget: bool = False) -> None:
        """Makes changes durable, all or none, then visible. With `forget`, returns when no file holds what is gone.

        Raises StorageTrouble or BadInput: then nothing has changed. Raises LeftOver: then all is done, but that the
        rest of a forgetting is left to the next start, or its backup to the next change.
        """
        if self.trouble:
            raise StorageTrouble(self.trouble)
        plain = encoded({"changes": changes, "forget": True} if forget else {"changes": changes})
        record, chain = self._chain.record(plain)
        self._append(record)
        self._chain = chain
        merge(self.tables, decoded(plain)["changes"])
        if forget:
            self._owes_purge = True
            self.purge()
        elif self._end >= self._checkpoint_at or self._day != self._today():
            self.checkpoint()

    def purge(self) -> None:
        """Leaves no file that holds more than the tables do: no older snapshot, log, backup or copy. Makes a backup."""
        self._renew(self._seal)

    def reseal(self, seal: Seal | None) -> None:
        """From now on under another seal (None: in the clear); no file under the old one is left.

        Raises StorageTrouble: then nothing has changed. Raises LeftOver: then older files are left, which go at the
        next start, or the new backup is missing.
        """
        try:
            self._renew(seal)
        except LeftOver as error:
            if self._seal is not seal and isinstance(error.__cause__, OSError):
                raise not_saved(self.files.folder, error.__cause__) from error
            raise

    def restore(self) -> None:
        """Goes on with what is sound of a damaged journal; copies of the damaged files stay in quarantine."""
        try:
            checkpoint.set_aside(self._disk, self.files, self.damaged)
            self._begin_generation(self._seal)
        except OSError as error:
            raise not_saved(self.files.folder, error) from error
        self.damaged, self.trouble = (), ""

    def _append(self, record: bytes) -> None:
        folder = self.files.folder
        try:
            handle = self._disk.open(self.files.log(self._chain.head.generation), APPEND)
        except OSError as error:
            raise not_saved(folder, error) from error
        try:
            if os.fstat(handle).st_size != self._end:
                self.trouble = (
                    f"Another program has changed the files in {folder}; close it, then start Homegrown again."
                )
                raise StorageTrouble(self.trouble)
            try:
                self._disk.write(handle, record)
            except OSError as error:
                self._take_back(handle)
                raise not_saved(folder, error) from error
            try:
                self._disk.sync(handle)
            except OSError as error:  # nobody knows any more what the disk holds
                self._take_back(handle)
                self.trouble = _disk_failed(folder, error)
                raise StorageTrouble(self.trouble) from error
        finally:
            os.close(handle)
        self._end += len(record)

    def _take_back(self, handle: int) -> None:
        try:
            self._disk.truncate(handle, self._end)
        except OSError as error:
            self.trouble = _disk_failed(self.files.folder, error)

    # generations

    def _begin_generation(self, seal: Seal | None, *, alone: bool = False) -> None:
        """Begins a new generation. Raises OSError; then the one before goes on, or nothing can be written any more."""
        head = Head("snapshot", self._newest + 1, self._today(), seal is not None, alone)
        self._chain, self._end = checkpoint.write_generation(
            self._disk, self.files, self.tables, Chain(self.name, head, seal)
        )
        self._seal, self._newest, self._checkpoint_at = seal, head.generation, self._longest_log
        try:
            self._disk.sync_folder(self.files.folder)
        except OSError as error:  # a power cut could bring back the generation before, without what comes now
            self.trouble = _disk_failed(self.files.folder, error)
            raise

    def _renew(self, seal: Seal | None) -> None:
        if self.trouble:
            raise StorageTrouble(self.trouble)
        try:
            self._begin_generation(seal, alone=True)
            self._remove_all_before(self._newest)
            self._owes_purge = False
        except OSError as error:
            left = "Older copies of what is gone could not all be removed from the disk"
            raise LeftOver(f"{left} ({error.strerror}); that is done when Homegrown starts again.") from error
        try:
            self._keep_backup()
        except OSError as error:
            self._day = ""
            left = f"What is gone is on the disk no more, but no new backup could be made ({error.strerror})"
            raise LeftOver(f"{left}; check the disk and its free space: the next change makes one.") from error

    def _remove_all_before(self, generation: int) -> None:
        checkpoint.remove_older(self._disk, self.files, generation)
        checkpoint.remove_copies(self._disk, self.files, generation)

    def _keep_backup(self) -> None:
        self._day = self._today()
        checkpoint.keep_backup(self._disk, self.files, self._newest, self._day)

    def checkpoint(self) -> None:
        """A new snapshot and an empty log, and the day's backup. Changes are safe without: failures are logged."""
        try:
            if self._owes_purge:
                self.purge()
                return
            before = self._chain.head.generation
            self._begin_generation(self._seal)
            checkpoint.remove_older(self._disk, self.files, before)
            if not self.files.backup(self._today()).exists():
                self._keep_backup()
            self._day = self._today()
        except (OSError, StorageTrouble) as error:
            self._day, self._checkpoint_at = self._today(), self._end + WORTH
            log.warning("a checkpoint of %s broke off: %s", self.files.folder, error)

    # opening

    def _read(self, seal: Seal | None) -> Recovered:
        for _ in range(TRIES - 1):
            with suppress(FileNotFoundError):  # replaced by its owner in this moment
                return self._read_once(seal)
        return self._read_once(seal)

    def _read_once(self, seal: Seal | None) -> Recovered:
        try:
            return recover(self.files, self.name, seal)
        except FileNotFoundError:
            raise
        except OSError as error:
            reason = f"{error.strerror}; check its permissions and the disk"
            raise StorageTrouble(f"{self.files.folder} cannot be read ({reason}).") from error

    def _make_ready(self, found: Recovered) -> None:
        """Cuts an unfinished write off, and finishes what a crash interrupted."""
        folder, generation = self.files.folder, self._chain.head.generation
        if self.damaged:
            names = ", ".join(sorted({path.name for path in self.damaged}))
            told = f"{folder} is damaged ({names}): what is sound can be read, but nothing can be saved"
            self.trouble = f"{told}. To go on with what is sound, run: python app.py doctor --restore"
            log.error("%s", self.trouble)
            with suppress(OSError):  # the files themselves stay as they are in any case
                checkpoint.set_aside(self._disk, self.files, self.damaged)
            return
        try:
            if found.torn:
                log.warning("an unfinished write was cut off the log of %s", folder)
                checkpoint.cut(self._disk, self.files.log(generation), self._end)
        except OSError as error:
            self.trouble = _disk_failed(folder, error)
            return
        self._owes_purge = found.forgot
        try:
            if found.head and found.head.alone:
                self._remove_all_before(generation)
            else:
                older = [number for number in self.files.snapshots() if number < generation]
                checkpoint.remove_older(self._disk, self.files, max(older, default=generation))
        except OSError as error:
            self._owes_purge = True
            log.warning("older files in %s could not be removed: %s", folder, error)
        if self._owes_purge or self._end >= WORTH:
            self.checkpoint()


class JournalDB(TinyDB):
    """TinyDB over a journal: `JournalDB(folder, name, seal)`. `storage` is its JournalStorage."""

    table_class = JournalTable
    default_storage_class = JournalStorage

    def tables(self) -> set[str]:
        return set(self.storage.tables)


def _disk_failed(folder: Path, error: OSError) -> str:
    return f"The disk failed while {folder} was written ({error.strerror}); check it, then start Homegrown again."
