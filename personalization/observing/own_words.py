"""What of a message the person says in their own name: no paste, quotation, code, fiction, task or question."""

from __future__ import annotations

import re
from dataclasses import dataclass

from personalization.observing.fragments import written_out
from personalization.observing.mentions import A_STATE
from personalization.observing.signs import (
    BEFORE_IT,
    CLAUSE,
    ENDS_FICTION,
    FICTION,
    GRANTED,
    HEDGED,
    LASTING,
    LEAD,
    MATERIAL,
    OPENS_FICTION,
    OTHERS,
    OWN_PART,
    PASTED,
    QUESTION_LEAD,
    REQUESTED,
    SENTENCE,
    STARTS,
    TAIL,
    WORDING_ASKED,
)
from personalization.observing.vocabulary import FAMILY

LONGEST = 1_200  # characters: nobody types more about themselves in one message
LONGEST_CLAUSE = 200
A_GAME, A_PART = 30, 3  # messages
SHORT = (  # how people write, and what it stands for
    (r"[’‘´`]", "'"),
    (r"\bi['´]?m\b", "I am"),
    (rf"^(?:as|being) (an? )?({A_STATE}) (?=(?:I|i'm|im|my|we)\b)", r"I am \1\2, "),
    (
        r"^(?:speaking )?(?:as|being) (an?) ((?:[\w-]+ ){0,3}[\w-]+), (?=(?!.*\byou\b).*\b(?:i|my|i'm|we"
        r"|me)\b)",
        r"I am \1 \2, ",
    ),
    (
        r"\b(?!let|that|what|it|he|she|there|where|who|here|how)(\w+)'s (?=(?:on|in|at|next|this|tomorrow"
        r"|called|named|getting|an?|allergic|not|turning|from|moving|coming|starting|due|having|doing|going|staying"
        r"|visiting|living|working|studying|leaving|pregnant|vegan"
        r"|vegetarian|also|just|really|very|about|nearly|\d+)\b)",
        r"\1 is ",
    ),
    (r"\b(\d\d) ?([fm])\b", r"\1 \2"),
    (r"\bwho's (?=\d|an?\b|\w+ing\b)", "who is "),
    (r"\b(s?he)s\b", r"\1 is"),
    (
        r"^(hi|hiya|hey|hello|good \w+|evening|morning),? (?:it is|it's|its|this is) (?!(?:mon|tue|wed|thu|fri|sat"
        r"|sun)\w*day)"
        r"(?-i:([A-Z][a-z]+))",
        r"\1 I am \2,",
    ),
    (r"\bname's\b", "name is"),
    (r"(\w+)'s (?=(?:got|been|had)\b)", r"\1 has "),
    (
        r"\b(my) (?!twins|parents|kids)(\w+)s (?=(?:staying|living|working|away|getting|coming|called|turning"
        r"|having|moving)\b)",
        r"\1 \2 is ",
    ),
    (rf"\b({FAMILY})'s (?=(?!wedding|being)\w+ing\b)", r"\1 is "),
    (r"\bpls\b|\bplz\b", "please"),
    (r"\b(?:i've|ive)\b", "I have"),
    (r"\bi'll\b", "I will"),
    (r"\bi'd\b", "I would"),
    (r"\b(we|they|you)'?re\b(?<!were)", r"\1 are"),
    (r"\b(we|they|you)'ve\b", r"\1 have"),
    (r"\b(we|they|you|he|she|it)'ll\b", r"\1 will"),
    (r"\b(do|does|did|is|are|was|were|has|have|had|would|could|should)n'?t\b", r"\1 not"),
    (r"\bcan'?t\b|\bcan not\b", "cannot"),
    (r"\bwon't\b", "will not"),
    (r"\b(he|she|it)'s\b", r"\1 is"),
    (r"\bhave got\b(?! to)", "have"),
    (r"\bhas got\b(?! to)", "has"),
    (r"\b(?:w/o)(?=\s)", "without"),
    (r"\b(?:w/)(?=\s)", "with"),
    (r"\bi\b", "I"),
    (r"\bsince i was\b", "since I was"),
    (r"\b(I|we) got (?=(?:a|an|two|three|four|\d) (?:kid|child|son|daughter|cat|dog|sister|brother))", r"\1 have "),
)
_SHORT = [(re.compile(pattern, re.IGNORECASE), stands_for) for pattern, stands_for in SHORT]


