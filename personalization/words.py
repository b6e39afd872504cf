"""Words of a text, and how alike two texts are by them: no grammar, any language."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

Words = frozenset[str]

# Scripts that put no spaces between words: each sign counts as one.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")


def in_order(text: str) -> list[str]:
    """Words without case and punctuation; of a text that has none, its signs."""
    return _WORD.findall(text.casefold()) or text.split()


def words(text: str) -> Words:
    return frozenset(in_order(text))


def alike(one: Words, other: Words, least: float) -> bool:
    """Whether the share of common words (Jaccard) is above `least`. Two texts without any sign are alike."""
    few, many = sorted((len(one), len(other)))
    if few <= least * many:  # most pairs differ in length already
        return not many
    common = len(one & other)
    return common > least * (few + many - common)


class Index:
    """Texts, and which of them are alike: asked of a thousand texts it compares few with each other.

    Two texts that share more than `least` of their words share one of the few that are rarest among all `texts`
    (prefix filtering: Chaudhuri et al. 2006).
    """

    def __init__(self, least: float, texts: Iterable[Words]) -> None:
        self._least = least
        self._frequency = Counter(word for text in texts for word in text)
        self._texts: list[Words] = []
        self._places: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, text: Words) -> None:
        for word in self._rarest(text):
            self._places[word].append(len(self._texts))
        self._texts.append(text)

    def alike(self, text: Words) -> Iterator[int]:
        """Numbers of the texts alike, in the order they were added."""
        near = {place for word in self._rarest(text) for place in self._places[word]}
        return (place for place in sorted(near) if alike(text, self._texts[place], self._least))

    def _rarest(self, text: Words) -> list[str]:
        most = int((1 - self._least) * len(text) + 1e-9) + 1
        return sorted(text, key=lambda word: (self._frequency[word], word))[:most] or [""]
