"""The door: which requests reach the pages, and whose they are. Everything that is not let in is told so in a page."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from errors import BadInput, HomegrownError
from web import door, texts
from web import door_texts as words
from web.api import is_api
from web.body import BODY_BYTES, Left, Refusal, file_of, form_of, json_of, names_in, replayed, whole_body
from web.door import Answer
from web.headers import Fields, Outgoing, believed, fields_of, from_here
from web.peer import is_foreign
from web.routes import FORMS, PAGES, UPLOADS, is_open
from web.session import Belongings, Sessions
from web.sign_in import BEHIND, FORM, SignIn

PERSON = "homegrown.person"  # key of the signed-in person's id in the ASGI scope
LOOK_EVERY = 0.5  # seconds between two looks whether a stream's session still holds
JOIN, PULSE = "/gradio_api/queue/join", "/pulse"
# The last event of a stream whose session has ended, as Gradio's client understands it: it shows the sentence.
FAREWELL = json.dumps({"msg": "unexpected_error", "message": words.SIGNED_OUT, "success": False})
DOING = {("GET", page) for page in (*PAGES, *FORMS, *BEHIND)}
DOING |= {("POST", path) for path in ("/awake", *FORMS, *BEHIND)}
NOWHERE = ("", 0)  # the address of what is not told
DEFAULT_PORTS = {"http": 80, "https": 443}
logger = logging.getLogger(__name__)


def hosts_of(names: Iterable[str], scheme: str, port: int) -> frozenset[str]:
    """What a browser writes as Host for these names; it leaves out the scheme's usual port."""
    usual = DEFAULT_PORTS[scheme] == port
    return frozenset(name if usual else f"{name}:{port}" for name in names)