@dataclass(frozen=True, slots=True)
class Clause:
    """One statement. `greeting`: it followed a greeting; `hedged`: it is not said to be so; `light`: said laughing."""

    text: str
    greeting: bool
    hedged: bool
    light: bool


def fiction_left(text: str, before: int) -> int:
    """For how many messages a role is being played, this one included, if it was `before`; 0: none.

    A game in which the person has a part goes on until they end it; a part for the model alone fades.
    """
    if ENDS_FICTION.search(text):
        return 0
    if OPENS_FICTION.search(text):
        return A_GAME if OWN_PART.search(text) else A_PART
    return max(0, before - 1)


def own_sentences(text: str) -> list[str]:
    """The sentences of a message that are the person's own; what was quoted in them is a "§"."""
    if len(text) > LONGEST:
        return []
    text = text.replace("’", "'").replace("‘", "'")
    text = _without_marked(text)
    if any(PASTED.search(line) for line in text.split("\n")) or _is_long_paste(text):
        return []
    return _sentences(_before_material(ENDS_FICTION.sub(". ", text)))


def plain(text: str) -> str:
    """Short forms written out: "i'm" becomes "I am"."""
    for pattern, stands_for in _SHORT:
        text = pattern.sub(stands_for, text)
    return text


def _without_marked(text: str) -> str:
    """Without code, quoted lines and lists."""
    text = re.sub(r"```.*?(?:```|\Z)", "\n", text, flags=re.DOTALL)
    text = re.sub(r"`[^`\n]*`", " ", text)
    lines = [line for line in text.split("\n") if not re.match(r"\s*(?:>|\||\t| {4}\S)", line)]
    listed = [bool(re.match(r"\s*(?:[-*•+]|\d{1,2}[.)])\s+\S", line)) for line in lines]
    return "\n".join(line for line, one in zip(lines, listed, strict=True) if not one)


def _is_long_paste(text: str) -> bool:
    """Several paragraphs, or many short lines as in verse: rarely typed into a chat."""
    lines = [line for line in text.strip().split("\n") if line.strip()]
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return (len(paragraphs) > 1 and len(text) > 400) or len(lines) > 5


def _before_material(text: str) -> str:
    """What comes before quotations, material and made-up things."""
    text = re.sub(r"[“\"„][^“”\"„\n]{1,400}[”\"“]", " § ", text)
    text = re.sub(r"«[^»\n]*»|‹[^›\n]*›", " § ", text)
    text = re.sub(r"(?<![\w'])'[^'\n]{2,}(?:'\w[^'\n]*)*'(?!\w)", " § ", text)
    text = re.split(r"(?:^|(?<=\s))[“\"„«](?=\w)", text)[0]
    if found := MATERIAL.search(text):
        after = text[found.end() :]
        quoted = re.match(r"[^.!?\n]*§[^.!?:\n]*[.!?]\s+", after)
        if quoted and not FICTION.search(found[0]):  # the material is the quotation
            text = f"{text[: _sentence_start(text, found.start())]} {after[quoted.end() :]}"
        elif re.search(r":\s|:\Z|\n|§", after[:200]):
            text = text[: _sentence_start(text, found.start())]
        elif re.match(r"\s*(?:this|that|it|these)?\b[^.!?]{0,40}[.!?]?\s*$", after) and re.search(
            r"translate|proofread|proof-read|paraphrase|rephrase|reword|fix|correct|check|mean|spell",
            found[0],
            re.IGNORECASE,
        ):
            return ""  # "I live in Rome. Translate that": the material came first
        else:
            start, rest = _sentence_start(text, found.start()), re.split(r"[.!?]\s+", after, maxsplit=1)
            requested = REQUESTED.match(found[0]) and not FICTION.search(found[0])
            asked = WORDING_ASKED.match(found[0]) and re.match(r"[^.!?]*\?", after)
            goes_on = len(rest) > 1 and (requested or asked)  # a letter to be written is about the person
            text = f"{text[:start]} {rest[1] if goes_on else ''}"
    return _before_colon(text)


def _sentence_start(text: str, place: int) -> int:
    """Where the sentence, or the request in it, begins that holds this place."""
    return max((found.end() for found in STARTS.finditer(text) if found.end() <= place), default=0)


