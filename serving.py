"""Serves the pages: opens the port, puts the door in front of the pages, and prints where they are."""

from __future__ import annotations

import math
import os
import signal
import ssl
import threading
import webbrowser
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import control
from command_line import commands, terminal
from domain import Person
from errors import BadInput
from homegrown import Homegrown
from learning.clock import Clock
from settings import Settings

if TYPE_CHECKING:
    import uvicorn

    from web.guard import Guard
    from web.session import Sessions

SERVE_PATIENCE = 30.0  # seconds for somebody who holds the home and does not answer yet
FAREWELL = 2  # seconds for answers under way when the app stops: an open page holds a stream for ever

Json = dict[str, Any]


def serve(settings: Settings, build: Callable[[Settings], Homegrown]) -> int:
    """Serves until it is stopped. A second start opens the first one's page instead. `build` makes the parts."""

    def beside() -> int:
        url = control.ask(settings.home, "open", {}, terminal.say_nothing)["url"]
        print(url, flush=True)
        print("Homegrown is already running; this is its page.")
        if settings.browser:
            webbrowser.open(url)
        return 0

    return int(control.alone_or_beside(settings.home, lambda: _serve(settings, build), beside, SERVE_PATIENCE))


def _serve(settings: Settings, build: Callable[[Settings], Homegrown]) -> int:
    encryption = tls(settings)
    home = build(settings)
    begun: Future[control.Run] = Future()
    # Open from the beginning: whoever starts meanwhile waits for its answer, however long this machine takes.
    desk = control.ControlServer(settings.home, lambda *asked: begun.result()(*asked))
    try:
        return _run(settings, home, encryption, begun)
    finally:
        if not begun.done():
            begun.set_exception(control.Unanswered(control.CLOSED))
        desk.close()
        home.close()


def _run(settings: Settings, home: Homegrown, encryption: ssl.SSLContext | None, begun: Future[control.Run]) -> int:
    """Puts the pages on a port and serves them; `begun` is what then answers commands."""
    home.recover()
    check_reach(home)
    home.engine.start()
    home.people.wake()
    import uvicorn

    from web.listen import listen
    from web.page import build_pages
    from web.protocol import Protocol

    listener, port = listen(settings.host, settings.port)
    sessions = sessions_of(home)

    def url() -> str:
        return address(home, sessions, listener.getsockname()[0], port)

    def answer(name: str, given: Json, tell: commands.Tell) -> Json:
        if name == "open":
            return {"url": url()}
        model, backend = given.get("model"), given.get("backend") or "auto"
        known = (None, settings.model, home.models.serving.name)
        if model not in known or backend not in ("auto", home.choice[0]):
            raise BadInput("The running app has its model already; stop it first to use another --model or --backend.")
        return commands.run(home, name, given, tell)

    def at_each_look() -> None:
        home.rest.look()
        home.models.settle()

    pages = build_pages(home, port)
    leave_folder(home)
    guard = guarded(home, pages, sessions, port)
    config = uvicorn.Config(guard, log_level="warning", access_log=False, server_header=False, ws="none", http=Protocol)
    config.proxy_headers = False  # nobody stands between: what claims to come from elsewhere lies
    config.timeout_graceful_shutdown = FAREWELL
    if encryption:
        config.ssl_context_factory = lambda _, default: encryption
    server = uvicorn.Server(config)
    guard.leaving = lambda: server.should_exit
    end_on_signal(server)
    begun.set_result(answer)
    Clock(home.nights, home.reading.look, at_each_look).start()
    print(url(), flush=True)
    opens = "It opens in your browser" if settings.browser else "Open it in a browser"
    print(f"{opens}; for another page, run the same command once more in a second terminal.")
    print(f"Homegrown runs with {home.choice[0]} ({home.choice[1]}). Ctrl+C ends it.", flush=True)
    if settings.beyond:
        print(f"Other machines can reach it as {', '.join(settings.allow_hosts)}.", flush=True)
    if settings.browser:
        threading.Thread(target=webbrowser.open, args=(url(),), daemon=True).start()
    server.run(sockets=[listener])
    return 0


