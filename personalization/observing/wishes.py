""" "Remember that I ..." and "forget that I ...": what a person asks for in so many words, in a message of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from personalization.observing.changes import words
from personalization.observing.own_words import plain
from personalization.observing.signs import PASTED

LONGEST = 300  # characters of such a message
ASKING = (
    r"(?:(?:hey|hi|ok|okay|please|so|and|also|oh|btw|by the way|can you|could you|will you|would you"
    r"|you can|you should|i want you to|i'd like you to|now|well|just)[,:]? +)*"
)
REMEMBER = re.compile(
    rf"{ASKING}(?:remember|don'?t forget|do not forget|keep in mind|bear in mind|make a note|take note"
    rf"|note down|note|memori[sz]e)(?P<that>(?: that\b|[,:]))? +(?P<what>.+)",
    re.IGNORECASE,
)
FORGET = re.compile(
    rf"{ASKING}(?:forget|stop remembering|do not remember|don'?t remember)(?: about| the fact)?"
    rf"(?P<that> that| what i said about)?[,:]? +(?P<what>.+)",
    re.IGNORECASE,
)
OWN = re.compile(r"(?:I|my|mine|me|we|our|i'm|im)\b", re.IGNORECASE)
NO_FACT = re.compile(
    r"(?:to|when|how|what|why|where|the (?:user|assistant|system|previous|above|instructions?|rules?"
    r"|time|movie|days?)|this|that|it|these|those|your?|you're|everything|all|me|us|him|her|them|i "
    r"(?:said|told|asked|mentioned|want you|need you)|previous|prior|any)\b(?!.*\bmy\b.*\bis\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """`own`: the fact names the person ("I", "my"); others are kept only after a tap, as they could be pasted."""

    do: Literal["remember", "forget"]
    what: str
    own: bool


def wish_in(message: str) -> Wish | None:
    """What a message asks to be remembered or forgotten; None if it is about something else, or holds a paste."""
    text = message.replace("’", "'").strip()
    if len(text) > LONGEST or "\n" in text or PASTED.search(text) or re.search(r"[\"“”«»`<>{}]", text):
        return None
    for do, pattern in (("remember", REMEMBER), ("forget", FORGET)):
        if found := pattern.fullmatch(text):
            what = plain(found["what"]).strip(" .!?,;")
            own = bool(OWN.match(what))
            if not what or NO_FACT.match(what) or not words(what) or (text.endswith("?") and not own):
                return None
            if do == "remember":
                return Wish("remember", what, own) if own or found["that"] else None
            return Wish("forget", what, own) if own or found["that"] else None
    return None


def meant(what: str, texts: list[str]) -> list[int]:
    """Which of the texts a wish to forget means: those that say just it, else those that hold all its words."""
    asked = words(what)
    exact = [number for number, text in enumerate(texts) if words(text) == asked]
    return exact or [number for number, text in enumerate(texts) if asked and asked <= words(text)]
