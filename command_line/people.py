"""What `people` does on the command line, and how a command gets at the words of somebody who is locked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain import Person
from errors import BadInput, Locked
from homegrown import Homegrown
from people.household import NO_PASSPHRASE, Resident

Json = dict[str, Any]

LOCKED = "{name} is locked: type the passphrase in a terminal, give it with --passphrase-fd N, or sign in on the page."
SHARED = "Others live here too: type the passphrase of {name} in a terminal, or give it with --passphrase-fd N."
WANTED = "Nothing was changed: give {what} in a terminal, or with --passphrase-fd N, one a line."
NAMES = "Give one name, in quotes if it has spaces; only rename takes two: people rename NAME NEW-NAME"
STAY = "Files that {name} exported, and backups of this home that lie elsewhere, stay where they are."
CODE = "Recovery code of {name}, shown this once: {code}\nPrint it. Without it, a lost passphrase loses everything."


def admit(home: Homegrown, person: Person, arguments: Json) -> Person:
    """The person, who has shown the passphrase if they are locked, or if others live here too. Raises Locked."""
    if home.people.is_asked(person.id):
        if not arguments.get("passphrases"):
            told = LOCKED if home.people.is_locked(person.id) else SHARED
            raise Locked(told.format(name=person.name))
        home.people.unlock(person.id, arguments["passphrases"][0])
    return person


def manage(home: Homegrown, arguments: Json, tell: Callable[[Json], None]) -> Json:
    """The result of a command (see commands.py): who is there now, with a new recovery code if one was made."""
    action, name = arguments["action"], arguments.get("name") or ""
    given: list[str] = arguments.get("passphrases") or []
    if action != "list" and not name:
        raise BadInput(f"Say who it is: people {action} NAME")
    if (action == "rename") != bool(arguments.get("new_name")):
        raise BadInput(NAMES)
    code, whose, left = "", name, ""
    match action:
        case "add":
            new, code = home.people.add(name, given[0] if given else "")
            whose = new.name
        case "rename":
            renamed = admit(home, home.store.person(name), arguments)
            whose = home.store.rename_person(renamed, arguments.get("new_name") or "").name
        case "remove":
            leaving = home.store.person(name)
            home.people.remove(leaving.id)
            left = STAY.format(name=leaving.name)
        case "passphrase":
            whose = home.store.person(name).name
            code = _change(home, home.store.person(name), arguments, given)
    here = home.people.residents()
    text = "\n".join(map(_line, here)) or "Nobody here yet."
    told = "\n\n".join(filter(None, (text, CODE.format(name=whose, code=code) if code else "", left)))
    return {"exit": 0, "text": told, "json": [_entry(one, code if one.person.name == whose else "") for one in here]}


def _change(home: Homegrown, person: Person, arguments: Json, given: list[str]) -> str:
    """Sets, changes or removes a passphrase, or where the key lies; returns the new recovery code, if there is one."""
    if arguments.get("keyring") == "on":
        home.people.keys.put_in_keyring(person.id, *_wanted(given, 1, "the passphrase"))
        return ""
    if arguments.get("keyring") == "off":
        home.people.keys.take_from_keyring(person.id)
        return ""
    if arguments.get("remove"):
        if not home.people.has_passphrase(person.id):
            raise BadInput(NO_PASSPHRASE)
        (old,) = _wanted(given, 1, "the passphrase")
        home.people.remove_passphrase(person.id, old)
        return ""
    if arguments.get("recover"):
        code, new = _wanted(given, 2, "the recovery code and the new passphrase")
        return home.people.recover(person.id, code, new)
    if home.people.has_passphrase(person.id):
        old, new = _wanted(given, 2, "the present passphrase and the new one")
        return home.people.set_passphrase(person.id, new, old)
    (new,) = _wanted(given[-1:], 1, "the new passphrase")  # a terminal asks for the present one too
    return home.people.set_passphrase(person.id, new)


def _wanted(given: list[str], count: int, what: str) -> list[str]:
    if len(given) < count:
        raise Locked(WANTED.format(what=what))
    return given[:count]


def _entry(resident: Resident, code: str) -> Json:
    person = resident.person
    entry = {
        "id": person.id,
        "name": person.name,
        "owner": person.owner,
        "created_at": person.created_at.isoformat(),
        "passphrase": resident.has_passphrase,
        "locked": resident.locked,
        "keyring": resident.in_keyring,
        "bytes": resident.bytes,
    }
    return {**entry, "recovery_code": code} if code else entry


def _line(resident: Resident) -> str:
    notes = ["owner"] * resident.person.owner
    notes += ["locked: their nights wait until they sign in"] * resident.locked
    return resident.person.name + (f" ({'; '.join(notes)})" if notes else "")
