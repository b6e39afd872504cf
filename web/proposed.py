"""What was noticed in conversations and waits for one tap, on the chat page and the memory page; and off the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from conversation.message import check_size
from domain import Conversation, Proposal, new_id, now
from errors import BadInput
from storage.observed import Mode
from web import texts
from web.markup import escape
from web.parts import Wish
from web.thread import button

if TYPE_CHECKING:
    from homegrown import Homegrown

IN_CHAT = 3  # proposals shown on the chat page; the others wait on the memory page
KEEP, REFUSE, EDIT = "keep-fact", "no-fact", "edit"  # wishes on a proposal; "edit" comes with the person's text
OBSERVE = "observe-"  # and the mode
OFF_RECORD, ON_RECORD = "record-off", "record-on"


def waiting_html(home: Homegrown, person: str, most: int | None = None) -> str:
    """Proposals with their buttons, the surest first; "" if none waits."""
    waiting = home.proposals.waiting(person)
    if not waiting:
        return ""
    shown = waiting[:most]
    more = len(waiting) - len(shown)
    rest = f'<p class="small"><a href="/memory">{texts.MORE_PROPOSALS.format(count=more)}</a></p>' if more else ""
    held = {memory.id: memory.text for memory in home.memories.list(person)}
    rows = "".join(_row(proposal, held.get(proposal.replaces or "", "")) for proposal in shown)
    return f'<section class="proposals"><h2>{texts.PROPOSALS}</h2><ul class="entries">{rows}</ul>{rest}</section>'


def mode_html(mode: Mode, by_whom: str) -> str:
    """How it is decided what is remembered, the other choices, and a sentence on what finds it."""
    others = [button(f"{OBSERVE}{name}", label) for name, label in texts.OBSERVE_CHOICES.items() if name != mode]
    found = "" if mode == "off" else escape(by_whom)
    return f'<p class="small acting">{escape(texts.OBSERVE_MODES[mode])} {found} {" ".join(others)}</p>'


def record_html(talks: Sequence[Conversation], conversation: str) -> str:
    """Whether the shown conversation is off the record, with its switch; a new one can be begun so."""
    talk = next((talk for talk in talks if talk.id == conversation), None)
    if talk and talk.off_record:
        back = "" if talk.head else f" {button(ON_RECORD, texts.ON_RECORD_AGAIN)}"
        inner = escape(texts.OFF_RECORD) + back
    else:
        inner = button(OFF_RECORD, texts.GO_OFF_RECORD)
    return f'<p class="small acting">{inner}</p>'


def act(home: Homegrown, person: str, wanted: Wish) -> str | None:
    """Fulfils a wish on a proposal, or the choice of a mode; a sentence for the person, None if it is none of these."""
    if wanted.do.startswith(OBSERVE):
        home.proposals.set_mode(person, wanted.do.removeprefix(OBSERVE))
        return ""
    if wanted.do == KEEP:
        return texts.REMEMBERED.format(text=home.proposals.keep(person, wanted.on).text)
    if wanted.do == REFUSE:
        home.proposals.refuse(person, wanted.on)
        return ""
    if wanted.do == EDIT and wanted.on in [proposal.id for proposal in home.proposals.waiting(person)]:
        check_size(wanted.text)
        return texts.REMEMBERED.format(text=home.proposals.keep(person, wanted.on, wanted.text).text)
    return None


def set_record(home: Homegrown, person: str, conversation: str, *, off: bool) -> str:
    """Takes a conversation off the record; "" begins a new one. Returns its id.

    Back on the record only while nothing was said in it: what was said off the record stays so.
    """
    if conversation:
        talk = home.store.conversation(person, conversation)
    else:
        talk = Conversation(new_id(), texts.OFF_RECORD_TITLE, None, now(), now())
    if talk.head and not off:
        raise BadInput(texts.STAYS_OFF_RECORD)
    home.store.put_conversation(person, replace(talk, off_record=off, updated_at=now()))
    return talk.id


def _row(proposal: Proposal, replaces: str) -> str:
    talk = proposal.turn.partition(".")[0]
    why = f'<a href="/?c={escape(talk)}">{texts.SAID_THERE}</a>' if talk else ""
    instead = f'<p class="small">{escape(texts.INSTEAD_OF.format(text=replaces))}</p>' if replaces else ""
    tools = button(KEEP, texts.KEEP_FACT) + button(EDIT, texts.EDIT) + button(REFUSE, texts.REFUSE_FACT) + why
    return (
        f'<li class="entry item" id="p-{escape(proposal.id)}"><p class="text">{escape(proposal.text)}</p>{instead}'
        f'<div class="tools">{tools}</div></li>'
    )
