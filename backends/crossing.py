"""Errors as they cross the pipe between a child process and the app: the name of a class, and its sentence."""

from __future__ import annotations

import errors
from errors import HomegrownError


def described(error: HomegrownError) -> dict[str, str]:
    return {"type": type(error).__name__, "message": str(error)}


def raised(description: dict[str, str]) -> HomegrownError:
    kind = getattr(errors, description["type"])
    error: HomegrownError = kind(description["message"])
    return error


def again(error: HomegrownError) -> HomegrownError:
    """A copy to raise: one exception raised in several threads would mix their tracebacks."""
    return raised(described(error))
