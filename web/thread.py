"""A conversation as HTML: turns with their notes, verdicts and buttons. Values in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain import Conversation, Feedback, Turn
from personalization.evidence import evidence
from personalization.exam import GAIN_FEWEST, THUMBS_FEWEST
from personalization.ledger import DOWN_ALONE, PARKED, SECRET, in_part, read_lessons
from web import texts
from web.markup import escape, reply_html


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The ledger as the chat page needs it: rows by turn, and what became of each."""

    rows: Mapping[str, Feedback]
    standing: Mapping[str, str]  # row id -> a sentence for the person


def verdicts(ledger: Sequence[Feedback], learnt: Iterable[str]) -> Verdicts:
    """`learnt` are the content hashes of the lessons that the serving adapter holds."""
    lessons, known = read_lessons(ledger), frozenset(learnt)
    waiting = [lesson for lesson in lessons.lessons if lesson.id not in known]
    standing = {row: texts.LEARNT for lesson in lessons.lessons for row in lesson.rows}
    found = evidence(waiting)
    for lesson in waiting:
        if found.enough:
            sentence = texts.WILL_LEARN
        else:
            sentence = texts.WILL_LEARN_ONCE if lesson in found.pairs else texts.WILL_LEARN_ALONG
        counts = {"waiting": len(waiting), "corrections": len(found.pairs), "needed": GAIN_FEWEST}
        filled = sentence.format(**counts, thumbs=THUMBS_FEWEST)
        part = f" {texts.IN_PART}" if in_part(lesson) else ""
        standing |= dict.fromkeys(lesson.rows, filled + part)
    standing |= dict.fromkeys(lessons.superseded, texts.SUPERSEDED)
    standing |= {row: _left_out(why) for row, why in lessons.skipped.items()}
    return Verdicts({row.id: row for row in ledger}, standing)


def _left_out(why: str) -> str:
    known = {PARKED: texts.PARKED, SECRET: texts.SECRET, DOWN_ALONE: texts.NOTED}
    return known.get(why, texts.NOT_LEARNT.format(reason=why))


def thread_html(
    turns: Sequence[Turn],
    said: Verdicts,
    others: Mapping[str, Sequence[str]],
    used: Mapping[str, str] | None = None,
    *,
    conversation: str,
    more: bool,
    rated: bool = True,
) -> str:
    """The shown turns of a conversation, all finished; `more`: earlier ones exist; `others`: see Chat.siblings.

    `used`: what stands under a reply about memories, by turn (see used.py). `rated`: whether a verdict may be given.
    """
    earlier = button("earlier", texts.SHOW_EARLIER) if more else ""
    below = used or {}
    inner = "".join(
        turn_html(turn, said, others.get(turn.id, ()), below.get(turn.id, ""), rated=rated) for turn in turns
    )
    title = f'<h1 class="sr">{texts.CONVERSATION}</h1>'
    return f'<section class="thread" id="c-{escape(conversation)}">{title}{earlier}{inner}</section>'


def welcome_html(more: str = "") -> str:
    return (
        f'<section class="welcome"><h1>{texts.WELCOME}</h1><p>{texts.WELCOME_MORE}</p>'
        f'<p class="small">{texts.WELCOME_LIMITS}</p>{more}</section>'
    )


def turn_html(turn: Turn, said: Verdicts, versions: Sequence[str] = (), used: str = "", *, rated: bool = True) -> str:
    """One question with its finished reply; `versions` are the ids of all replies it got, if there are several."""
    row = said.rows.get(turn.id)
    note = f'<p class="note">{escape(turn.note or note_of(turn))}</p>' if turn.note or note_of(turn) else ""
    parts = [
        _words(turn),
        _reply(turn) if turn.reply else "",
        note,
        used,
        _acts(turn, row, versions, rated),
        _verdict(turn, row, said),
    ]
    return f'<article class="turn item" id="t-{escape(turn.id)}">{"".join(parts)}</article>'


def live_html(turn: Turn, status: str) -> str:
    """A turn whose reply is being written; `status` is shown until its first words are there."""
    waiting = "" if turn.reply else f'<p class="status">{escape(status)}<span class="dots"></span></p>'
    return f'<article class="turn writing" id="w-{escape(turn.id)}">{_words(turn)}{_reply(turn)}{waiting}</article>'


def note_of(turn: Turn) -> str:
    """How a reply ended, if not by itself."""
    notes = {"stopped": texts.STOPPED, "crashed": texts.BROKE_OFF, "length": texts.TOO_LONG}
    return notes.get(turn.finish, "")


