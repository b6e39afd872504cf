"""What `keys` does on the command line: keys for other programs, made, listed and revoked."""

from __future__ import annotations

from typing import Any

from domain import ApiKey
from people import api_keys
from storage.store import Store

Json = dict[str, Any]

KEPT = "This is the key, shown this once. Programs find your model at the address of your page, followed by /v1."


def manage(store: Store, person: str, arguments: Json) -> Json:
    """The result of a command (see commands.py): the keys there are, or the new one with its secret."""
    match arguments["action"]:
        case "add":
            key, secret = api_keys.make(store, person, arguments["name"], memory=arguments["memory"])
            return {"exit": 0, "text": f"{secret}\n{KEPT}", "json": {**_entry(key), "key": secret}}
        case "revoke":
            api_keys.revoke(store, person, arguments["id"])
    found = store.api_keys(person)
    text = "\n".join(map(_line, found)) or "No other program has a key."
    return {"exit": 0, "text": text, "json": [_entry(key) for key in found]}


def _entry(key: ApiKey) -> Json:
    told = {"id": key.id, "name": key.name, "memory": key.memory, "created_at": key.created_at.isoformat()}
    return {**told, "used_on": key.used_on.isoformat() if key.used_on else None}


def _line(key: ApiKey) -> str:
    memory = ", may use your memory" if key.memory else ""
    used = f"last used {key.used_on.isoformat()}" if key.used_on else "never used"
    return f"{key.id}  {key.name}{memory}, {used}"
