"""What `export` and `import` do: everything of a person into one sealed file, or plain ones, and back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from domain import BASE, Conversation, Feedback, Memory, Person, Turn, now
from errors import BadInput, Locked
from homegrown import Homegrown
from storage.atomic import beside, make_durable, not_saved, sync_folder
from storage.bundle import Versions, entries_of, read, write
from storage.bundle_format import Bundle, sealed
from storage.plain import checked_folder, write_plain
from storage.store import Store

Json = dict[str, Any]
Tell = Callable[[Json], None]

ASK = "Nothing was {done}: give the passphrase of the file in a terminal, or with --passphrase-fd N."
THERE = "{path} is there already; choose another name, or replace it with --force."
TAKEN = "There is already somebody called {name}; choose another name for the newcomer with --person NAME."
CODE = "Recovery code of {name}, shown this once: {code}\nPrint it. Without it, a lost passphrase loses everything."
FROM_NOTHING = "Until a night has learnt everything on this machine's model, lessons act through the prompt."
FOREIGN = "The versions of the model were made for another base, and are kept for that one."


def export(home: Homegrown, person: Person, arguments: Json, tell: Tell) -> Json:
    """One sealed file; its passphrase is the last that was given. Or, with "plain", a folder of open files."""
    path, at = Path(arguments["path"]), now()
    share = _told(tell, "Exporting")
    if arguments["plain"]:
        checked_folder(path)
        home.store.put_export(person.id, str(path), at)
        write_plain(home.store, person, path, share)
        text = f"Everything of {person.name} lies in {path}, open to whoever reads that folder."
    else:
        if not arguments.get("passphrases"):
            raise Locked(ASK.format(done="exported"))
        if path.exists() and not arguments["force"]:
            raise BadInput(THERE.format(path=path))
        pieces = pieces_of(home, person, arguments["passphrases"][-1], arguments["with_adapters"], share)
        _write_aside(home.store, person.id, path, at, pieces)
        text = f"Everything of {person.name} is in {path}. Without its passphrase, nobody can read it: not even you."
    return {"exit": 0, "text": text, "json": {"person": person.name, "path": str(path), "at": at.isoformat()}}


def pieces_of(
    home: Homegrown, person: Person, passphrase: str, adapters: bool, share: Callable[[float], None]
) -> Iterable[bytes]:
    """The bytes of a person's bundle. Raises BadInput or Locked when they are asked for."""
    versions = _versions(home, person.id) if adapters else None
    has_passphrase = home.people.has_passphrase(person.id)
    return sealed(entries_of(home.store, person, home.adapters.base, has_passphrase, versions, share), passphrase)


def take_in(home: Homegrown, arguments: Json, tell: Tell) -> Json:
    """A new person from a sealed file, or into the empty profile that a fresh home begins with.

    The file is read to its end and checked before anything is written; what breaks off later leaves nobody behind.
    The first passphrase given is the file's, the last one the person's, who needs one if they had one, or if others
    live here.
    """
    path, given = Path(arguments["path"]), arguments.get("passphrases") or []
    if not given:
        raise Locked(ASK.format(done="imported"))
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); check the path.") from error
    with file:
        bundle = Bundle(file, path.name, given[0])
        contents = read(bundle, _told(tell, "Checking"))
        name = arguments.get("person") or contents.name
        blank = _blank(home)
        others = [one for one in home.store.people() if one != blank]
        if any(one.name.casefold() == name.casefold() for one in others):
            raise BadInput(TAKEN.format(name=name))
        needed = contents.passphrase or len(given) > 1 or others
        tell({"phase": "Writing", "share": 1.0})
        adapters = bool(contents.versions) and arguments["with_adapters"]

        def bring(person: str) -> None:
            with home.adapters.changing:
                versions = _versions(home, person)
                if adapters:
                    versions.take_in(bundle, contents)
                versions.reserve(contents)
                write(home.store, person, contents, learnt=adapters)
            home.store.put_export(person, str(path), now())  # another copy that forgetting cannot reach

        person, code = home.people.add(name, (given[-1] or given[0]) if needed else "", bring, blank)
    json: Json = {
        "person": person.name,
        "conversations": contents.count(Conversation),
        "turns": contents.count(Turn),
        "memories": contents.count(Memory),
        "lessons": contents.count(Feedback),
        "versions": len(contents.versions) if adapters else 0,
        "serving": home.adapters.current(person.id)[0],
    }
    told = _sentences(json, len(contents.versions), code)
    return {"exit": 0, "text": told, "json": {**json, "recovery_code": code} if code else json}


def _blank(home: Homegrown) -> Person | None:
    """The profile that a fresh home begins with, if nothing was done with it yet."""
    people = home.store.people()
    if [one.name for one in people] != [home.settings.owner] or home.people.has_passphrase(people[0].id):
        return None
    person, store = people[0].id, home.store
    used = store.conversations(person) or store.feedback(person) or store.memories(person) or store.nights(person)
    return None if used or store.persona(person)[0] or home.adapters.versions(person) else people[0]


def _sentences(json: Json, versions: int, code: str) -> str:
    counts = "{conversations} conversations, {memories} memories and {lessons} lessons".format(**json)
    told = [f"{json['person']} is here, with {counts}."]
    if versions and not json["versions"]:
        told.append(
            f"The {versions} versions of the model in the file were left out, because weights can attack the program "
            "that reads them; if you made the file yourself, take them too with --with-adapters."
        )
    if json["serving"] == BASE:
        told += [FOREIGN] * bool(json["versions"]) + [FROM_NOTHING] * bool(json["lessons"])
    else:
        told.append(f"Version {json['serving']} serves.")
    return " ".join(told) + (f"\n\n{CODE.format(name=json['person'], code=code)}" if code else "")


def _versions(home: Homegrown, person: str) -> Versions:
    return Versions(home.adapters, person, home.people.keys.seal_of(person))


def _write_aside(store: Store, person: str, path: Path, at: datetime, pieces: Iterable[bytes]) -> None:
    """Writes a file beside its place, and puts it there when it is whole and durable. Raises StorageTrouble.

    A kill leaves what is beside its place behind: until that is gone it counts as an export, which forgetting names.
    """
    try:
        handle, aside = beside(path)
        try:
            with os.fdopen(handle, "wb") as file:
                store.put_export(person, str(aside), at)  # before a word is in it
                for piece in pieces:
                    file.write(piece)
                file.flush()
                make_durable(file.fileno())
            store.put_export(person, str(path), at)
            aside.replace(path)
            sync_folder(path.parent)
        finally:
            aside.unlink(missing_ok=True)
            store.drop_export(person, str(aside))
    except OSError as error:
        raise not_saved(path.parent, error) from error


def _told(tell: Tell, phase: str) -> Callable[[float], None]:
    return lambda share: tell({"phase": phase, "share": share})