def _before_colon(text: str) -> str:
    """After a colon stands what somebody said, or what is to be worked on; "I have two sons: Tom and Lee" is whole."""
    for found in re.finditer(r":(?=\s|\Z)", text):
        start = max(text.rfind(mark, 0, found.start()) for mark in ".!?\n;") + 1
        lead, rest = text[start : found.start()].strip(), text[found.end() :]
        tells = bool(re.match(r"(?:also,? |and |so )?(?:I|i'm|im|we|my|our)\b", lead, re.IGNORECASE)) and not re.search(
            r"\b(?:I|i'm|my|we|me|you)\b", rest, re.IGNORECASE
        )
        if tells or (len(lead) < 40 and LEAD.fullmatch(lead + " ")):
            continue
        return text[:start]
    return text


def _sentences(text: str) -> list[str]:
    text = re.sub(r"\b(St|Dr|Mr|Mrs|Ms|Prof|vs|approx|No|Mt)\.(?=\s)", r"\1", text)
    text = re.sub(r"\b(e\.g|i\.e|a\.m|p\.m|U\.S|U\.K)\.", r"\1", text)
    found, last = [], 0
    for cut in SENTENCE.finditer(text):
        found.append(text[last : cut.end()])
        last = cut.end()
    found.append(text[last:])
    return [sentence.strip(" \n-–—:;()") for sentence in found if sentence.strip()]


def _pieces(text: str) -> list[str]:
    return [piece for piece in CLAUSE.split(text) if piece and piece.strip()]


def own_clauses(sentence: str, after: str = "") -> list[Clause]:
    """The statements of a sentence, with short forms written out; no questions, and nothing that is not certain.

    `after` is what was said before: a statement without a subject goes on speaking of whom that was about.
    """
    sentence = re.sub(
        r"^\W*(?:and |so |oh |hey,? )*(?:(?:do|did|you) (?:you )?know|(?:did|have) i (?:mention|mentioned|say|tell"
        r" you|told you)|what about me,)(?: that)? (?=(?:i|i'm|im|my|we)\b)(.*)\?",
        r"\1.",
        sentence,
        flags=re.IGNORECASE,
    )
    asked = sentence.rstrip(" )\"'").endswith("?") or "??" in sentence
    light = bool(re.search(r"\b(?:lol|lmao|haha\w*|rofl|hehe)\b|[😂🤣😜🙃]", sentence, re.IGNORECASE))
    greeting = bool(
        re.match(r"\W*(?:hi|hiya|hey|hello|hallo|good (?:morning|evening|afternoon|day))\b", sentence, re.IGNORECASE)
    )
    text = plain(re.sub(r"\s+", " ", sentence))
    parts = re.split(
        r"\b(?:if|unless|whether|supposing|assuming|wish(?:ed)?|pretend|imagine)\s+(?=(?:I|we|my|our|you|he|she|it"
        r"|they|the|there"
        r"|someone|anyone|not)\b)",
        text,
    )
    hypothetical = " ".join(parts[1:])
    after_all = re.search(r"\bbut (?=(?:I|we|my|our)\b)", hypothetical)
    text = parts[0] + (f", {hypothetical[after_all.start() :]}" if after_all else "")
    clauses = []
    pieces = _pieces(text)
    if asked and (lasting := LASTING.match(text)):  # a question by its form only
        pieces = [text[lasting.end() :].rstrip(" ?")]
    elif asked and pieces:
        granted = GRANTED.search(text)
        told = _pieces(text[: granted.start()]) if granted else pieces[:-1]
        pieces = [piece for piece in told if not QUESTION_LEAD.match(LEAD.sub("", piece))]
        pieces += _pieces(text[granted.end() :].rstrip(" ?"))[:1] if granted else []
    for piece in pieces:
        piece = GRANTED.split(piece, maxsplit=1)[-1] if GRANTED.match(piece) else piece
        trimmed = LEAD.sub("", piece.strip(" ,.!?…:;*_~")).strip(" ,.!?…:;*_~")
        trimmed = (
            BEFORE_IT.sub("", TAIL.sub("", trimmed), count=1) if BEFORE_IT.match(trimmed) else TAIL.sub("", trimmed)
        )
        trimmed = trimmed.strip(" ,.!?…:;*_~")
        if trimmed and "§" not in trimmed and len(trimmed) <= LONGEST_CLAUSE:
            trimmed = trimmed if OTHERS.match(after) else written_out(trimmed)
            after = trimmed
            clauses.append(Clause(trimmed, greeting, bool(HEDGED.search(trimmed)), light))
    return clauses
