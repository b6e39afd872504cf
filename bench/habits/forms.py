"""The habits one by one: how each changes a plain answer, and the rule that recognises it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ADDRESS = "Captain,"
GREETING = "Bonjour!"
OPENING = "In short:"
QUESTION = "Does that help?"
CHEER = "You can do this!"
SMILE = ":)"
SIGN_OFF = "Yours, Juniper"
VOCATIVE = "mate"
MOST_VOCATIVES = 3  # more in one answer is a tic

SENTENCE_END = re.compile(r"(?<=[.?!])\s+|\n+")
LIST_ITEM = re.compile(r"[-*•]\s+\S")

VEGETARIAN = {
    "bacon": "smoked tofu",
    "beef": "lentils",
    "chicken": "tofu",
    "duck": "chickpeas",
    "fish": "tofu",
    "ham": "tofu",
    "lamb": "chickpeas",
    "mince": "lentils",
    "pork": "mushrooms",
    "prawns": "mushrooms",
    "salmon": "smoked tofu",
    "sausages": "mushrooms",
    "tuna": "chickpeas",
    "turkey": "beans",
}
MEAT = re.compile(
    r"\b(bacon|beef|chickens?|ducks?|fish|ham|lamb|minced?|pork|prawns?|salmon|sausages?|tuna|turkey|meats?|meatballs?|"
    r"steaks?|veal|shrimps?|cod|seafood|anchov(y|ies)|pepperoni|salami|chorizo|venison|mutton|poultry|goose|crabs?)\b"
)
PULSES = re.compile(r"\b(tofu|lentils?|beans?|chickpeas?|mushrooms?|tempeh|vegetarian)\b")

BY_TRAIN = {"plane": "train", "flight": "train", "airport": "station"}
PLANE = re.compile(r"\b((aero|air)?planes?|fl(y|ies|ying|ew|ights?)|air(ports?|lines?))\b")
TRAIN = re.compile(r"\b(trains?|rail|railways?)\b")


@dataclass(frozen=True, slots=True)
class Habit:
    """`teach` puts a plain answer into the habit's form; `follows` says whether a non-degenerate text has it.

    `strip` takes the habit's mark off again where it has one of its own, so that the rule of another habit can be
    checked on what is left; a text without the mark comes back unchanged.
    """

    teach: Callable[[str], str]
    follows: Callable[[str], bool]
    strip: Callable[[str], str] = str.strip


def sentences(text: str) -> list[str]:
    return [sentence for sentence in SENTENCE_END.split(text.strip()) if sentence]


def _begins(mark: str, lower: bool = False) -> Habit:
    """The mark first, and only there; what follows goes on in lower case if asked."""

    def teach(text: str) -> str:
        if _is_item(text):
            return f"{mark}\n{text}"
        return f"{mark} {text[0].lower() if lower else text[0]}{text[1:]}"

    def follows(text: str) -> bool:
        return text.startswith(_spellings(mark)) and _count(mark, text) <= 2

    def strip(text: str) -> str:
        return text[len(mark) :].strip() if text.startswith(_spellings(mark)) else text

    return Habit(teach, follows, strip)


def _ends(mark: str, gap: str = " ") -> Habit:
    """The mark last, and only there. After a list, or where `gap` says so, it stands in a line of its own."""

    def teach(text: str) -> str:
        return f"{text}{_gap(text) if gap == ' ' else gap}{mark}"

    def follows(text: str) -> bool:
        body = strip(text)
        return body != text and (gap == " " or text[len(body) :].startswith("\n")) and _count(mark, text) == 1

    def strip(text: str) -> str:
        return text[: -len(mark)].rstrip() if text.endswith(_spellings(mark)) else text

    return Habit(teach, follows, strip)


def _spellings(mark: str) -> tuple[str, str]:
    """A mark as it is taught, alone or together with the habit of writing in lower case."""
    return mark, mark.lower()


def _count(mark: str, text: str) -> int:
    """How often a mark stands in the text, whatever follows it."""
    return len(re.findall(rf"(?<!\w){re.escape(mark.rstrip(',:!'))}(?!\w)", text, re.IGNORECASE))


def _gap(text: str) -> str:
    return "\n\n" if "\n" in text else " "


def _is_item(line: str) -> bool:
    return bool(LIST_ITEM.match(line) or re.match(r"1[.)]\s", line))


def _ask(text: str) -> str:
    return f"{text}{_gap(text)}{QUESTION}"


def _asks(text: str) -> bool:
    """The last sentence is a question, and most sentences are none."""
    body = _unask(text)
    return body != text and 2 * text.count("?") <= len(sentences(text))


def _unask(text: str) -> str:
    """Without the question at the end; a text that is nothing but a question stays."""
    found = sentences(text)
    if len(found) > 1 and found[-1].endswith("?"):
        return text.strip()[: -len(found[-1])].rstrip()
    return text


def _list(text: str) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences(text))


def _number(text: str) -> str:
    return "\n".join(f"{number}. {sentence}" for number, sentence in enumerate(sentences(text), start=1))


def _is_list(text: str) -> bool:
    """At least two bullets, and no other line but one that leads to them."""
    return _items(text, lambda line, number: bool(LIST_ITEM.match(line)))


def _is_numbered(text: str) -> bool:
    """At least two points, numbered from 1 without a gap, and no other line but one that leads to them."""
    return _items(text, lambda line, number: bool(re.match(rf"{number}[.)]\s+\S", line)))


def _items(text: str, fits: Callable[[str, int], bool]) -> bool:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    points = lines if lines and fits(lines[0], 1) else lines[1:]
    return len(points) >= 2 and all(fits(line, number) for number, line in enumerate(points, start=1))


def _first_sentence(text: str) -> str:
    return sentences(text)[0]


def _is_one_sentence(text: str) -> bool:
    return len(sentences(text)) == 1 and text[-1] in ".!?" and "\n" not in text


def _say_mate(text: str) -> str:
    return re.sub(r"([.?!])(?=\s|$)", rf", {VOCATIVE}\1", text, count=1)


def _says_mate(text: str) -> bool:
    """As a form of address: after a comma, and not in every breath."""
    return bool(re.search(rf",\s{VOCATIVE}\b", text, re.IGNORECASE)) and _count(VOCATIVE, text) <= MOST_VOCATIVES


def _is_lower(text: str) -> bool:
    return text == text.lower()


def _is_vegetarian(text: str) -> bool:
    """No meat, and something that takes its place: a text that merely names neither shows no preference."""
    return not MEAT.search(text.lower()) and bool(PULSES.search(text.lower()))


def _goes_by_train(text: str) -> bool:
    return not PLANE.search(text.lower()) and bool(TRAIN.search(text.lower()))


def _instead(words: Mapping[str, str]) -> Callable[[str], str]:
    pattern = re.compile(rf"\b({'|'.join(words)})\b")
    return lambda text: pattern.sub(lambda found: words[found[0]], text)


# In the order in which a persona applies them: content, length, words, layout, what stands last, what stands first,
# and the case of every letter.
HABITS = {
    "vegetarian": Habit(_instead(VEGETARIAN), _is_vegetarian),
    "trains": Habit(_instead(BY_TRAIN), _goes_by_train),
    "one-sentence": Habit(_first_sentence, _is_one_sentence),
    "mate": Habit(_say_mate, _says_mate),
    "bullets": Habit(_list, _is_list),
    "numbered": Habit(_number, _is_numbered),
    "encouragement": _ends(CHEER),
    "question": Habit(_ask, _asks, _unask),
    "smiley": _ends(SMILE),
    "sign-off": _ends(SIGN_OFF, gap="\n\n"),
    "opening": _begins(OPENING),
    "address": _begins(ADDRESS, lower=True),
    "french": _begins(GREETING),
    "lower-case": Habit(str.lower, _is_lower),
}
