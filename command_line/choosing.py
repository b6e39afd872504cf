"""The `models` command: which base models there are, fetching one, and letting another one serve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from base_models.downloads import progress, size
from base_models.entries import Entry
from errors import Trouble
from homegrown import Homegrown

Json = dict[str, Any]
Tell = Callable[[Json], None]

LOOK_SECONDS = 0.5
NEXT = (
    "{next} is to serve next: the next night teaches it what you taught and examines it, and {serving} goes on serving "
    "until it passes. To let it serve at once: models use {next} --now. To stay with {serving}: models keep"
)
CANNOT = (
    "{next} cannot be taught while {serving} serves, which goes on. {why} To let it serve at once: models use {next} "
    "--now. To stay with {serving}: models keep"
)


def choose(home: Homegrown, arguments: Json, tell: Tell) -> Json:
    text, models = "", home.models
    match arguments["action"]:
        case "download":
            if (left := models.downloads.now()) and left.name == arguments["name"]:
                models.downloads.resume()
            else:
                models.download(arguments["name"])
            _follow(home, tell)
            text = f"It is here. Let it serve with: models use {arguments['name']}"
        case "use":
            models.use(arguments["name"], at_once=bool(arguments.get("now")))
            text = _used(home)
        case "keep":
            models.keep()
            text = models.notice
        case "add":
            text = f"Added. Let it serve with: models use {models.add(arguments['path'])}"
        case "remove":
            models.remove(arguments["name"])
            text = "Removed."
    entries = models.entries()
    listed = "\n".join(_line(entry) for entry in entries)
    return {"exit": 0, "text": text or listed, "json": [entry_json(entry) for entry in entries]}


def entry_json(entry: Entry) -> Json:
    told = {"name", "title", "licence", "bytes", "verdict", "runs", "recommended"}
    offer = {name: value for name, value in asdict(entry.offer).items() if name in told}
    return {**offer, "here": entry.here, "verified": entry.verified, "serving": entry.serving, "next": entry.next}


def _used(home: Homegrown) -> str:
    serving, succession = home.models.serving.name, home.models.succession
    if succession.base is None:
        return f"{serving} serves from the next reply on."
    told = CANNOT if succession.cannot else NEXT
    return told.format(next=succession.base.name, serving=serving, why=succession.cannot)


def _follow(home: Homegrown, tell: Tell) -> None:
    """Until it is whole. Raises Trouble if it stands still."""
    while transfer := home.models.downloads.wait(LOOK_SECONDS):
        if transfer.state != "running":
            raise Trouble(transfer.said or f"The download of {transfer.name} was paused; the same command resumes it.")
        share = transfer.step.done / transfer.step.total if transfer.step.total else 0.0
        tell({"phase": progress(transfer), "share": share})


def _line(entry: Entry) -> str:
    offer, mark = entry.offer, "*" if entry.serving else ">" if entry.next else "+" if entry.here else " "
    best = " (recommended)" if offer.recommended else ""
    terms = f", {offer.licence}" if offer.licence else ""
    return f"{mark} {offer.name}{best}  {offer.title}, {size(offer.bytes)}{terms}. {offer.verdict}"
