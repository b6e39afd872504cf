"""Exports of other apps in the shape they have, with made-up words."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

SAVED = 1729951872.195743  # 26 October 2024


def node(text: str, recipient: str = "bio", role: str = "assistant", at: Any = SAVED) -> dict[str, Any]:
    message = {
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": at,
        "content": {"content_type": "text", "parts": [text]},
        "recipient": recipient,
    }
    return {"id": text[:8], "message": message, "parent": None, "children": []}


def chat(*facts: str) -> dict[str, Any]:
    """A conversation in which these were saved, as ChatGPT exports it."""
    nodes = [
        {"id": "root", "message": None, "parent": None, "children": []},
        node("Remember this, please.", "all", "user"),
        *(node(fact) for fact in facts),
        node("Model set context updated.", "assistant", "tool"),
        node("Noted!", "all"),
    ]
    return {"title": "Chat", "create_time": SAVED, "mapping": {str(place): one for place, one in enumerate(nodes)}}


def chatgpt(*chats: dict[str, Any], name: str = "conversations.json") -> bytes:
    return zipped({name: json.dumps(chats), "chat.html": "<html>", "user.json": "{}"})


def zipped(files: dict[str, str]) -> bytes:
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return file.getvalue()


def open_webui(facts: Sequence[str]) -> bytes:
    rows = [
        {"id": str(n), "user_id": "u", "content": text, "updated_at": 1700000000, "created_at": 1690000000}
        for n, text in enumerate(facts)
    ]
    return json.dumps(rows).encode()
