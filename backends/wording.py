"""Turns conversations into token ids, the same way for every backend: chat template first, then the tokenizer."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from backends.template import ChatTemplate
from domain import Message

WORD_JOINER = "\u2060"  # invisible; breaks up a control token that somebody typed


class Vocabulary(Protocol):
    """A tokenizer as a backend has it. `control` are the texts of tokens that no typed word may become."""

    bos: str
    eos: str
    end_of_turn: str

    @property
    def end_texts(self) -> Collection[str]: ...

    @property
    def control(self) -> Collection[str]: ...

    def tokenize(self, text: str, start: bool, control: bool) -> list[int]:
        """`start`: put a begin-of-text token in front if the model wants one; `control`: control texts count."""
        ...


class Wording:
    """One model's way from words to ids; `template` None means ChatML. Raises ModelUnusable for a bad template."""

    def __init__(self, vocabulary: Vocabulary, template: str | None) -> None:
        self._vocabulary = vocabulary
        self._template = ChatTemplate(template, vocabulary.bos, vocabulary.eos)
        self._control = _any_of(vocabulary.control)

    def encode(self, messages: Sequence[Message]) -> list[int]:
        text = self._template.render(self._defused(messages))
        begun = bool(self._vocabulary.bos) and text.startswith(self._vocabulary.bos)
        return self._vocabulary.tokenize(text, start=not begun, control=True)

    def encode_reply(self, messages: Sequence[Message], reply: str) -> list[int]:
        words = self._vocabulary
        ends = tuple(sorted(words.end_texts))
        text = self._template.reply_text(self._defused(messages), self.defused(reply), ends, words.end_of_turn)
        return words.tokenize(text, start=False, control=True)

    def encode_text(self, text: str) -> list[int]:
        return self._vocabulary.tokenize(text, start=True, control=False)

    def defused(self, text: str) -> str:
        """`text` such that no part of it reads as a control token: typed words must not end a turn or open another."""
        return self._control.sub(lambda found: found[0][0] + WORD_JOINER + found[0][1:], text)

    def _defused(self, messages: Sequence[Message]) -> list[Message]:
        return [Message(m.role, self.defused(m.content)) for m in messages]


def _any_of(texts: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted((text for text in texts if text), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"$^")