def end_on_signal(server: uvicorn.Server) -> None:
    """Holds before uvicorn listens for SIGTERM, and for what it hands back when it has closed.

    A flag, because an exception is lost where Python ignores them, as in the middle of an import: the app would stay.
    """

    def end(number: int, frame: object) -> None:
        server.should_exit = True

    signal.signal(signal.SIGTERM, end)


def guarded(home: Homegrown, pages: Any, sessions: Sessions, port: int) -> Guard:
    """The pages with the door in front of them."""
    from web.api import Api
    from web.guard import Guard
    from web.sign_in import SignIn
    from web.throttle import Throttle

    settings = home.settings
    names = settings.allow_hosts if settings.beyond else ("127.0.0.1", "localhost", "[::1]")
    sign_in = SignIn(home.people, home.store.people, home.store.rename_person, sessions, Throttle())
    scheme = "https" if settings.tls_cert else "http"
    return Guard(pages, sessions, sign_in, names=names, port=port, scheme=scheme, api=Api(home))


def sessions_of(home: Homegrown) -> Sessions:
    """Sessions that hold for people who are here and not locked, until they are idle."""
    from web.session import Sessions

    minutes, beyond = home.settings.idle_minutes, home.settings.beyond

    def welcome(person: str) -> bool:
        here = any(known.id == person for known in home.store.people())
        return here and not home.people.is_locked(person) and (home.people.has_passphrase(person) or not beyond)

    def idle_after(person: str) -> float:
        return minutes * 60.0 if minutes and home.people.has_passphrase(person) else math.inf

    return Sessions(welcome, idle_after, left=home.chat.hush)


def address(home: Homegrown, sessions: Sessions, bound: str, port: int) -> str:
    """Where the owner's page is, with a token that signs in once; without one if they have a passphrase.

    On this machine always the number that is bound: what a name leads to may belong to another program.
    """
    settings, owner = home.settings, owner_of(home)
    host = settings.allow_hosts[0] if settings.beyond else f"[{bound}]" if ":" in bound else bound
    query = "" if home.people.has_passphrase(owner.id) else f"?token={sessions.token(owner.id)}"
    return f"{'https' if settings.tls_cert else 'http'}://{host}:{port}/{query}"


def owner_of(home: Homegrown) -> Person:
    """Whose page opens. The first start, and one after everybody has left, begins a profile."""
    return next(iter(home.store.people()), None) or home.store.add_person(home.settings.owner)


def tls(settings: Settings) -> ssl.SSLContext | None:
    """Raises BadInput if certificate and key cannot be used together."""
    if not (settings.tls_cert and settings.tls_key):
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key, password=lambda: "")
    except (OSError, ValueError) as error:  # SSLError is an OSError
        raise BadInput(
            f"{settings.tls_cert.name} and {settings.tls_key.name} cannot be used ({error}); give a certificate and "
            "its own key, both as PEM files, the key without a passphrase."
        ) from error
    return context


def check_reach(home: Homegrown) -> None:
    """Beyond this machine everybody needs a passphrase. Raises BadInput."""
    if not home.settings.beyond:
        return
    people = home.store.people()
    if bare := [person.name for person in people if not home.people.has_passphrase(person.id)]:
        raise BadInput(
            f"Without a passphrase: {', '.join(bare)}. Start without --host, set it on the page “You”, "
            "and then listen beyond this machine."
        )
    if not people:
        raise BadInput("Nobody is here yet: start once without --host, and set a passphrase on the page “You”.")


def leave_folder(home: Homegrown) -> None:
    """Works in an empty folder: Gradio would hand out files of the one we were started in."""
    empty = home.settings.home / "tmp" / "empty"
    empty.mkdir(mode=0o700, exist_ok=True)
    os.chdir(empty)
