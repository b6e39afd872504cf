"""What a program is told when its request cannot be answered, in OpenAI's shape."""

from __future__ import annotations

from typing import Any

from conversation.completion import HasLeft
from errors import BadInput, Gone, HomegrownError, Locked, Trouble
from web import api_texts as words

INVALID, AUTHENTICATION, PERMISSION = "invalid_request_error", "authentication_error", "permission_error"
RATE, SERVER = "rate_limit_error", "server_error"


class ApiError(Exception):
    """HTTP status and sentence. `param` is the field that is wrong, `retry_after` in seconds, `allow` a method."""

    def __init__(
        self,
        status: int,
        sentence: str,
        *,
        kind: str = INVALID,
        code: str | None = None,
        param: str | None = None,
        retry_after: int = 0,
        allow: str = "",
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.retry_after = retry_after
        self.allow = allow

    def json(self) -> dict[str, Any]:
        return {"error": {"message": str(self), "type": self.kind, "param": self.param, "code": self.code}}


def unauthorised() -> ApiError:
    return ApiError(401, words.WRONG_KEY, kind=AUTHENTICATION, code="invalid_api_key")


def locked() -> ApiError:
    return ApiError(403, words.LOCKED, kind=PERMISSION, code="locked")


def told(error: HomegrownError) -> ApiError:
    """Our own errors as HTTP has them."""
    if isinstance(error, Gone):  # the person was removed meanwhile
        return unauthorised()
    if isinstance(error, HasLeft):
        return ApiError(403, str(error), kind=PERMISSION, code="locked")
    if isinstance(error, Locked):
        return locked()
    if isinstance(error, BadInput):
        return ApiError(400, str(error))
    return ApiError(503 if isinstance(error, Trouble) else 500, str(error), kind=SERVER)
