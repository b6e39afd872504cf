"""How the person wants to be answered, from now on and not only this once: "skip the small talk from now on"."""

from __future__ import annotations

import re

from personalization.observing.own_words import plain
from personalization.observing.signs import HEDGED, LASTING, LEAD

LONGEST = 160  # characters
SO = r"(?:(?:please|also|and|just|do|so|but|oh|to|btw|ok|could you|can you|would you),? )*"
DO = (
    r"(?:keep|use|give|explain|answer|reply|respond|write|speak|talk|correct|show|tell|skip|stop|do not|address|call"
    r"|format|put|make|be|include|leave|add|convert|spell|ask|go easy|stick|list|avoid|start|end|treat|phrase|teach"
    r"|suggest|recommend|drop|cut|remind|warn|challenge|assume|mention|stay)"
)
LASTS = (
    r"(?:from (?:now|here|today) on\w*|going forward|in (?:the )?future|every (?:single )?time|each time|by default"
    r"|all the time|at all times|whenever you \w+|when you (?:answer|reply|explain|write|talk)\w*|, (?:always|ever)\b"
    r"|always$|with me$|in general$|as a rule|again,? ever|ever again|(?<!best )(?<!worst ) ever$)"
)
STYLE = (
    r"(?:paragraphs?|answers?|words?|spellings?|units?|celsius|fahrenheit|metric|imperial|bullets?|bullet points?"
    r"|emojis?"
    r"|sentences|english|german|french|spanish|kilomet(?:re|er)s|miles|recipes|examples|code|jargon|explanations?"
    r"|commands?|compliments|steps|versions|tables?|lists?|details?|replies|centimet(?:re|er)s|cm|euros|pounds|grams"
    r"|cups|24[- ]hour|sources|links|summaries|language)"
)
MANNER = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{SO}{DO}\b.*{LASTS}.*",
        rf"{SO}(?:always|never|only|from (?:now|here) on\w*|in (?:the )?future|going forward|whenever you"
        rf" \w+[^,]*),? {SO}{DO}\b.+",
        rf"{SO}(?:no )?(?:[\w'-]+ ){{0,4}}{STYLE},? (?:always|only|from (?:now|here) on|at all times)\b.*",
        rf"{SO}(?:always|only) (?:in )?(?:[\w'-]+ ){{0,3}}{STYLE}\b.*",
        r"please (?:to )?(?:correct|address|treat|talk to|speak to|teach|challenge) me\b.*",
        r"(?:please )?(?:always|never) (?!(?:been|had|mind|thought|knew|seen|heard|ever|again|really|was|is|have|got"
        r"|understood|a|an|the|on|in|at|to|will|do|did|that|forget|going|happy|wanted|too|so|one|enough|more|\w+ed"
        r"|\w+ing)\b)\w+ (?:\w+ ){1,12}\w+",
        rf"I (?:would )?(?:much |really )?(?:prefer|like|love|appreciate|want|need) (?:it )?(?:if |when |that"
        rf" )?you(?:r)? .*{STYLE}\b.*",
        rf"{SO}(?:stop|do not|never|quit|avoid|no) (?:\w+ing )?(?:[\w'-]+ )?(?:{STYLE}|slang|swearing|waffle|fluff"
        rf"|small talk)\b(?:,? (?:with me|please|ever|to me|for me|in (?:your )?\w+|at all))*",
        rf"{SO}(?:speak|talk|reply|answer|write) (?:to me |with me )?in (?:[a-z]+ )?(?:english|german|french|spanish"
        rf"|italian|portuguese|dutch|polish|welsh|irish|japanese|korean|swedish|norwegian|danish|greek|turkish"
        rf"|russian|arabic|chinese|mandarin|hindi)(?: (?:on|at|when|with|every|to help) .*|)",
        rf"{SO}(?:talk|speak|write) to me (?:like|as) .+|{SO}go (?:slow|slowly|easy|gently) (?:with|on) me",
        rf"{SO}keep (?:your|all|all your|the) {STYLE}\b.*",
        r"please (?:to )?use (?:the )?(?:easy|simple|plain|short|british|american|metric|celsius|24[- ]hour|12[-"
        r" ]hour) \w+.*",
    )
]
REASON = re.compile(r",? (?:because|since|cos|as|but|so|and)?,?\s*(?=(?:I|my|we|our)\b(?! (?:way|own)))")


def manner_in(sentence: str) -> str | None:
    """The wish, without the reason for it; None if the sentence is none, or only for this once."""
    text = plain(re.sub(r"\s+", " ", sentence)).strip(" ,.!…")
    asked = text.endswith("?")
    text = LEAD.sub("", LASTING.sub("", text)).strip(" ,.!?…")
    if (
        len(text) > LONGEST
        or "§" in text
        or ": " in text
        or (asked and not LASTING.match(plain(sentence)) and not re.search(LASTS, text))
    ):
        return None
    for piece in (text, *text.split(", ")):
        if any(pattern.fullmatch(piece) for pattern in MANNER):
            piece = re.sub(r"^(?:can|could|would|will) you (?:please )?", "", piece, flags=re.IGNORECASE)
            wish = REASON.split(piece)[0].strip(" ,").removesuffix("please").strip(" ,")
            unsure = HEDGED.search(re.sub(r"\bwould(?= \w+)|\bif you", "", wish))  # but for "I would prefer if you"
            return None if unsure or len(wish) < 8 else f"{wish[0].upper()}{wish[1:]}."
    return None