def talks_html(talks: Sequence[Conversation], shown: str) -> str:
    """The list of conversations, newest first."""
    if not talks:
        return f'<p class="quiet">{texts.NO_CONVERSATIONS}</p>'
    rows = [
        f'<li class="item{" on" if talk.id == shown else ""}" id="k-{escape(talk.id)}">'
        + button("open", talk.title, on=talk.id == shown)
        + button("delete", f"{texts.DELETE}: {talk.title}", ask=texts.DELETE_CONVERSATION, icon=True)
        + "</li>"
        for talk in talks
    ]
    return f'<ul class="talks">{"".join(rows)}</ul>'


def button(do: str, label: str, *, on: bool = False, ask: str = "", icon: bool = False) -> str:
    """A button that the page's script turns into a wish: `do` on the item it stands in. `ask`: confirm first."""
    marks = f"act do-{do}{' on' if on else ''}{' icon' if icon else ''}"
    inner = f'<span class="sr">{escape(label)}</span>' if icon else escape(label)
    question = f'<span class="ask">{escape(ask)}</span>' if ask else ""
    title = f' title="{escape(label)}"' if icon else ""
    return f'<button type="button" class="{marks}"{title}>{inner}{_hidden(texts.CHOSEN, on)}{question}</button>'


def _words(turn: Turn) -> str:
    return f'<div class="you">{_hidden(texts.YOU_SAID)}{escape(turn.text)}</div>'


def _reply(turn: Turn) -> str:
    return f'<div class="model">{_hidden(texts.MODEL_SAID)}{reply_html(turn.reply)}</div>'


def _acts(turn: Turn, row: Feedback | None, versions: Sequence[str], rated: bool) -> str:
    """What may be done with a reply. What comes later stands last: no button moves under a finger."""
    thumb = row.thumb if row else None
    copy, again = button("copy", texts.COPY, icon=True), button("again", texts.REGENERATE)
    leaf = _leaf(turn, versions)
    if not (turn.reply and rated):
        return f'<div class="acts">{copy if turn.reply else ""}{again}{leaf}</div>'
    label = texts.BETTER_THAN_OTHER if len(versions) == 2 else texts.BETTER_THAN_OTHERS
    parts = [
        button("up", texts.GOOD, on=thumb == "up", icon=True),
        button("down", texts.BAD, on=thumb == "down", icon=True),
        copy,
        button("better", texts.BETTER, on=bool(row and row.correction)),
        again,
        leaf,
        button("prefer", label, on=bool(row and row.rejected)) if versions else "",
    ]
    return f'<div class="acts">{"".join(parts)}</div>'


def _leaf(turn: Turn, versions: Sequence[str]) -> str:
    """Arrows through the replies that were written to the same words."""
    if not versions:
        return ""
    place = versions.index(turn.id) + 1
    back = button("previous", texts.PREVIOUS_REPLY, icon=True) if place > 1 else ""
    on = button("next", texts.NEXT_REPLY, icon=True) if place < len(versions) else ""
    return f'<span class="leaf">{back}<span>{texts.PLACE.format(place=place, count=len(versions))}</span>{on}</span>'


def _verdict(turn: Turn, row: Feedback | None, said: Verdicts) -> str:
    if row is None:
        return ""
    yours = ""
    if row.correction:
        yours = f'<div class="yours"><b>{texts.YOUR_VERSION}</b>{reply_html(row.correction)}</div>'
    standing = said.standing.get(row.id, "")
    allow = button("allow", texts.ALLOW) if standing == texts.SECRET else ""
    sentence = f'<p class="verdict">{escape(standing)} {allow}{button("undo", texts.UNDO)}</p>'
    return yours + sentence + (_why(row) if row.thumb == "down" else "")


def _why(row: Feedback) -> str:
    """Chips that say what was wrong: optional, each one tap."""
    chips = [
        button(f"why-{key.replace(' ', '-')}", label, on=key in row.reasons) for key, label in texts.REASONS.items()
    ]
    comment = f'<p class="comment">{escape(row.comment)}</p>' if row.comment else ""
    return f'<div class="chips" title="{texts.WHY}">{"".join(chips)}{button("comment", texts.COMMENT)}</div>{comment}'


def _hidden(text: str, show: bool = True) -> str:
    return f'<span class="sr"> {text} </span>' if show else ""
