"""The files of a folder in MLX's format as the hub lists them: those that are read here, and what each must be.

Nothing else of a repository is ever fetched: no code, no pickles, no folders within the folder.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any
from urllib.parse import quote

from backends import mlx_folder
from backends.hub import DIGEST, Offer, address_of, answer_of, refusal
from backends.source import Source
from errors import ModelUnusable, Trouble

LONGEST = 4 << 20  # bytes of a listing
PIECE = 64 << 10
WEIGHTS = re.compile(r"model(-\d{5}-of-\d{5})?\.safetensors")
NEEDED = ("config.json", "tokenizer.json", "tokenizer_config.json")
COMMIT = re.compile(r"[0-9a-f]{40}")  # also of a file's content, as git names it
OUTSIDE = re.compile(r"(^|[/\\])\.\.([/\\]|$)|^[/\\]|[:\0]")


def listed(source: Source, endpoint: str, revision: str) -> list[Offer]:
    """What the folder is made of at this revision: a commit, or the name of a branch.

    Raises Cut, Trouble, and ModelUnusable for a folder that is not whole or leads out of itself.
    """
    told = _asked(source, endpoint, revision)
    try:
        commit, files = told["sha"], {file["rfilename"]: file for file in told["siblings"]}
        if not COMMIT.fullmatch(commit) or (COMMIT.fullmatch(revision) and commit != revision):
            raise ValueError(f"another commit, {commit[:50]!r}")
        if len(files) != len(told["siblings"]):
            raise ValueError("a file is listed twice")
        _within(source, files)
        wanted = sorted(name for name in files if name in mlx_folder.FACTS or WEIGHTS.fullmatch(name))
        _whole(source, wanted)
        return [_offer(source, endpoint, commit, files[name]) for name in wanted]
    except (KeyError, TypeError, ValueError) as error:
        raise Trouble(
            f"The hub's list of the files of {source.repository} cannot be relied on ({error}); use another mirror, or "
            "try again later."
        ) from error


def _asked(source: Source, endpoint: str, revision: str) -> Any:
    url = f"{endpoint}/api/models/{source.repository}/revision/{quote(revision, safe='')}?blobs=true"
    text = bytearray()
    with answer_of(url, {}, partial(refusal, source, endpoint)) as answer:
        for piece in answer.iter_raw(PIECE):
            text += piece
            if len(text) > LONGEST:
                break  # no JSON then
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Trouble(
            f"The hub's list of the files of {source.repository} is no list; use another mirror, or try again later."
        ) from error


def _within(source: Source, files: dict[str, Any]) -> None:
    """A name that leads out of the folder would never be fetched; but who lists it means harm."""
    for name in files:
        if OUTSIDE.search(name):
            raise ModelUnusable(
                f"{source.repository} lists a file outside of its folder ({name[:80]!r}), so nothing was downloaded; "
                "choose another model."
            )


def _whole(source: Source, names: list[str]) -> None:
    lacking = next((name for name in NEEDED if name not in names), None) or mlx_folder.lacking(names)
    if not any(WEIGHTS.fullmatch(name) for name in names):
        lacking = "model.safetensors"
    if lacking:
        raise ModelUnusable(
            f"{source.repository} is no whole model in MLX's format: it has no {lacking}; choose another model."
        )


def _offer(source: Source, endpoint: str, commit: str, file: dict[str, Any]) -> Offer:
    """Weights must be in LFS: git's own SHA-1 is good for small texts only."""
    name, size, lfs = file["rfilename"], file["size"], file.get("lfs")
    if type(size) is not int or size <= 0:
        raise ValueError(f"{name} has {size!r} bytes")
    url = address_of(source.repository, name, commit, endpoint)
    if lfs:
        if not DIGEST.fullmatch(lfs["sha256"]) or lfs["size"] != size:
            raise ValueError(f"{name} is told of in two ways")
        return Offer(url, size, lfs["sha256"], commit, lfs["sha256"], name)
    if WEIGHTS.fullmatch(name) or not COMMIT.fullmatch(file["blobId"]):
        raise ValueError(f"{name} has no digest")
    return Offer(url, size, None, commit, file["blobId"], name, file["blobId"])
