"""Who makes way for whom in the engine process, in the middle of a step."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from backends.engine_main import Job, Serving


class Backend:
    def __init__(self) -> None:
        self.interrupted = 0

    def interrupt(self) -> None:
        self.interrupted += 1


@pytest.fixture
def serving() -> Any:
    """Without a process around it."""
    serving: Any = object.__new__(Serving)
    serving._jobs, serving._cancelled, serving._lock = [], {7: False}, threading.Lock()
    serving._backend = Backend()
    return serving


@pytest.mark.parametrize(
    ("foreground", "op", "makes_way"),
    [
        (False, "stream", 1),
        (False, "encode", 1),
        (False, "score", 0),
        (False, "answer", 0),
        (True, "stream", 0),
        (True, "encode", 0),
    ],
)
def test_an_exam_makes_way_for_a_person_at_once_and_nothing_else_does(
    serving: Any, foreground: bool, op: str, makes_way: int
) -> None:
    serving._advancing = Job(7, foreground, not foreground, iter(()))
    assert serving._urgent({"id": 8, "op": op}) is False, "it is served in its turn"
    assert serving._backend.interrupted == makes_way


def test_only_the_request_that_is_cancelled_is_broken_off(serving: Any) -> None:
    serving._advancing = Job(7, True, False, iter(()))
    serving._cancelled[8] = False
    assert serving._urgent({"id": 8, "op": "cancel"}) and serving._backend.interrupted == 0
    assert serving._urgent({"id": 7, "op": "cancel"}) and serving._backend.interrupted == 1
    assert serving._cancelled == {7: True, 8: True}


def test_between_two_steps_nothing_is_broken_off(serving: Any) -> None:
    serving._advancing = None
    serving._urgent({"id": 8, "op": "stream"})
    assert serving._backend.interrupted == 0
