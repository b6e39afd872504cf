"""The command `memory`: facts about a person listed, found, added, brought along, saved and forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from conversation.memory_copy import as_json, as_text
from conversation.memory_search import by_meaning, by_words
from domain import Memory, now
from errors import BadInput
from homegrown import Homegrown
from personalization.memory_file import read_memories
from storage.atomic import write_whole

Json = dict[str, Any]


def manage(home: Homegrown, person: str, given: Json) -> Json:
    """What `memory ACTION` answers."""
    actions: dict[str, Callable[[Homegrown, str, Json], Json]] = {
        "list": lambda home, person, given: _listed(home.memories.list(person)),
        "search": _search,
        "add": _add,
        "forget": _forget,
        "import": _bring,
        "export": _save,
    }
    return actions[given["action"]](home, person, given)


def _search(home: Homegrown, person: str, given: Json) -> Json:
    """What holds all the words, the newest first, then what is similar in meaning."""
    memories, text = home.memories.list(person)[::-1], given["text"]
    found = [*by_words(memories, text), *by_meaning(home.chat.recollection, person, memories, text)]
    return _listed(found, "No fact fits that.")


def _add(home: Homegrown, person: str, given: Json) -> Json:
    home.memories.add(person, given["text"])
    return _listed(home.memories.list(person))


def _forget(home: Homegrown, person: str, given: Json) -> Json:
    left = home.memories.forget(person, given["id"])
    told = _listed(home.memories.list(person))
    return {**told, "text": f"{told['text']}\n{left}".strip()}


def _bring(home: Homegrown, person: str, given: Json) -> Json:
    path, dry = Path(given["path"]), given["dry_run"]
    try:
        with path.open("rb") as file:
            found = read_memories(file)
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); check the path.") from error
    fresh = home.memories.fresh(person, found.items)
    if not dry:
        home.memories.bring(person, fresh, found.origin)
    new = {item.text for item in fresh}
    known = [item.text for item in found.items if item.text not in new]
    done = "would be remembered" if dry else "are remembered now"
    lines = [f"+ {item.text}" for item in fresh] + [f"= {text}" for text in known]
    lines.append(f"{len(fresh)} facts (+) {done}; {len(known)} (=) were remembered already.")
    if found.left_out:
        lines.append(f"{found.left_out} were too long for one memory.")
    json = {"origin": found.origin, "new": [item.text for item in fresh], "known": known, "too_long": found.left_out}
    return {"exit": 0, "text": "\n".join(lines), "json": json}


def _save(home: Homegrown, person: str, given: Json) -> Json:
    """As JSON if the file is called so, else as text."""
    path, memories = Path(given["path"]), home.memories.list(person)
    if path.exists() and not given["force"]:
        raise BadInput(f"{path} is there already; choose another name, or replace it with --force.")
    at = now()
    home.store.put_export(person, str(path), at)  # first: forgetting must name a copy that may be there
    write_whole(path, as_json(memories) if path.suffix == ".json" else as_text(memories))
    json = {"path": str(path), "memories": len(memories), "at": at.isoformat()}
    return {"exit": 0, "text": f"Saved {path}. Nothing in it is encrypted.", "json": json}


def _listed(memories: Sequence[Memory], nothing: str = "Nothing is remembered yet.") -> Json:
    json = [
        {
            "id": one.id,
            "text": one.text,
            "active": one.active,
            "at": one.updated_at.isoformat(),
            "kind": one.kind,
            "pinned": one.pinned,
            "source": one.source,
            "until": one.until.isoformat() if one.until else None,
            "replaced_by": one.replaced_by,
        }
        for one in memories
    ]
    lines = [f"{one.id}  {'' if one.active else '(off) '}{one.text}" for one in memories]
    return {"exit": 0, "text": "\n".join(lines) or nothing, "json": json}
