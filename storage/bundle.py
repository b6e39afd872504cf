"""Everything of a person as entries of a bundle, and back: read whole and checked before anything is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain import BASE, Attachment, Conversation, Feedback, Memory, Night, Person, Turn, content_hash
from errors import BadInput
from storage.adapters import REMOVED, Adapters
from storage.atomic import private_folder, write_whole
from storage.bundle_format import Bundle, Entry
from storage.documents import DOCUMENTS, row_of
from storage.names import checked_name
from storage.observed import MODES, Mode
from storage.recalled import About
from storage.seal import Seal
from storage.store import Store
from storage.vault import KINDS, MANIFEST, NEEDED, Vault, digest

ROWS: dict[str, Any] = {
    "conversation": Conversation,
    "turn": Turn,
    "attachment": Attachment,
    "memory": Memory,
    "feedback": Feedback,
    "night": Night,
}
VERSION = re.compile(r"\d{4}-\d\d-\d\d\.\d{1,6}")
FILE = re.compile(r"\w[\w.-]{0,99}")

Share = Callable[[float], None]


@dataclass(slots=True)
class Contents:
    """What a bundle holds. `base` is the model that served; `files`: version -> its files that have been seen."""

    name: str
    passphrase: bool  # whether the person had one
    base: str
    pointers: dict[str, str]  # base -> the version that serves on it
    at_once: bool
    persona: str
    personas: dict[str, str] = field(default_factory=dict)
    values: list[Any] = field(default_factory=list)
    versions: dict[str, dict[str, Any]] = field(default_factory=dict)  # version -> manifest
    files: dict[str, set[str]] = field(default_factory=dict)
    about: str | None = None  # the text in brief, if the person wrote it
    memory: bool = True  # whether the model is told what is remembered
    observe: Mode = "ask"

    def count(self, kind: type) -> int:
        return sum(isinstance(value, kind) for value in self.values)


# out


def entries_of(
    store: Store, person: Person, base: str, passphrase: bool, versions: Versions | None, share: Share
) -> Iterator[Entry]:
    """All of a person, with the versions of their model if they are given. `share` is told how far it is, 0 to 1."""
    persona, conversations = store.persona(person.id)[0], store.conversations(person.id)
    about = {"name": person.name, "passphrase": passphrase, "base": base, "at": datetime.now(UTC).isoformat()}
    pointers = versions.pointers() if versions else {}
    brief = store.recalled.about(person.id)
    chosen = {"persona": persona, "at_once": store.at_once(person.id), "about": brief.text if brief.own else None}
    watched = {"memory": store.recalled.on(person.id), "observe": store.observed.observing(person.id).mode}
    yield Entry("person", {**about, "pointers": pointers, **chosen, **watched})
    told = {persona}
    yield from _persona(store, person.id, persona)
    for number, conversation in enumerate(conversations):
        share(number / len(conversations))
        yield Entry("conversation", row_of(conversation))
        for turn in store.turns(person.id, conversation.id).values():
            if turn.persona not in told:
                told.add(turn.persona)
                yield from _persona(store, person.id, turn.persona)
            yield Entry("turn", row_of(turn))
        for attachment in store.attached.of(person.id, conversation.id):
            yield Entry("attachment", row_of(attachment))
    for kind, found in (("memory", store.memories), ("feedback", store.feedback), ("night", store.nights)):
        yield from (Entry(kind, row_of(value)) for value in found(person.id))
    if versions:
        yield from versions.entries()
    share(1.0)


def _persona(store: Store, person: str, key: str) -> Iterator[Entry]:
    if text := store.persona(person, key)[1]:
        yield Entry("persona", {"key": key, "text": text})


# in


def read(bundle: Bundle, share: Share = lambda done: None) -> Contents:
    """Everything, each row as the domain value that it is. Raises BadInput if anything is not as it should be."""
    size, contents, seen = bundle.size(), None, set()
    for entry in bundle.entries():
        share(bundle.place() / size)
        try:
            if contents is None:
                contents = _begun(entry)
                continue
            if (key := _take(contents, entry)) in seen:
                raise ValueError(f"{key} comes twice")
            seen.add(key)
        except (ValueError, KeyError, TypeError, AttributeError, BadInput) as error:
            raise bundle.damaged(f"an entry of the kind {entry.kind!r} is not as it should be") from error
    if contents is None:
        raise bundle.damaged("it is empty")
    for name, manifest in contents.versions.items():
        if contents.files.get(name, set()) != set(manifest["files"]):
            raise bundle.damaged(f"version {name} is not whole")
    return contents


def _begun(entry: Entry) -> Contents:
    value: Any = entry.value
    if entry.kind != "person":
        raise ValueError("it begins with something else")
    pointers = {str(base): str(version) for base, version in value["pointers"].items()}
    chosen = bool(value["at_once"]), str(value["persona"])
    name, about = checked_name(value["name"]), value.get("about")
    found = Contents(name, bool(value["passphrase"]), str(value["base"]), pointers, *chosen)
    found.about = None if about is None else str(about)
    found.memory = bool(value.get("memory", True))
    found.observe = MODES[MODES.index(value.get("observe", "ask"))]
    return found


def _take(contents: Contents, entry: Entry) -> tuple[str, str]:
    """Adds an entry; returns what it may be there once as."""
    value: Any = entry.value
    if entry.blob and entry.kind != "file":
        raise ValueError("bytes where none belong")
    match entry.kind:
        case "persona":
            if content_hash(value["text"])[:12] != value["key"]:
                raise ValueError("not its key")
            contents.personas[value["key"]] = value["text"]
            return entry.kind, value["key"]
        case "version":
            manifest = dict(value["manifest"])
            if not VERSION.fullmatch(value["name"]) or NEEDED - manifest.keys() or not manifest["files"].keys():
                raise ValueError("not a version")
            contents.versions[value["name"]] = manifest
            return entry.kind, value["name"]
        case "file":
            version, name = value["version"], value["name"]
            known = contents.versions[version]["files"][name]
            if not _is_file(name) or digest(entry.blob) != known:
                raise ValueError("not the file of that version")
            contents.files.setdefault(version, set()).add(name)
            return entry.kind, f"{version}/{name}"
    found = DOCUMENTS[ROWS[entry.kind]].validate_python(value)
    if isinstance(found, Turn) and found.id.partition(".")[0] != found.conversation:
        raise ValueError("a turn of another conversation")
    if isinstance(found, Conversation) and not found.id.isalnum():
        raise ValueError("not an id")
    if unknown := value.keys() - row_of(found).keys():
        raise ValueError(f"this release does not know {unknown}")
    contents.values.append(found)
    return entry.kind, found.id


def _is_file(name: str) -> bool:
    return bool(FILE.fullmatch(name)) and name != MANIFEST and Path(name).suffix in KINDS


def write(store: Store, person: str, contents: Contents, *, learnt: bool) -> None:
    """Stores all words of a bundle for a new person. Unless `learnt`, no night counts as one that learnt its lessons:
    the versions that those made are not there, and the same lessons may be learnt again."""
    store.put_all(person, (value if learnt else _unlearnt(value) for value in contents.values))
    for text in contents.personas.values():  # after the turns, which refer to them: any other would be forgotten
        store.set_persona(person, text)
    store.set_persona(person, contents.personas.get(contents.persona, ""))
    store.set_at_once(person, contents.at_once)
    if contents.about is not None:
        store.recalled.set_about(person, About(contents.about, own=True))
    store.recalled.set_on(person, contents.memory)
    store.observed.set_mode(person, contents.observe)
    store.observed.skip(person, datetime.now(UTC))  # what they said there was looked at there


def _unlearnt(value: Any) -> Any:
    return replace(value, input_hash="") if isinstance(value, Night) else value


class Versions:
    """All versions of one person's model, as they lie in a home, whatever seals them there."""

    def __init__(self, adapters: Adapters, person: str, seal: Seal | None) -> None:
        folder = adapters.home / "people" / person
        self._adapters, self._person, self._root = adapters, person, folder / "adapters"
        self._vault = Vault(folder, person, seal)

    def pointers(self) -> dict[str, str]:
        """Base model -> the version that serves on it."""
        try:
            found: dict[str, str] = json.loads((self._root / "current").read_text(encoding="utf-8"))
            return found
        except (FileNotFoundError, ValueError):  # nothing yet, or as the first release wrote it
            return {self._adapters.base: self._adapters.current(self._person)[0]}

    def entries(self) -> Iterator[Entry]:
        """Each sound version, followed by its files."""
        for version in self._adapters.versions(self._person):
            if self._vault.is_intact(version.folder, version.manifest):
                yield Entry("version", {"name": version.name, "manifest": dict(version.manifest)})
                for name in version.manifest["files"]:
                    data = self._vault.read(version.folder, name)
                    yield Entry("file", {"version": version.name, "name": name}, data)

    def take_in(self, bundle: Bundle, contents: Contents) -> None:
        """Writes the versions of a bundle that has been read, and lets those serve that served."""
        self._vault.adopt(iter(()))
        for entry in bundle.entries():
            value: Any = entry.value
            if entry.kind == "file":
                private_folder(self._root / value["version"])
                self._vault.write(self._root / value["version"], value["name"], entry.blob)
        for name, manifest in contents.versions.items():
            self._vault.write_manifest(self._root / name, manifest)
        there: Mapping[str, Any] = contents.versions
        serving = {b: v for b, v in contents.pointers.items() if v == BASE or there.get(v, {}).get("base") == b}
        write_whole(self._root / "current", json.dumps(serving))

    def reserve(self, contents: Contents) -> None:
        """Sees to it that no new version gets the name of one that a night told of and that is not here."""
        private_folder(self._root)
        for value in contents.values:
            version = value.version if isinstance(value, Night) else None
            if version and VERSION.fullmatch(version) and not (self._root / version).exists():
                write_whole(self._root / f"{version}{REMOVED}", "")
