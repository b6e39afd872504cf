"""Keys with which other programs talk to a person's model: made, shown once, recognised, revoked.

Only a key's SHA-256 is kept; 32 random bytes cannot be guessed from it. The digests also lie open beside the person's
sealed data, in `api-keys.digests`: so a program is told that the person is locked, and not that its key is wrong.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from domain import ApiKey, new_id, now
from errors import Gone, Locked, StorageTrouble
from storage.atomic import write_whole
from storage.names import checked_name
from storage.store import Store

PREFIX, RANDOM_BYTES = "hg-", 32


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose model a program asks, and with which of their keys."""

    person: str
    key: ApiKey


def make(store: Store, person: str, name: str, *, memory: bool) -> tuple[ApiKey, str]:
    """A new key and its secret, which is told only here. `memory`: see ApiKey. Raises BadInput for a strange name."""
    secret = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    key = ApiKey(new_id(), checked_name(name), digest_of(secret), memory, now())
    _lay_open(store, person, [*store.api_keys(person), key])  # first: a digest too many opens nothing
    store.put_api_key(person, key)
    return key, secret


def revoke(store: Store, person: str, key: str) -> None:
    """From now on the key opens nothing; replies under way for it end within a second. Raises Gone."""
    _lay_open(store, person, [kept for kept in store.api_keys(person) if kept.id != key])
    store.remove_api_key(person, key)


def recognise(store: Store, secret: str) -> Caller | None:
    """Who calls with this secret; None: nobody does. Raises Locked or StorageTrouble if their data cannot be read."""
    digest = digest_of(secret)
    for person in store.people():
        try:
            found = next((key for key in store.api_keys(person.id) if key.digest == digest), None)
        except (Locked, StorageTrouble):  # one person's trouble is nothing to the programs of the others
            if digest in _laid_open(store, person.id):
                raise
        except Gone:  # removed since the list was read
            continue
        else:
            if found:
                return Caller(person.id, found)
    return None


def note_use(store: Store, caller: Caller, today: date) -> None:
    """Keeps the day on which a key was last used."""
    if caller.key.used_on != today:
        store.put_api_key(caller.person, replace(caller.key, used_on=today), anew=False)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _file(store: Store, person: str) -> Path:
    return store.home / "people" / person / "api-keys.digests"


def _lay_open(store: Store, person: str, keys: Sequence[ApiKey]) -> None:
    write_whole(_file(store, person), json.dumps([key.digest for key in keys]))


def _laid_open(store: Store, person: str) -> list[str]:
    """Only a sentence depends on it: what cannot be read is taken as empty."""
    try:
        return [str(digest) for digest in json.loads(_file(store, person).read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []
