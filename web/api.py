"""The OpenAI-compatible interface under /v1: other programs of this machine talk to a person's model, by key.

It stands behind the guard's look at Host, and beside the pages: a key opens nothing else, and a cookie nothing here.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import aclosing, asynccontextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from starlette.types import Receive, Scope, Send

from conversation import completion
from errors import HomegrownError, Locked
from people import api_keys
from people.api_keys import Caller
from web import api_texts as words
from web.api_answers import MODEL, Completion, Ended, model
from web.api_errors import AUTHENTICATION, PERMISSION, RATE, SERVER, ApiError, locked, told, unauthorised
from web.api_out import Out
from web.api_reply import reply
from web.api_request import read
from web.body import Left, Refusal, whole_body
from web.headers import Fields, fields_of
from web.writing import written

if TYPE_CHECKING:
    from homegrown import Homegrown

PREFIX = "/v1"
COMPLETIONS, MODELS, ONE_MODEL = f"{PREFIX}/chat/completions", f"{PREFIX}/models", f"{PREFIX}/models/{MODEL}"
AT_MOST = 4  # requests of one person, of which one is answered and the others wait
BUSY_SECONDS = 2  # after which it makes sense to try again
LOOK_EVERY = 0.5  # seconds between two looks whether a key still holds
WRONG, MINUTE = 20, 60.0  # requests with wrong keys in so many seconds; the answers to more say: slower
logger = logging.getLogger(__name__)

Answering = Coroutine[Any, Any, None]


def is_api(path: str) -> bool:
    return path == PREFIX or path.startswith(f"{PREFIX}/")


class Api:
    """Pure ASGI. Every answer is JSON, or a stream of it; every error an OpenAI-shaped sentence."""

    def __init__(self, home: Homegrown, clock: Callable[[], float] = time.monotonic) -> None:
        self._home = home
        self._clock = clock
        self._wrong: deque[float] = deque(maxlen=WRONG)
        self.asking: dict[str, int] = {}  # person -> requests under way or waiting
        self._turns: dict[str, asyncio.Lock] = {}  # person -> whose turn it is

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        out = Out(send)
        try:
            await self._answer(scope, receive, out)
        except Left:
            return
        except ApiError as error:
            await out.refuse(error)
        except Refusal as refusal:
            await out.refuse(ApiError(refusal.status, refusal.sentence))
        except HomegrownError as error:
            await out.refuse(told(error))
        except Exception:
            logger.exception("A program's request failed")
            await out.refuse(ApiError(500, words.DEFECT, kind=SERVER))

    async def _answer(self, scope: Scope, receive: Receive, out: Out) -> None:
        method, path, fields = scope["method"], scope["path"], fields_of(scope)
        if "origin" in fields or "sec-fetch-site" in fields:
            raise ApiError(403, words.NO_PAGES, kind=PERMISSION)
        secret = _secret(fields)
        caller = await self._caller(secret)
        match path:
            case _ if path == COMPLETIONS:
                _only("POST", method, path)
                body = await whole_body(fields, receive)
                await self._while_welcome(secret, receive, self._complete(caller, body, out))
            case _ if path in (MODELS, ONE_MODEL):
                _only("GET", method, path)
                entry = model(caller.key.created_at)
                await out.give(200, {"object": "list", "data": [entry]} if path == MODELS else entry)
            case _ if path.startswith(f"{MODELS}/"):
                raise _no_model(path.removeprefix(f"{MODELS}/"))
            case _:
                raise ApiError(404, words.NO_ROUTE.format(path=path))

    # who asks

    async def _caller(self, secret: str) -> Caller:
        """Raises ApiError. Wrong keys are counted, but never keep out who has a right one."""
        try:
            caller = await asyncio.to_thread(api_keys.recognise, self._home.store, secret)
        except Locked as error:
            raise locked() from error
        if caller is None:
            raise self._stranger(secret)
        await asyncio.to_thread(api_keys.note_use, self._home.store, caller, date.today())
        return caller

    def _stranger(self, secret: str) -> ApiError:
        if not secret:
            return ApiError(401, words.NO_KEY, kind=AUTHENTICATION, code="missing_api_key")
        now, earlier = self._clock(), self._wrong[0] if len(self._wrong) == WRONG else None
        self._wrong.append(now)
        if earlier is not None and now - earlier < MINUTE:
            return ApiError(429, words.TOO_MANY_WRONG, kind=RATE, code="rate_limit_exceeded", retry_after=int(MINUTE))
        return unauthorised()

    async def _while_welcome(self, secret: str, receive: Receive, answering: Answering) -> None:
        """Lets a reply be written until its program goes away, or its key no longer holds."""
        work, gone = asyncio.ensure_future(answering), asyncio.ensure_future(_gone(receive))
        refused: ApiError | None = None
        try:
            while not work.done() and not gone.done() and refused is None:
                await asyncio.wait({work, gone}, timeout=LOOK_EVERY, return_when=asyncio.FIRST_COMPLETED)
                if not work.done() and not gone.done():
                    refused = await self._refused(secret)
        finally:
            gone.cancel()
            if not work.done():
                work.cancel()
                await asyncio.wait({work})
        if refused:
            raise refused
        if not work.cancelled():
            work.result()

    async def _refused(self, secret: str) -> ApiError | None:
        try:
            if await asyncio.to_thread(api_keys.recognise, self._home.store, secret):
                return None
        except Locked:
            return locked()
        return ApiError(401, words.REVOKED, kind=AUTHENTICATION, code="invalid_api_key")

    # what is answered

    async def _complete(self, caller: Caller, body: bytes, out: Out) -> None:
        chat = self._home.chat
        asked = read(body, chat.sampling)
        if asked.model != MODEL:
            raise _no_model(asked.model)
        async with self._turn(caller.person):
            person, memory = caller.person, caller.key.memory
            try:
                question = await asyncio.to_thread(completion.compose, chat, person, asked.messages, memory=memory)
            except completion.DoesNotFit as error:
                raise ApiError(400, str(error), code="context_length_exceeded", param="messages") from error
            frame = Completion(f"{chat.adapters.base[:12]}/{question.version}", usage=asked.usage)

            def write(cancel: threading.Event) -> Generator[str | Ended, None, None]:
                pieces = completion.pieces(chat, person, caller.key, question, asked.sampling, cancel)
                return reply(pieces, asked.stops, cancel)

            async with aclosing(written(write)) as items:
                await (_stream if asked.stream else _whole)(frame, items, out)

    @asynccontextmanager
    async def _turn(self, person: str) -> AsyncIterator[None]:
        """One reply of a person at a time; so the engine's queue never holds many before the person's own chat."""
        waiting = self.asking.get(person, 0)
        if waiting >= AT_MOST:
            sentence = words.BUSY.format(count=waiting)
            raise ApiError(429, sentence, kind=RATE, code="rate_limit_exceeded", retry_after=BUSY_SECONDS)
        self.asking[person] = waiting + 1
        try:
            async with self._turns.setdefault(person, asyncio.Lock()):
                yield
        finally:
            self.asking[person] -= 1


async def _whole(frame: Completion, items: AsyncIterator[str | Ended], out: Out) -> None:
    text = ""
    async for item in items:
        if isinstance(item, Ended):
            await out.give(200, frame.whole(text, item))
        else:
            text += item


async def _stream(frame: Completion, items: AsyncIterator[str | Ended], out: Out) -> None:
    """Begins with the first piece: what goes wrong before that still has a status of its own."""
    opening = frame.opening()
    async for item in items:
        ended = isinstance(item, Ended)
        await out.stream(
            opening + (frame.closing(item) if isinstance(item, Ended) else frame.piece(item)), more=not ended
        )
        opening = b""


def _secret(fields: Fields) -> str:
    """The key that a request shows; "" if there is none, or more than one."""
    scheme, _, secret = ",".join(fields.get("authorization", [])).strip().partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def _only(wanted: str, method: str, path: str) -> None:
    if method != wanted:
        raise ApiError(405, words.WRONG_METHOD.format(path=path, method=wanted), allow=wanted)


def _no_model(name: str) -> ApiError:
    sentence = words.NO_MODEL.format(name=name[:60], model=MODEL)
    return ApiError(404, sentence, code="model_not_found", param="model")


async def _gone(receive: Receive) -> None:
    """Returns when the program has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass
