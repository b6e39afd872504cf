"""What each command does, given the parts of a home: arguments in, a JSON-able result out.

The same functions serve the command line alone and, through control.py, beside a running app. A result holds "exit"
(the exit code), "text" (for people), "json" (for scripts), and "error" if there is a sentence for standard error.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import asdict, replace
from typing import Any

from backends.base import GREEDY
from command_line import memory, programs
from command_line.choosing import choose
from command_line.people import admit, manage
from conversation.completion import LEFT
from conversation.prompt import acting_lessons, recalled, remind
from domain import BASE, Feedback, Night, Person
from errors import BadInput, Deferred, HomegrownError, Locked, NothingToLearn, TooFew
from homegrown import Homegrown
from learning.nights import NOT_LEARNT
from personalization.feedback_file import read_feedback
from personalization.ledger import signal
from personalization.memory import compose
from personalization.open_webui import is_export
from personalization.report import as_text, report_of
from upkeep import moving
from upkeep.doctor import START_SECONDS, Finding, examine, planned, stored
from upkeep.scheduled import due_nights
from upkeep.status import status

Json = dict[str, Any]
Tell = Callable[[Json], None]
NO_NIGHT = {TooFew: "too few", NothingToLearn: "nothing new", Deferred: "deferred"}
EXITS = {"published": 0, "provisional": 0, "refused": 3, "nothing new": 4, "too few": 4, "deferred": 6, "failed": 1}


def run(home: Homegrown, command: str, arguments: Json, tell: Tell) -> Json:
    """Runs one of COMMANDS. `tell` receives news while it works: {"piece"} of a reply or {"phase", "share"}."""
    return COMMANDS[command](home, arguments, tell)


def whose(home: Homegrown, arguments: Json) -> Person:
    """The person of --person. The first name given creates the profile, or names the one the page began with."""
    name, people = arguments.get("person"), home.store.people()
    if not people:
        return home.store.add_person(name or home.settings.owner)
    if name and [person.name for person in people] == [home.settings.owner]:
        return home.store.rename_person(admit(home, people[0], arguments), name)
    return admit(home, home.store.person(name), arguments)


def chat(home: Homegrown, arguments: Json, tell: Tell) -> Json:
    """One reply, outside any conversation: nothing of it is stored."""
    person = whose(home, arguments)
    if not arguments["text"].strip():
        raise BadInput("There is nothing to answer; give the message as text.")
    persona = home.store.persona(person.id)[1]
    about = home.chat.recollection.block(person.id)
    inserted, memories = recalled(home.engine, home.chat.recollection, person.id, arguments["text"], about=about)
    lessons = acting_lessons(home.store, home.adapters, person.id) if arguments.get("at_once", True) else []
    shown = remind(home.engine, lessons, arguments["text"])
    ids = home.engine.encode(compose(persona, [], inserted, arguments["text"], shown, about))
    version, folder = home.adapters.current(person.id)
    most = home.chat.sampling.max_tokens
    sampling = replace(GREEDY, max_tokens=most) if arguments["greedy"] else home.chat.sampling
    reply, speeds = "", None
    cancel = threading.Event()
    pieces = home.engine.stream(ids, sampling, folder, key=None, cancel=cancel, place=lambda _: None)
    with home.chat.asking(person.id, cancel) as asking, closing(pieces):
        for piece in pieces:
            if asking.hushed:
                raise Locked(LEFT)
            reply, speeds = reply + piece.text, piece.speeds or speeds
            tell({"piece": piece.text})
    if speeds is None:
        raise HomegrownError("The engine ended without finishing the reply; try again.")
    json = {
        "reply": reply.strip(),
        "adapter": version,
        "model": home.engine.info().model,
        "ttft_s": speeds.ttft_s,
        "tokens": speeds.tokens,
        "tokens_per_s": speeds.tokens_per_s,
        "prompt_tokens": speeds.prompt_tokens,
        "memories": list(memories),
        "lessons": [reminder.lesson for reminder in shown],
    }
    return {"exit": 0, "text": "", "json": json}


def learn(home: Homegrown, arguments: Json, tell: Tell) -> Json:
    """One night, now; or everybody's that are due."""
    if arguments.get("scheduled"):
        return _scheduled(home, arguments, tell)
    person = whose(home, arguments)
    try:
        night = home.nights.run(person.id, lambda progress: tell({"phase": progress.phase, "share": progress.share}))
    except HomegrownError as error:
        outcome = next((name for kind, name in NO_NIGHT.items() if isinstance(error, kind)), "failed")
        nothing: Json = {"used": [], "skipped": {}, "superseded": {}}
        json = {"verdict": outcome, "reason": str(error), "version": None, "checks": {}, "lessons": nothing}
        return {"exit": EXITS[outcome], "error": str(error), "text": "", "json": {**json, "seconds": {}}}
    told = report_of(night, home.store.feedback(person.id))
    return {"exit": EXITS[night.verdict.outcome], "text": as_text(told), "json": night_json(night)}


def _scheduled(home: Homegrown, arguments: Json, tell: Tell) -> Json:
    home.people.wake()
    people = home.store.people()
    if arguments.get("person"):
        people = [admit(home, home.store.person(arguments["person"]), arguments)]
    try:
        nights = due_nights(home, people, lambda progress: tell({"phase": progress.phase, "share": progress.share}))
    except (Deferred, Locked) as error:
        return {"exit": error.exit_code, "error": str(error), "text": "", "json": {"reason": str(error), "nights": []}}
    entries = [{"person": person.name, **night_json(night)} for person, night in nights]
    lines = [f"{person.name}: {night.verdict.reason}" for person, night in nights]
    codes = [EXITS[night.verdict.outcome] for _, night in nights]
    json = {"reason": "", "nights": entries}
    return {"exit": next(filter(None, codes), 0), "text": "\n".join(lines), "json": json}


def night_json(night: Night) -> Json:
    checks = {check.name: {k: v for k, v in asdict(check).items() if k != "name"} for check in night.verdict.checks}
    return {
        "verdict": night.verdict.outcome,
        "reason": night.verdict.reason,
        "version": night.version,
        "checks": checks,
        "lessons": {
            "used": list(night.used),
            "skipped": dict(night.skipped),
            "superseded": dict(night.superseded),
        },
        "seconds": dict(night.seconds),
    }


def feedback(home: Homegrown, arguments: Json, tell: Tell) -> Json:
    person = whose(home, arguments)
    match arguments["action"]:
        case "import":
            rows, broken = read_feedback(arguments["content"])
            if broken and not arguments["skip_broken"]:
                one, many = ("entry", "entries") if is_export(arguments["content"]) else ("line", "lines")
                listed = "\n".join(f"  {one} {number}: {why}" for number, why in broken.items())
                share = f"{len(broken)} of {len(broken) + len(rows)}"
                raise BadInput(
                    f"{share} {many} cannot be used and nothing was imported:\n{listed}\n"
                    f"Mend them, or take the good {many} with --skip-broken."
                )
            there = {row.id for row in home.store.feedback(person.id)}
            fresh = [row for row in rows if row.id not in there]
            home.store.put_feedback(person.id, *fresh)
            waiting, held = home.ratings.waiting(person.id), [row.id for row in fresh if row.parked]
            json: Json = {"imported": [row.id for row in rows], "broken": broken, "parked": held, "waiting": waiting}
            text = f"Imported {len(rows)} rows; {waiting} wait for the night."
            if held:
                text += f"\n{len(held)} look as if they held a secret; release them under Learning to have them learnt."
            return {"exit": 0, "text": text, "json": json}
        case "forget":
            gone = home.versions.forget(person.id, arguments["id"])
            json = {"forgot": gone.row, "removed": list(gone.removed), "serving": gone.serving}
            return {"exit": 0, "text": gone.sentence, "json": json}
        case "at-once":
            if arguments["switch"]:
                home.store.set_at_once(person.id, arguments["switch"] == "on")
            acts = home.store.at_once(person.id)
            text = "Lessons act at once." if acts else "Lessons act once they are learnt."
            return {"exit": 0, "text": text, "json": {"at_once": acts}}
    found = home.store.feedback(person.id)
    lines = [f"{row.id}  {_kind(row):10}  {row.prompt[-1].content[:60]!r}" for row in found]
    listed_rows = [
        {
            "id": row.id,
            "prompt": [asdict(message) for message in row.prompt],
            "reply": row.reply,
            "thumb": row.thumb,
            "correction": row.correction,
            "rejected": list(row.rejected),
            "reasons": list(row.reasons),
            "comment": row.comment,
            "source": row.source,
            "at": row.at.isoformat(),
            "parked": row.parked,
        }
        for row in found
    ]
    return {"exit": 0, "text": "\n".join(lines) or "Nothing has been rated yet.", "json": listed_rows}


def adapters(home: Homegrown, arguments: Json, tell: Tell) -> Json:
    person = whose(home, arguments)
    if arguments["action"] == "rollback":
        home.versions.roll_back(person.id, arguments["version"])
    serving, _ = home.adapters.current(person.id)
    base: Json = {"version": BASE, "created_at": None, "serving": serving == BASE, "lessons": 0, "foreign": False}
    entries = [base]
    for version in home.adapters.versions(person.id):
        made, count = version.manifest["created_at"], len(version.manifest["lessons"])
        told = {"version": version.name, "created_at": made, "serving": version.serving, "lessons": count}
        entries.append({**told, "foreign": version.foreign})
    notes = {False: "lessons", True: "lessons, of another model"}
    lines = [f"{'*' if e['serving'] else ' '} {e['version']}  {e['lessons']} {notes[e['foreign']]}" for e in entries]
    if home.adapters.has_not_learnt(person.id):
        lines.append(NOT_LEARNT)
    return {"exit": 0, "text": "\n".join(lines), "json": entries}


def export(home: Homegrown, arguments: Json, tell: Tell) -> Json:
    return moving.export(home, whose(home, arguments), arguments, tell)


def show_status(home: Homegrown, arguments: Json, tell: Tell) -> Json:
    people = home.store.people()
    chosen = home.store.person(arguments["person"]) if arguments.get("person") else next(iter(people), None)
    themselves = bool(arguments.get("passphrases")) or not (chosen and home.people.is_asked(chosen.id))
    if chosen and arguments.get("passphrases"):
        admit(home, chosen, arguments)
    with suppress(HomegrownError):  # the state and its reason tell
        home.engine.wait_ready(START_SECONDS)
    json = status(home, chosen, themselves=themselves)
    lines = [
        f"Backend   {json['backend']['name']} ({json['backend']['reason']})",
        f"Engine    {json['engine']['state']}{', safe mode' if json['engine']['safe_mode'] else ''}",
        *(f"Plan      {sentence}" for sentence in (json["plan"] or {}).get("sentences", ())),
    ]
    if chosen:
        lines += [
            f"Person    {chosen.name}",
            f"Serving   {json['serving']['version'] if json['serving'] else 'not told without the passphrase'}",
            *([] if json["waiting"] is None else [f"Waiting   {json['waiting']} lesson{'s' * (json['waiting'] != 1)}"]),
            f"Next      {json['next_night']}",
        ]
    return {"exit": 0, "text": "\n".join(lines), "json": json}


def check_up(home: Homegrown, arguments: Json, tell: Tell) -> Json:
    if arguments.get("person"):
        admit(home, home.store.person(arguments["person"]), arguments)
    restored = home.store.restore() if arguments.get("restore") else []
    others = [*planned(home.models.serving.plan), stored(home.store.troubles(), restored)]
    return findings_told([*examine(home.store.home, home.engine.wait_ready, offline=arguments["offline"]), *others])


def findings_told(findings: list[Finding]) -> Json:
    text = "\n".join(f"{'✓' if finding.ok else '✗'} {finding.sentence}" for finding in findings)
    json = [asdict(finding) for finding in findings]
    return {"exit": 0 if all(finding.ok for finding in findings) else 2, "text": text, "json": json}


def engine_found(told: Json) -> bool:
    """Whether a check-up has found an engine that answers."""
    return any(finding["name"] == "engine" and finding["ok"] for finding in told["json"])


def joined(first: Json, second: Json) -> Json:
    """Two check-ups as one."""
    text, exit = f"{first['text']}\n{second['text']}", max(first["exit"], second["exit"])
    return {"exit": exit, "text": text, "json": [*first["json"], *second["json"]]}


def _kind(row: Feedback) -> str:
    return f"thumb {row.thumb}" if row.thumb and row.correction is None else signal(row) or "nothing"


COMMANDS: dict[str, Callable[[Homegrown, Json, Tell], Json]] = {
    "chat": chat,
    "learn": learn,
    "people": manage,
    "feedback": feedback,
    "memory": lambda home, given, tell: memory.manage(home, whose(home, given).id, given),
    "adapters": adapters,
    "keys": lambda home, given, tell: programs.manage(home.store, whose(home, given).id, given),
    "models": choose,
    "export": export,
    "import": moving.take_in,
    "status": show_status,
    "doctor": check_up,
}
NEEDS_ENGINE = {"chat", "learn", "doctor", "status"}  # to be started
