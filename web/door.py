"""The pages in front of the door, and behind it where one leaves: plain HTML of our own, without Gradio or script."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from web import door_texts as words
from web import texts

LONGEST = 1000  # characters of a field
# No script at all, and nothing from elsewhere; the style stands in the page.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the door itself answers. `session` is set as cookie, "" takes the cookie away, None leaves it."""

    status: int
    page: str = ""
    location: str = ""  # for a redirection
    session: str | None = None
    retry_after: int = 0  # seconds
    challenge: bool = False  # it asks for a passphrase


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    label: str
    kind: str = "text"
    complete: str = "off"  # what a browser may fill in
    value: str = ""
    hint: str = ""
    focus: bool = False

    def html(self) -> str:
        if self.kind == "hidden":  # from the eye alone
            value = f'value="{html.escape(self.value)}"'
            return f'<input name="{self.name}" type="text" autocomplete="{self.complete}" {value} readonly hidden>'
        hint = f"<small>{html.escape(self.hint)}</small>" if self.hint else ""
        plain = ' autocapitalize="none" spellcheck="false"' if self.kind == "text" else ""
        return (
            f'<label for="{self.name}">{html.escape(self.label)}{hint}</label>'
            f'<input id="{self.name}" name="{self.name}" type="{self.kind}" autocomplete="{self.complete}" '
            f'value="{html.escape(self.value)}" maxlength="{LONGEST}" required{plain}{" autofocus" * self.focus}>'
        )


def page(title: str, *parts: str, trouble: str = "", done: str = "") -> str:
    """A whole page. `parts` are HTML; `trouble` and `done` are sentences, told first."""
    told = f'<p role="alert">{html.escape(trouble)}</p>' if trouble else ""
    told += f'<p role="status">{html.escape(done)}</p>' if done else ""
    # "same-origin" and not "no-referrer" as elsewhere: with that, browsers send a form with the origin "null".
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="referrer" content="same-origin">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)} · {texts.PRODUCT}</title><style>{_style()}</style></head>"
        f'<body><main><p class="brand">{texts.PRODUCT}</p><h1>{html.escape(title)}</h1>{told}{"".join(parts)}</main>'
        "</body></html>"
    )


def form(action: str, button: str, fields: Sequence[Field] = (), *, quiet: bool = False) -> str:
    inputs = "".join(field.html() for field in fields)
    look = ' class="quiet"' if quiet else ""
    return f'<form method="post" action="{action}">{inputs}<button{look}>{html.escape(button)}</button></form>'


def section(title: str, sentence: str, *parts: str) -> str:
    return f"<section><h2>{html.escape(title)}</h2><p>{html.escape(sentence)}</p>{''.join(parts)}</section>"


def paragraph(sentence: str) -> str:
    return f"<p>{html.escape(sentence)}</p>"


def link(address: str, label: str) -> str:
    return f'<p><a href="{address}">{html.escape(label)}</a></p>'


def refusal(status: int, sentence: str) -> Answer:
    back = link("/", words.BACK_TO_CHAT) if status in (403, 404, 413) else ""
    return Answer(status, page(words.CLOSED_DOOR, paragraph(sentence), back))


@cache
def _style() -> str:
    return (Path(__file__).parent / "assets" / "door.css").read_text(encoding="utf-8")
