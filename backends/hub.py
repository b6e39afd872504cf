"""Speaks with the hub: what it promises of a file, and its answers, each trouble as a sentence or as a cut to mend."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx2
from huggingface_hub import get_hf_file_metadata, get_session, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils._headers import build_hf_headers

from backends.source import Source
from errors import Trouble
from network.offline import expect

PATIENCE = 20.0  # seconds for one answer
REDIRECTS = 5
DIGEST = re.compile(r"[0-9a-f]{64}")
LESS = "The hub's file has another size than it promised; cancel the download, and choose another model or mirror."


@dataclass(frozen=True, slots=True)
class Offer:
    """What the hub promises of a file. `name` in its folder; "" if the source is this file alone.

    `etag` names the content. `sha256` is known of files in LFS; `blob`, git's SHA-1, of others in a folder.
    """

    url: str
    bytes: int
    sha256: str | None
    revision: str
    etag: str
    name: str = ""
    blob: str | None = None


class Cut(Exception):
    """It broke off and may go on. `wait`: seconds the hub asked for."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


def offered(source: Source, endpoint: str) -> Offer:
    """Of a source that is one file."""
    file = source.file or ""
    url = address_of(source.repository, file, source.revision, endpoint)
    try:
        found = get_hf_file_metadata(url, timeout=PATIENCE, library_name="homegrown", endpoint=endpoint)
    except HfHubHTTPError as error:
        raise refusal(source, endpoint, error.response) from error
    except httpx2.HTTPError as error:
        raise _cut(error) from error
    if not found.size:
        raise Trouble(f"The hub does not say how large {file} is; use another mirror, or try again later.")
    etag, revision = found.etag or "", found.commit_hash or "main"
    pinned = address_of(source.repository, file, revision, endpoint)
    return Offer(pinned, found.size, etag if DIGEST.fullmatch(etag) else None, revision, etag)


def address_of(repository: str, file: str, revision: str | None, endpoint: str) -> str:
    return hf_hub_url(repository, file, revision=revision, endpoint=endpoint)


def goes_on(answer: httpx2.Response, done: int, offer: Offer) -> bool:
    """Whether the answer goes on where we are; else it is the whole file from its start."""
    if answer.status_code == 200:
        return False
    told = answer.headers.get("Content-Range", "")
    if told.startswith(f"bytes {done}-") and not told.endswith(f"/{offer.bytes}"):
        raise Trouble(LESS)
    if told != f"bytes {done}-{offer.bytes - 1}/{offer.bytes}":
        raise Trouble(
            "The hub answered with another part of the file than was asked for; use another mirror, or try again later."
        )
    return True


@contextmanager
def answer_of(
    url: str, headers: dict[str, str], refused: Callable[[httpx2.Response], Exception]
) -> Iterator[httpx2.Response]:
    """The answer of whoever the hub leads to. The token goes to the hub alone; what began encrypted stays so.

    `refused` is what a refusal by the hub itself means.
    """
    asked, client = url, get_session()
    try:
        for _ in range(REDIRECTS):
            same = urlsplit(url)[:2] == urlsplit(asked)[:2]
            own = build_hf_headers(token=None if same else False, library_name="homegrown")
            given = {**own, **headers, "Accept-Encoding": "identity"}
            with client.stream("GET", url, headers=given, follow_redirects=False, timeout=PATIENCE) as answer:
                if not answer.has_redirect_location:
                    if answer.status_code >= 400:
                        raise refused(answer) if same else _status(answer)
                    yield answer
                    return
                url = urljoin(url, answer.headers["Location"])
            if urlsplit(asked).scheme == "https" != urlsplit(url).scheme:
                raise Trouble("The hub leads to an address without encryption, so nothing was loaded; use a mirror.")
            expect(host_of(url))
    except httpx2.HTTPError as error:
        raise _cut(error) from error
    raise Trouble("The hub sends us round in circles; try again later, or use another mirror.")


def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def refusal(source: Source, endpoint: str, answer: httpx2.Response) -> Cut | Trouble:
    """What it means that the hub refuses something of this source."""
    if answer.status_code == 404 or answer.headers.get("X-Error-Code") == "RepoNotFound":  # told with 401
        where = source.repository if source.file is None else f"{source.file} in {source.repository}"
        return Trouble(f"The hub has no {where} (any more); choose another model.")
    if answer.status_code in (401, 403):
        return Trouble(
            f"{source.repository} is not open to everybody: read and accept its terms at "
            f"{endpoint}/{source.repository}, make an access token there, and start Homegrown with it as HF_TOKEN."
        )
    return _status(answer)


def _status(answer: httpx2.Response) -> Cut | Trouble:
    code = answer.status_code
    if code == 416:
        return Trouble(LESS)
    if code == 429:
        asked = answer.headers.get("Retry-After", "")
        wait = float(asked) if asked.isdecimal() else None
        return Cut(f"The hub asks for patience{f' of {wait:,.0f} seconds' if wait else ''} (429).", wait)
    if code >= 500:
        return Cut(f"The hub has a problem of its own ({code}).")
    return Trouble(f"The hub refused ({code}); try again later, or choose another model.")


def _cut(error: httpx2.HTTPError) -> Cut:
    """Also what the seal refused arrives here, as a connection that failed."""
    return Cut(f"The hub cannot be reached, or broke off ({str(error) or type(error).__name__}).")