class Guard:
    """Pure ASGI, around everything else. Lets a request in if it comes from a signed-in page of this very origin."""

    def __init__(
        self,
        app: ASGIApp,
        sessions: Sessions,
        sign_in: SignIn,
        *,
        names: Iterable[str],
        port: int,
        scheme: str = "http",
        api: ASGIApp | None = None,
    ) -> None:
        self.app = app
        self.api = api
        self.sessions = sessions
        self.sign_in = sign_in
        self.scheme = scheme
        self.hosts = hosts_of(names, scheme, port)
        # Browsers share cookies between ports; one with this prefix they take over TLS only, and from this host alone.
        self.cookie = f"__Host-homegrown-{port}" if scheme == "https" else f"homegrown-{port}"
        self.leaving: Callable[[], bool] = lambda: False  # whether the app is being stopped
        self._belongings = Belongings()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        out = Outgoing(send, scope["path"])
        try:
            answer = await self._answer(scope, receive, out)
        except Refusal as refusal:
            answer = door.refusal(refusal.status, refusal.sentence)
        except Left:
            return
        except HomegrownError as error:
            answer = door.refusal(400 if isinstance(error, BadInput) else 500, str(error))
        except Exception:
            logger.exception("The answer to a request failed")
            if out.started:
                raise
            answer = door.refusal(500, texts.DEFECT)
        if answer:
            await self._give(answer, send)

    async def _answer(self, scope: Scope, receive: Receive, out: Outgoing) -> Answer | None:
        """The door's own answer; None: the pages have answered."""
        method, path, fields = scope["method"], scope["path"], fields_of(scope)
        hosts = fields.get("host", [])
        if len(hosts) != 1 or hosts[0] not in self.hosts:
            raise Refusal(421, texts.WRONG_ADDRESS)
        if self.api and is_api(path):  # for programs, which show a key; it looks at the rest itself
            await self.api(scope, receive, out)
            return None
        if not from_here(method, path, f"{self.scheme}://{hosts[0]}", fields):
            raise Refusal(403, texts.FOREIGN_PAGE)
        query = parse_qs(scope["query_string"].decode("latin-1"))
        session = self._session(fields)
        person = self.sessions.person(session, using=(method, path) in DOING)
        if path == "/" and "token" in query and method == "GET":
            if is_foreign(scope.get("client") or NOWHERE, scope.get("server") or NOWHERE):
                raise Refusal(403, words.OTHER_ACCOUNT)
            return self._by_link(query["token"][0], person)
        if path in FORM or (path in BEHIND and person):
            form = form_of(fields, await whole_body(fields, receive))
            address = (scope.get("client") or NOWHERE)[0]
            answer = await self.sign_in.answer(method, path, form, person, address)
            if answer is None:
                raise Refusal(404, texts.NO_SUCH_PAGE)
            return answer
        if person is None:
            if path in (*PAGES, *FORMS, *BEHIND, PULSE):
                return self.sign_in.for_stranger(left=bool(session) or scope["query_string"] == b"left")
            raise Refusal(401, texts.NOT_SIGNED_IN)
        if not is_open(method, path):
            raise Refusal(404, texts.NO_SUCH_PAGE)
        body = await whole_body(fields, receive, UPLOADS.get(path, BODY_BYTES))
        named = (form_of if path in FORMS else file_of if path in UPLOADS else json_of)(fields, body)
        if not self._belongings.claim(names_in(query, named), person):
            raise Refusal(403, texts.FOREIGN_PAGE)
        inner = {**scope, PERSON: person, "headers": believed(scope, *(["accept-encoding"] if path == JOIN else []))}
        answering = self._noting_events(out, person) if path == JOIN else out
        await self._while_signed_in(session, self.app(inner, replayed(body, receive), answering), out)
        return None if out.started else self.sign_in.for_stranger(left=True)

    def _by_link(self, token: str, person: str | None) -> Answer:
        """A launch link signs in who has no passphrase; for the others it leads to the page that asks for it."""
        wanted = self.sessions.redeem(token)
        if wanted is None and person is None:
            raise Refusal(401, texts.OLD_LINK)
        welcome = wanted is not None and not self.sign_in.needs_passphrase(wanted)
        return Answer(303, location="/", session=self.sessions.begin(wanted) if wanted and welcome else None)

    def _session(self, fields: Fields) -> str:
        for line in fields.get("cookie", []):
            if session := cookie_parser(line).get(self.cookie):
                return session
        return ""

    async def _while_signed_in(self, session: str, answering: Any, out: Outgoing) -> None:
        """Lets the pages answer, until the session or the app ends: then an open stream ends, too."""
        work = asyncio.ensure_future(answering)
        try:
            while not work.done():
                await asyncio.wait({work}, timeout=LOOK_EVERY)
                if not work.done() and (self.leaving() or self.sessions.person(session) is None):
                    work.cancel()
                    await asyncio.wait({work})
        finally:
            work.cancel()
        if not work.cancelled():
            work.result()
        elif out.started and not out.complete and not out.measured:
            last = f"data: {FAREWELL}\n\n".encode() if out.events and not self.leaving() else b""
            await out({"type": "http.response.body", "body": last, "more_body": False})

    def _noting_events(self, out: Outgoing, person: str) -> Send:
        """Gradio lets everybody cancel an event whose name they know: so its name is the person's from the start."""
        said = b""

        async def note(message: MutableMapping[str, Any]) -> None:
            nonlocal said
            if message["type"] == "http.response.body":
                said += message.get("body", b"")
                if not message.get("more_body", False) and (event := _event_in(said)):
                    self._belongings.claim([event], person)
            await out(message)

        return note

    async def _give(self, answer: Answer, send: Send) -> None:
        page = answer.page.encode()
        headers = [(b"content-type", b"text/html; charset=utf-8")] if page else []
        headers += [(b"content-length", str(len(page)).encode())] if answer.status != 204 else []
        headers += [(b"location", answer.location.encode())] if answer.location else []
        headers += [(b"www-authenticate", b'Form realm="Homegrown"')] if answer.challenge else []
        headers += [(b"retry-after", str(answer.retry_after).encode())] if answer.retry_after else []
        if answer.session is not None:
            ending = "; Max-Age=0" if answer.session == "" else ""
            secure = "; Secure" if self.scheme == "https" else ""
            cookie = f"{self.cookie}={answer.session}; Path=/; HttpOnly; SameSite=Strict{secure}{ending}"
            headers.append((b"set-cookie", cookie.encode()))
        out = Outgoing(send, "/", door.POLICY)
        await out({"type": "http.response.start", "status": answer.status, "headers": headers})
        await out({"type": "http.response.body", "body": page})


def _event_in(said: bytes) -> str:
    try:
        return str(json.loads(said)["event_id"])
    except (ValueError, KeyError, TypeError):
        return ""
