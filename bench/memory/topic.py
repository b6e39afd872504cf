"""What the personas of the memory benchmark talk about: facts in several wordings, and what is asked about them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """A fact that a person has one value of. `says` and `asks` are wordings; {v} is the value.

    `near` names a group: who is asked about one topic of a group, having spoken of another, is easily misunderstood.
    `changes` says that {old} has become {v}; `dated`: the value is a date, and the question asks for it.
    """

    name: str
    says: tuple[str, ...]
    asks: tuple[str, ...]
    values: tuple[str, ...]
    changes: tuple[str, ...] = ()
    near: str = ""
    dated: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """All wordings of one split. `several`: a question and the topics that answer it; `general` needs no memory."""

    names: tuple[str, ...]
    topics: tuple[Topic, ...]
    several: tuple[tuple[str, tuple[str, ...]], ...]
    fillers: tuple[str, ...]
    filled: tuple[tuple[str, ...], ...]
    general: tuple[str, ...]
