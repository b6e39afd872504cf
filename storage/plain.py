"""Everything of a person as files that any program reads, for leaving us: JSON lines, and Markdown to look at."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from domain import Conversation, Feedback, Person, Turn
from errors import BadInput
from storage.atomic import not_saved, private_folder, write_whole
from storage.documents import row_of
from storage.store import Store

README = """# {name}

Written by Homegrown. Nothing here is encrypted: keep it where only you can read it.

- `conversations.jsonl`: every conversation with all its turns, also replies that were written again, and the text of
  its documents.
- `conversations/`: the same to look at, each with the branch that was shown last.
- `feedback.jsonl`: what was rated and corrected. `feedback import` takes this file.
- `memories.jsonl`, `memories.md`, `persona.md`: what the model was told about you, and how it should speak.
- `nights.jsonl`: the report of each night.

Times are ISO 8601. A turn holds your words (`text`) and the model's (`reply`); `parent` is the turn before it.
"""


def checked_folder(folder: Path) -> None:
    """Raises BadInput unless it is new or empty, StorageTrouble if it cannot be made."""
    try:
        private_folder(folder)
        if any(folder.iterdir()):
            raise BadInput(f"{folder} is not empty; give a new folder.")
    except FileExistsError:
        raise BadInput(f"{folder} is a file; give a new folder.") from None
    except OSError as error:
        raise not_saved(folder, error) from error


def write_plain(store: Store, person: Person, folder: Path, share: Callable[[float], None]) -> None:
    """Fills an empty folder. Raises StorageTrouble."""
    talks = store.conversations(person.id)
    lines = []
    try:
        private_folder(folder / "conversations")
    except OSError as error:
        raise not_saved(folder, error) from error
    for number, talk in enumerate(talks):
        share(number / len(talks))
        turns = store.turns(person.id, talk.id)
        attached = map(row_of, store.attached.of(person.id, talk.id))
        lines.append({**row_of(talk), "turns": list(map(row_of, turns.values())), "attachments": list(attached)})
        write_whole(folder / "conversations" / _file_name(talk), _markdown(talk, turns))
    memories = store.memories(person.id)
    write_whole(folder / "conversations.jsonl", _lines(lines))
    write_whole(folder / "feedback.jsonl", _lines(map(_importable, store.feedback(person.id))))
    write_whole(folder / "memories.jsonl", _lines(map(row_of, memories)))
    write_whole(folder / "memories.md", "".join(f"- {one.text}{'' if one.active else ' (off)'}\n" for one in memories))
    write_whole(folder / "persona.md", store.persona(person.id)[1])
    write_whole(folder / "nights.jsonl", _lines(map(row_of, store.nights(person.id))))
    write_whole(folder / "README.md", README.format(name=person.name))
    share(1.0)


def _lines(rows: Iterable[Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _importable(row: Feedback) -> dict[str, Any]:
    """As `feedback import` reads it: a prompt of one question is that question."""
    return {**row_of(row), "prompt": [{"role": one.role, "content": one.content} for one in row.prompt]}


def _file_name(talk: Conversation) -> str:
    words = re.sub(r"[^\w]+", "-", talk.title).strip("-")[:40]
    return f"{talk.created_at:%Y-%m-%d} {words} {talk.id}.md"


def _markdown(talk: Conversation, turns: dict[str, Turn]) -> str:
    shown: list[Turn] = []
    at = turns.get(talk.head or "")
    while at and at not in shown:
        shown.append(at)
        at = turns.get(at.parent or "")
    parts = [f"# {talk.title}\n"]
    for turn in reversed(shown):
        parts += [f"**You**, {turn.created_at:%Y-%m-%d %H:%M}\n\n{turn.text}\n", f"**Model**\n\n{turn.reply}\n"]
    return "\n".join(parts)
