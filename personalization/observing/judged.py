"""Facts in messages as the judge sees them: neighbouring sentences that belong together, in the person's words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from personalization.observing.days import named_day
from personalization.observing.facts import Fact, facts_in, private
from personalization.observing.judge import Judge, Sentence, Verdict
from personalization.observing.own_words import own_sentences, plain

LEAST = 0.6  # what is less sure is not proposed
NEIGHBOUR = 0.05  # a sentence this sure is added to a fact beside it
LONGEST = 200  # characters of a fact
OF_RULED = 0.6  # share of the words of what a rule found that stand in the sentence it was found in
PLAIN = 0.9  # what the rules are this sure of, and understand as a whole sentence, is proposed whatever the judge says
OF_SENTENCE = 0.9  # share of its words that the rules must have understood for theirs to be kept instead
REFERS = re.compile(
    r"(?:(?:and|but|so|also) )?(?:he|she|it|they|his|hers?|its|their|him|them|this|that|those|these|there|both)\b", re.I
)
OPENER = re.compile(
    r"^(?:(?:hi|hello|hey|hiya|ok|okay|well|oh|ah|anyway|btw|by the way|also|yeah|yes|right|thanks|thank you|cheers|lol"
    r"|sorry|actually|fyi|um|hmm|and|but|so)\b[,!. ]*|no, )+",
    re.IGNORECASE,
)

Said = tuple[str, str, date]  # a turn, its text, and the day on which it was said


@dataclass(frozen=True, slots=True)
class Heard:
    """A sentence of the person's own, and what the rules found in it."""

    sentence: Sentence
    ruled: tuple[Fact, ...]


def judged(said: Sequence[Said], judge: Judge) -> Iterator[tuple[str, Fact]]:
    """Each fact with its turn, in their order. Raises ModelUnusable."""
    messages = [(turn, heard_in(text, on), on) for turn, text, on in said]
    verdicts = iter(judge.verdicts([one.sentence for _, heard, _ in messages for one in heard]))
    for turn, heard, on in messages:
        for fact in _facts(heard, [next(verdicts) for _ in heard], on):
            yield turn, fact


def heard_in(text: str, on: date) -> list[Heard]:
    """The person's own sentences in a message."""
    own = [sentence.strip() for sentence in own_sentences(text) if len(sentence.strip()) > 3]
    facts = facts_in(text, on)
    found = []
    for place, one in enumerate(own):
        ruled = tuple(fact for fact in facts if _share(fact.text, one) > OF_RULED)
        sure = max((fact.sure for fact in ruled), default=0.0)
        found.append(Heard(Sentence(one, place, len(own), sure), ruled))
    return found


def _share(text: str, other: str) -> float:
    """Of the long words of a text, how many stand in the other one."""
    there = plain(other).lower()
    long = [word for word in re.findall(r"\w+", plain(text).lower()) if len(word) > 3]
    return sum(word in there for word in long) / len(long) if long else 0.0


def _plainly(heard: Heard, verdict: Verdict) -> Verdict:
    """In dialogues hardly anybody says "I'm allergic to nuts." and no more, so the judge has not learnt to trust it."""
    plainly = heard.sentence.ruled >= PLAIN and _understood(heard.sentence.text, heard.ruled)
    return replace(verdict, sure=max(verdict.sure, LEAST)) if plainly else verdict


def _understood(text: str, ruled: Sequence[Fact]) -> bool:
    """Whether what the rules found says almost all that the text does."""
    return bool(ruled) and _share(text, " ".join(fact.text for fact in ruled)) >= OF_SENTENCE


def _facts(heard: Sequence[Heard], said: Sequence[Verdict], on: date) -> Iterator[Fact]:
    verdicts = [_plainly(one, verdict) for one, verdict in zip(heard, said, strict=True)]
    place = 0
    while place < len(heard):
        if verdicts[place].sure < LEAST:
            place += 1
            continue
        first, last = _around([one.sentence.text for one in heard], verdicts, place)
        best = max(verdicts[first : last + 1], key=lambda verdict: verdict.sure)
        text = " ".join(one.sentence.text for one in heard[first : last + 1])
        ruled = [fact for one in heard[first : last + 1] for fact in one.ruled]
        if _understood(text, ruled):
            yield from (replace(fact, sure=round(best.sure, 2)) for fact in ruled)
        elif not private(text):
            yield _put(text, best, on)
        place = last + 1


def _around(texts: Sequence[str], verdicts: Sequence[Verdict], place: int) -> tuple[int, int]:
    """The first and the last sentence of the fact that stands at `place`; "she is a vet" needs the one before it."""
    first = last = place
    room = LONGEST - len(texts[place])
    while last + 1 < len(texts) and verdicts[last + 1].sure >= NEIGHBOUR and len(texts[last + 1]) < room:
        last += 1
        room -= len(texts[last]) + 1
    while first and verdicts[first - 1].sure < LEAST and len(texts[first - 1]) < room:
        if verdicts[first - 1].sure < NEIGHBOUR and not REFERS.match(texts[first]):
            break
        first -= 1
        room -= len(texts[first]) + 1
    return first, last


def _put(text: str, verdict: Verdict, on: date) -> Fact:
    """The person's words without what only opened them."""
    text = plain(OPENER.sub("", text).strip() or text)
    day = named_day(text, on) if verdict.kind == "plan" else None
    if day and day.relative and day.exact:
        text = f"{text.rstrip('.!')} ({day.last.day} {day.last:%B %Y})"
    text = f"{text[0].upper()}{text[1:]}"
    ended = text if text[-1] in ".!?" else f"{text}."
    return Fact(verdict.kind, ended, round(verdict.sure, 2), day.last if day else None)
