"""Groups of lessons that an exam looks at one by one, so that a gain in one does not hide a loss in another."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence

from domain import Lesson

TOPIC_LESSONS = 3  # a content word that so many prompts share names a topic
ENGLISH_SHARE = 0.15  # of function words: English prose has 0.35 to 0.5, a short question less, other languages near 0

FUNCTION_WORDS = """
a about an and are as at be but by can could do does for from had has have he her his how i if in is it its me my no
not of on or our she should so that the their them there they this to us was we what when where which who why will
with would you your
"""
# Words that ask rather than name something: they do not make a topic.
ASKING = """
advice answer best describe did explain few get give good help idea ideas know let like list make many more most much
name need one please put say short simple some something suggest talk tell than thing things think through tip tips
two use using want way ways well work write
"""
ENGLISH = frozenset(FUNCTION_WORDS.split())
STOP = ENGLISH | frozenset(ASKING.split())


def slices(lessons: Sequence[Lesson]) -> dict[str, list[str]]:
    """Name of the group, for people -> ids of its lessons: reason chips, topics, languages."""
    groups: dict[str, list[str]] = defaultdict(list)
    for lesson in lessons:
        for reason in lesson.reasons:
            groups[f"marked “{reason}”"].append(lesson.id)
        groups[f"in {language(_asked(lesson) + ' ' + (lesson.chosen or ''))}"].append(lesson.id)
    named = {lesson.id: _content_words(_asked(lesson)) for lesson in lessons}
    shared = Counter(word for words in named.values() for word in words)
    for word in sorted(word for word, count in shared.items() if count >= TOPIC_LESSONS):
        groups[f"about “{word}”"] = [lesson.id for lesson in lessons if word in named[lesson.id]]
    return dict(groups)


def language(text: str) -> str:
    """A guess: the script most letters are written in; Latin letters are English if enough function words are."""
    scripts = Counter(unicodedata.name(sign, "unknown").split()[0] for sign in text if sign.isalpha())
    script = scripts.most_common(1)[0][0] if scripts else "LATIN"
    if script != "LATIN":
        return f"{script.capitalize()} script"
    words = _words(text)
    share = sum(word in ENGLISH for word in words) / max(1, len(words))
    return "English" if share >= ENGLISH_SHARE else "another language"


def _asked(lesson: Lesson) -> str:
    return next((message.content for message in reversed(lesson.prompt) if message.role == "user"), "")


def _content_words(text: str) -> set[str]:
    return {word for word in _words(text) if len(word) > 2 and not word.isdecimal()} - STOP


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())
