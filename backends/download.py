"""Fetches one model file from the hub: resumed after a cut, held to its promises, checked before it counts.

It runs in a process of its own (download_main.py), the only one whose seal opens, and only towards the hosts that are
named to it here: the hub or its mirror, the proxy, and where the hub sends us. Nothing native takes part (the hub's
own accelerator hf_xet is off), so no connection escapes the list.
"""

from __future__ import annotations

import errno
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.request import getproxies

from huggingface_hub import constants

from backends import gguf_header
from backends.catalog import hash_file
from backends.hub import Cut, Offer, answer_of, goes_on, host_of, offered
from backends.source import Fetched, Source, Step, partial_of
from errors import HomegrownError, ModelUnusable, StorageTrouble, Trouble
from network.offline import expect

CHUNK = 256 << 10  # bytes; a cut loses less than one
SPARE = 512 << 20  # bytes that stay free on the disk: chats and nights go on
TRIES = 6  # in a row without a byte
LONGEST_WAIT = 900  # seconds that the hub may ask us to wait
TELL_SECONDS, RATE_SECONDS = 0.25, 5.0
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


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


Tell = Callable[[Step], None]
T = TypeVar("T")


def fetch(
    source: Source, folder: Path, pinned: str | None, tell: Tell, wait: Callable[[float], None] = time.sleep
) -> Fetched:
    """Brings the file to `folder`/<key>; what is there of it already (`folder`/partial) is gone on with.

    `pinned` is the SHA-256 with which it came before. Raises ModelUnusable, StorageTrouble, Trouble.
    """
    endpoint = constants.ENDPOINT
    for url in (endpoint, *getproxies().values()):
        expect(host_of(url))
    part, entry = partial_of(source, folder)
    tell(Step("asking", _size(part), source.bytes or 0))
    offer = _patiently(lambda: offered(source, endpoint), lambda: 0, 0, tell, wait)
    _agree(source, offer)
    same = {"etag": offer.etag, "bytes": offer.bytes}
    if not offer.etag or _known(entry) != same:  # of another file, or nobody can tell
        part.unlink(missing_ok=True)
    _make_room(part.parent, offer.bytes - _size(part))
    entry.write_text(json.dumps(same), encoding="utf-8")
    part.touch(mode=0o600)
    meter = _Meter()

    def load() -> None:
        while _size(part) < offer.bytes:
            _load(offer, part, lambda done: tell(Step("loading", done, offer.bytes, meter.rate(done))))

    _patiently(load, lambda: _size(part), offer.bytes, tell, wait)
    tell(Step("checking", offer.bytes, offer.bytes))
    digest = _checked(source, offer, part, pinned)
    whole = folder / source.key
    part.replace(whole)
    entry.unlink(missing_ok=True)
    return Fetched(whole.name, offer.bytes, digest, offer.revision, source.sha256 is not None)


def _patiently(
    do: Callable[[], T], done: Callable[[], int], total: int, tell: Tell, wait: Callable[[float], None]
) -> T:
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


def _make_room(folder: Path, missing: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < missing + SPARE:
        raise StorageTrouble(
            f"The disk has {free / 1e9:.1f} GB free and {(missing + SPARE) / 1e9:.1f} GB are needed; free some space, "
            "or choose a smaller model."
        )


def _load(offer: Offer, part: Path, tell: Callable[[int], None]) -> None:
    """What is missing, in one request. Raises Cut if less of it came."""
    done, told = _size(part), 0.0
    headers = {"Range": f"bytes={done}-"} if done else {}
    try:
        with part.open("ab", buffering=0) as file, answer_of(offer.url, headers) as answer:
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
                    tell(done)
    except OSError as error:
        raise _disk(part, error) from error
    if done < offer.bytes:
        raise Cut("The hub broke off in the middle of the file.")


def _disk(part: Path, error: OSError) -> StorageTrouble:
    if error.errno in FULL:
        return StorageTrouble(
            "The disk is full; what has arrived is kept: free some space and press Resume, or cancel the download."
        )
    return StorageTrouble(f"{part} cannot be written ({error.strerror}); check its permissions.")


def _checked(source: Source, offer: Offer, part: Path, pinned: str | None) -> str:
    """The digest of a whole file that is what it should be; what is not is deleted."""
    digest = hash_file(part)
    expected = source.sha256 or pinned or offer.sha256
    try:
        if expected and digest != expected:
            before = "that it had when it was first downloaded" if not source.sha256 and pinned else "that it should"
            raise ModelUnusable(
                f"{source.file} arrived, but has not the SHA-256 {before}, so it was deleted; download it again, or "
                "use another mirror."
            )
        gguf_header.read_header(part)
    except HomegrownError:
        part.unlink()
        raise
    return digest


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _known(entry: Path) -> object:
    try:
        return json.loads(entry.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none yet, or damaged: the file is loaded from its start
        return None
