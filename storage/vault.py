"""How one person's adapter files are kept: sealed with their key or, without one, as they are beside a tag.

Only what this home has published for this person, under this name, can be read: the seal and the tag are made with keys
that nobody else has. Weights from elsewhere, which a runtime's file reader might trip over, never get that far.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from domain import Night, content_hash
from errors import StorageTrouble
from storage.atomic import remove_durably, write_whole
from storage.documents import DOCUMENTS, row_of
from storage.seal import KEY_BYTES, Seal

MANIFEST = "manifest.json"  # written last: a folder without one was never published
REPORT = "report.json"  # of the night that made a version; here until it is stored with the others
NEEDED = {"created_at", "base", "parent", "files", "lessons", "rows"}  # what every manifest has
KINDS = (".gguf", ".safetensors", ".json")  # of files in a version: data that nothing executes
MAGIC = b"homegrown sealed 1\n"
TAG = "tag"  # the manifest's entry; the manifest in turn names each file's digest
STRANGE = "{path} is damaged, or was not made by this Homegrown; move the folder away to go on without it."

log = logging.getLogger("homegrown.vault")


class Vault:
    """`folder` is the person's; `seal` None: there is no passphrase."""

    def __init__(self, folder: Path, person: str, seal: Seal | None) -> None:
        self._folder = folder
        self._person = person
        self._seal = seal

    def manifest(self, version: Path) -> dict[str, Any]:
        """Raises StorageTrouble if it is damaged, or nobody here has made it."""
        try:
            manifest = dict(json.loads(self.read(version, MANIFEST)))
            if missing := NEEDED - manifest.keys():
                raise ValueError(f"without {', '.join(sorted(missing))}")
            tag = manifest.pop(TAG, "")
            if self._seal is None and not hmac.compare_digest(str(tag), self._tag(version, manifest)):
                raise ValueError("not ours")
            return manifest
        except (OSError, ValueError, TypeError) as error:
            raise StorageTrouble(STRANGE.format(path=version / MANIFEST)) from error

    def read(self, version: Path, name: str) -> bytes:
        """One file of a version. Raises OSError or ValueError if it is missing, damaged or not sealed as it should."""
        data = (version / name).read_bytes()
        if self._seal is None:
            return data
        if not data.startswith(MAGIC):
            raise ValueError("not sealed")
        return self._seal.unseal(data[len(MAGIC) :], self._context(version, name))

    def write(self, version: Path, name: str, data: bytes) -> None:
        sealed = data if self._seal is None else MAGIC + self._seal.seal(data, self._context(version, name))
        write_whole(version / name, sealed)

    def write_manifest(self, version: Path, manifest: Mapping[str, Any]) -> None:
        """Publishes a folder: its files must be there already."""
        entry = dict(manifest)
        if self._seal is None:
            entry[TAG] = self._tag(version, manifest)
        self.write(version, MANIFEST, json.dumps(entry, ensure_ascii=False, indent=1).encode())

    def write_report(self, version: Path, night: Night) -> None:
        self.write(version, REPORT, json.dumps(row_of(night), ensure_ascii=False).encode())

    def report(self, version: Path) -> Night | None:
        """None if there is none, or none that is sound."""
        try:
            night: Night = DOCUMENTS[Night].validate_json(self.read(version, REPORT))
            return replace(night, version=version.name)
        except FileNotFoundError:
            return None
        except ValueError:  # also pydantic's, which quotes what it was given: that is nothing for a log
            log.warning("the report of version %s is damaged and left out", version.name)
            return None
        except OSError as error:
            raise StorageTrouble(STRANGE.format(path=version / REPORT)) from error

    def is_intact(self, version: Path, manifest: Mapping[str, Any]) -> bool:
        """Whether every file is as it was published."""
        try:
            return all(digest(self.read(version, name)) == known for name, known in manifest["files"].items())
        except (OSError, ValueError):
            return False

    def adopt(self, versions: Iterator[Path]) -> None:
        """Tags what homes of the first releases have published, once: before this person's tag key is made.

        Where a tag is found already, the key was lost, and what it has tagged stays shut.
        """
        if self._seal is not None or self._tag_file.exists():
            return
        found: dict[Path, Any] = {}
        for version in versions:
            try:
                found[version] = json.loads((version / MANIFEST).read_bytes())
            except (OSError, ValueError):
                continue  # it stays unreadable, and is told as damaged
        manifests = [entry for entry in found.values() if isinstance(entry, dict)]
        write_whole(self._tag_file, secrets.token_hex(KEY_BYTES))
        if any(TAG in manifest for manifest in manifests):
            return
        for version, manifest in found.items():
            if isinstance(manifest, dict):
                self.write_manifest(version, manifest)

    def forget_tags(self) -> None:
        """Everything is sealed now: what is not is not ours."""
        remove_durably(self._tag_file)

    # the tag

    @property
    def _tag_file(self) -> Path:
        return self._folder / "tag.key"

    def _tag(self, version: Path, manifest: Mapping[str, Any]) -> str:
        key = bytes.fromhex(self._tag_file.read_text(encoding="ascii"))
        said = content_hash(manifest).encode() + self._context(version, MANIFEST)
        return hmac.digest(key, said, "sha256").hex()

    def _context(self, version: Path, name: str) -> bytes:
        return f"adapter of {self._person}: {version.name}/{name}".encode()


def moved(version: Path, old: Vault, new: Vault) -> bool:
    """Keeps a version's files as `new` does instead of `old`, or goes on where that broke off; the manifest is last.

    False: it is not sound, and nothing was changed. Raises StorageTrouble if it cannot be written.
    """
    try:
        return new.is_intact(version, new.manifest(version))
    except StorageTrouble:
        pass  # not done yet
    try:
        manifest = old.manifest(version)
    except StorageTrouble:
        return False
    remove_durably(version / REPORT)  # it was not stored in time; nothing may lie about unsealed
    files = {name: _sound(version, name, known, old, new) for name, known in manifest["files"].items()}
    for name, data in files.items():
        if data is None:
            return False
        new.write(version, name, data)
    new.write_manifest(version, manifest)
    return True


def _sound(version: Path, name: str, known: str, *vaults: Vault) -> bytes | None:
    for vault in vaults:
        try:
            if digest(data := vault.read(version, name)) == known:
                return data
        except (OSError, ValueError):
            continue
    return None


def digests(staged: Path) -> dict[str, str]:
    """Of what a training run has written. Raises StorageTrouble for what is no part of an adapter."""
    for path in staged.iterdir():
        if path.suffix not in KINDS or not path.is_file() or path.is_symlink():
            raise StorageTrouble(f"{path.name} is nothing that an adapter consists of")
    return {path.name: digest(path.read_bytes()) for path in sorted(staged.iterdir())}


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
