"""The line on the chat page that says which version serves since the last look, and why."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from domain import BASE
from web import texts
from web.markup import escape

if TYPE_CHECKING:
    from homegrown import Homegrown


def is_news(home: Homegrown, person: str, version: str, *, seen: bool) -> bool:
    """Whether the last night brought the version that serves, and its report was kept (`seen`) or not yet."""
    night = home.nights.last(person)
    return night is not None and night.version == version and night.seen == seen


def is_untold(home: Homegrown, person: str, version: str) -> bool:
    """Whether a night has just brought this version and is about to tell why: then it is too early to speak of it."""
    night = home.nights.last(person)
    if home.nights.progress(person) is None or (night and night.version == version):
        return False
    return version in home.adapters.unreported(person)


def news_html(home: Homegrown, person: str, version: str) -> str:
    night = home.nights.last(person)
    if version == BASE or night is None or night.version != version:
        sentence = texts.ROLLED_BACK.format(version=texts.BASE_MODEL if version == BASE else f"version {version}")
    else:
        made = night.finished_at.astimezone()
        time = made.strftime("%H:%M" if made.date() == datetime.now().date() else "%H:%M on %d %B")
        sentence = texts.LEARNT_SOMETHING.format(time=time, version=version)
    return f'<p class="news">{escape(sentence)} <a href="/learning">{texts.SEE_WHAT}</a></p>'
