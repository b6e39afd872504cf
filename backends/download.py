"""Fetches one model from the hub: resumed after a cut, held to its promises, checked before it counts.

It runs in a process of its own (download_main.py), the only one whose seal opens, and only towards the hosts that are
named to it here: the hub or its mirror, the proxy, and where the hub sends us. Nothing native takes part (the hub's
own accelerator hf_xet is off), so no connection escapes the list.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.request import getproxies

from huggingface_hub import constants

from backends import gguf_header, mlx_folder
from backends.catalog import hash_file
from backends.hub import Cut, Offer, answer_of, goes_on, host_of, offered, refusal
from backends.listing import listed
from backends.partial import Promised, discard, partial_of, promise, promised, size_of, so_far
from backends.source import Fetched, Source, Step
from errors import HomegrownError, ModelUnusable, StorageTrouble, Trouble
from network.offline import expect

CHUNK = 256 << 10  # bytes; a cut loses less than one
SPARE = 512 << 20  # bytes that stay free on the disk: chats and nights go on
TRIES = 6  # in a row without a byte
LONGEST_WAIT = 900  # seconds that the hub may ask us to wait
TELL_SECONDS, RATE_SECONDS = 0.25, 5.0
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

Tell = Callable[[Step], None]
Wait = Callable[[float], None]
T = TypeVar("T")


@dataclass(slots=True)
class _Meter:
    """Bytes per second over the last few seconds."""

    seen: list[tuple[float, int]] = field(default_factory=list)

    def rate(self, done: int) -> float:
        now = time.monotonic()
        self.seen = [(at, count) for at, count in self.seen if now - at < RATE_SECONDS][-200:]
        self.seen.append((now, done))
        first, before = self.seen[0]
        return max(0.0, (done - before) / (now - first)) if now > first else 0.0


@dataclass(slots=True)
class _Loading:
    """The files of one source on their way here, told of as one."""

    source: Source
    part: Path  # the file, or the folder of the files
    offers: Sequence[Offer]
    tell: Tell
    wait: Wait
    meter: _Meter = field(default_factory=_Meter)

    @property
    def total(self) -> int:
        return sum(offer.bytes for offer in self.offers)

    def done(self) -> int:
        return sum(size_of(self.part / offer.name) for offer in self.offers)

    def bring(self, offer: Offer) -> str:
        """Loads what is missing of a file; returns its SHA-256. Raises what keeps it from coming or from counting."""
        place = self.part / offer.name

        def load() -> None:
            while size_of(place) < offer.bytes:
                _load(self.source, offer, place, self._told)

        place.touch(mode=0o600)
        _patiently(load, self.done, self.total, self.tell, self.wait)
        self.tell(Step("checking", self.done(), self.total))
        return _digest(self.source, offer, place)

    def _told(self) -> None:
        done = self.done()
        self.tell(Step("loading", done, self.total, self.meter.rate(done)))


def fetch(source: Source, folder: Path, pinned: str | None, tell: Tell, wait: Wait = time.sleep) -> Fetched:
    """Brings file or folder to `folder`/<key>; what is there of it already (`folder`/partial) is gone on with.

    `pinned` is the SHA-256 with which it came before. Raises ModelUnusable, StorageTrouble, Trouble.
    """
    endpoint = constants.ENDPOINT
    for url in (endpoint, *getproxies().values()):
        expect(host_of(url))
    part, note = partial_of(source, folder)
    tell(Step("asking", *so_far(source, folder)))
    before = promised(note)
    offers = _patiently(lambda: _offers(source, endpoint, before), lambda: 0, 0, tell, wait)
    loading = _Loading(source, part, offers, tell, wait)
    _forget_others(part, offers, before)
    _make_room(part.parent, loading.total - loading.done())
    promise(note, Promised(offers[0].revision, {offer.name: (offer.etag, offer.bytes) for offer in offers}))
    if source.file is None:
        part.mkdir(mode=0o700, exist_ok=True)
    digests = {offer.name: loading.bring(offer) for offer in offers}
    digest = _accepted(source, folder, digests, pinned)
    whole = folder / source.key
    if whole.is_dir():  # left from before a shelf that was lost
        shutil.rmtree(whole)
    part.replace(whole)
    note.unlink(missing_ok=True)
    return Fetched(whole.name, loading.total, digest, offers[0].revision, source.sha256 is not None)


def _offers(source: Source, endpoint: str, before: Promised) -> list[Offer]:
    """What the hub promises; of a folder that was begun, at the commit of that time."""
    if source.file is None:
        return listed(source, endpoint, source.revision or before.revision or "main")
    offer = offered(source, endpoint)
    _agree(source, offer)
    return [offer]


def _patiently(do: Callable[[], T], done: Callable[[], int], total: int, tell: Tell, wait: Wait) -> T:
    """Again after a cut, as long as something arrives; a while later each time."""
    failed = 0
    while True:
        before = done()
        try:
            return do()
        except Cut as cut:
            failed = 1 if done() > before else failed + 1
            pause = cut.wait if cut.wait is not None else min(2.0**failed, 60.0)
            if failed >= TRIES or pause > LONGEST_WAIT:
                raise Trouble(f"{cut} What has arrived is kept: press Resume, or try again later.") from cut
            tell(Step("waiting", done(), total))
            wait(pause)


def _agree(source: Source, offer: Offer) -> None:
    """What the hub promises must be what was chosen."""
    if source.sha256 and offer.sha256 and source.sha256 != offer.sha256:
        raise ModelUnusable(
            f"The hub has another {source.file} now than the one Homegrown knows (its SHA-256 differs), so it was not "
            "downloaded; choose another model, or update Homegrown."
        )
    if source.sha256 and source.bytes and source.bytes != offer.bytes:
        raise ModelUnusable(
            f"The hub offers {source.file} with {offer.bytes:,} bytes where {source.bytes:,} are right, so it was not "
            "downloaded; choose another model, or use another mirror."
        )


def _forget_others(part: Path, offers: Sequence[Offer], before: Promised) -> None:
    """Deletes what was begun of files that are others now, or of which nobody can tell."""
    names = {offer.name for offer in offers}
    for offer in offers:
        if not offer.etag or before.files.get(offer.name) != (offer.etag, offer.bytes):
            (part / offer.name).unlink(missing_ok=True)
    for file in part.iterdir() if part.is_dir() else ():
        if file.name not in names:
            file.unlink()


def _make_room(folder: Path, missing: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < missing + SPARE:
        raise StorageTrouble(
            f"The disk has {free / 1e9:.1f} GB free and {(missing + SPARE) / 1e9:.1f} GB are needed; free some space, "
            "or choose a smaller model."
        )


def _load(source: Source, offer: Offer, place: Path, tell: Callable[[], None]) -> None:
    """What is missing, in one request. Raises Cut if less of it came."""
    done, told = size_of(place), 0.0
    headers = {"Range": f"bytes={done}-"} if done else {}
    refused = partial(refusal, source, constants.ENDPOINT)
    try:
        with place.open("ab", buffering=0) as file, answer_of(offer.url, headers, refused) as answer:
            if done and not goes_on(answer, done, offer):
                file.truncate(done := 0)
            for piece in answer.iter_raw(CHUNK):
                done += len(piece)
                if done > offer.bytes:
                    raise ModelUnusable(
                        f"The hub sends more than the {offer.bytes:,} bytes it promised, so the download was ended; "
                        "use another mirror, or choose another model."
                    )
                file.write(piece)
                if time.monotonic() - told > TELL_SECONDS:
                    told = time.monotonic()
                    tell()
    except OSError as error:
        raise _disk(place, error) from error
    if done < offer.bytes:
        raise Cut("The hub broke off in the middle of the file.")


def _disk(place: Path, error: OSError) -> StorageTrouble:
    if error.errno in FULL:
        return StorageTrouble(
            "The disk is full; what has arrived is kept: free some space and press Resume, or cancel the download."
        )
    return StorageTrouble(f"{place} cannot be written ({error.strerror}); check its permissions.")


def _digest(source: Source, offer: Offer, place: Path) -> str:
    """The SHA-256 of a whole file that is the promised one; another one is deleted."""
    digest = hash_file(place)
    if offer.sha256 not in (None, digest) or (offer.blob and offer.blob != _blob(place)):
        place.unlink()
        raise ModelUnusable(
            f"{offer.name or source.file} arrived, but has not the {'SHA-256' if offer.sha256 else 'digest'} that it "
            "should, so it was deleted; download it again, or use another mirror."
        )
    return digest


def _blob(file: Path) -> str:
    """The name that git gives to a file's content."""
    named = hashlib.sha1(b"blob %d\0" % file.stat().st_size, usedforsecurity=False)
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: named).hexdigest()


def _accepted(source: Source, folder: Path, digests: Mapping[str, str], pinned: str | None) -> str:
    """The digest of what has arrived whole, if it is a model and the one that is meant; else it is deleted."""
    part, _ = partial_of(source, folder)
    digest = digests[""] if source.file else mlx_folder.combined(digests)
    expected = source.sha256 or pinned
    try:
        if expected and digest != expected:
            before = "that it should" if source.sha256 else "that it had when it was first downloaded"
            raise ModelUnusable(
                f"{source.what} arrived, but has not the SHA-256 {before}, so it was deleted; download it again, or "
                "use another mirror."
            )
        (gguf_header if source.file else mlx_folder).read_header(part)
    except HomegrownError:
        discard(source, folder)
        raise
    return digest
