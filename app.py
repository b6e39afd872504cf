"""Composition root and command line: builds the parts of a home, and runs a command or serves the pages."""

from __future__ import annotations

import argparse
import json
import logging
import logging.handlers
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

import commands
import control
from arguments import NOT_YET, build_parser
from backends import catalog, gguf_header
from backends.base import Sampling
from backends.engine import Engine, ServeOptions
from backends.hardware import choose_backend, inspect_machine, serve_options
from backends.learner import LearnerProcess
from chat import Chat
from domain import Recipe
from errors import BadInput, HomegrownError, StorageTrouble, Trouble
from homegrown import Homegrown
from memories import Memories
from nights import Nights
from offline import seal
from personalization.measure import Probes
from personalization.recipe import recipe_for
from prompt import reserve
from settings import Settings
from storage.adapters import Adapters
from storage.store import Store

ROOT = Path(__file__).parent
LIBRARIES = ("llama-cpp-python", "torch", "transformers", "peft", "gguf", "numpy")
BENCHMARKS = ("serving", "night", "engine-kills")
PORTS = 50  # how many ports after the wanted one are tried

Json = dict[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code (docs/cli.md)."""
    arguments = build_parser().parse_args(argv)
    seal()
    try:
        settings = Settings.from_args(arguments)
        _prepare(settings.home)
        if arguments.command in (None, "serve"):
            return serve(settings)
        if arguments.command == "bench":
            return bench(arguments)
        if arguments.command in NOT_YET:
            raise BadInput(f"The command {arguments.command} is not built yet; see CHANGELOG.md for what is there.")
        return command(settings, arguments)
    except HomegrownError as error:
        print(f"homegrown: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("homegrown: stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever read our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


# one home


def build(settings: Settings) -> Homegrown:
    """Puts the parts together. The engine is not started yet. Raises a sentence for what is missing."""
    machine = inspect_machine()
    store = Store(settings.home)
    if settings.backend == "scripted":
        choice, model, base = ("scripted", "asked for: replies are made up, no model runs"), None, "scripted"
        parameters = 0
        options = ServeOptions(context=4096, threads=1, flash_attention=False, batch=512, kv_budget=0)
    else:
        choice = choose_backend(machine) if settings.backend == "auto" else (settings.backend, "asked for")
        model, known = catalog.find(settings.model)
        header = gguf_header.read_header(model)
        base = catalog.digest(model, settings.home / "cache" / "digests.json")
        if known:
            catalog.verify(known, base)
        parameters = header.parameters
        options = replace(serve_options(machine, header.context_length, header.bytes), model_hash=base)
    logs = settings.home / "logs"
    engine = Engine(choice[0], model, options, settings.home / "engine.json", logs / "engine.log")
    adapters = Adapters(settings.home, base)
    chat = Chat(engine, store, adapters, Sampling(max_tokens=reserve(options.context)))

    def start_learner() -> LearnerProcess:
        return LearnerProcess(choice[0], model, logs / "learner.log")

    def recipe(lessons: int) -> Recipe:
        return recipe_for(parameters, lessons, options.threads)

    nights = Nights(store, adapters, chat, engine, start_learner, _probes(), recipe, _versions())
    return Homegrown(settings, machine, choice, store, adapters, engine, chat, Memories(store, chat.running), nights)


def _probes() -> Probes:
    def texts(name: str) -> tuple[str, ...]:
        entries = json.loads((ROOT / "data" / name).read_text(encoding="utf-8"))
        return tuple(entry["text"] if isinstance(entry, dict) else entry for entry in entries)

    return Probes(texts("anchors.json"), texts("probes/general.json"), texts("probes/prompts.json"))


def _versions() -> dict[str, str]:
    found = {"python": sys.version.split()[0]}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def _prepare(home: Path) -> None:
    """Folders and log of a home; everything private to this user of the computer."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("logs", "cache", "tmp"):
            (home / name).mkdir(exist_ok=True, mode=0o700)
        log = logging.handlers.RotatingFileHandler(home / "logs" / "homegrown.log", maxBytes=1 << 20, backupCount=2)
    except OSError as error:
        raise StorageTrouble(f"{home} cannot be used ({error.strerror}); choose another folder with --home.") from error
    logging.basicConfig(level=logging.INFO, handlers=[log], format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.raiseExceptions = False  # a full disk must not print tracebacks at people
    threading.excepthook = _log_defect


def _log_defect(failed: threading.ExceptHookArgs) -> None:
    name = failed.thread.name if failed.thread else "a thread"
    value = failed.exc_value or failed.exc_type()
    logging.getLogger("homegrown").error("%s failed", name, exc_info=(failed.exc_type, value, failed.exc_traceback))


# commands


def command(settings: Settings, arguments: argparse.Namespace) -> int:
    """Runs a command beside the running app, or alone if none runs."""
    given = {name: value for name, value in vars(arguments).items() if name not in ("home", "command")}
    if "file" in given:
        given["content"] = _read(given.pop("file"))
    streamed = arguments.command == "chat" and not arguments.json
    tell = _print_piece if streamed else _print_progress if sys.stderr.isatty() else _say_nothing
    lock = FileLock(settings.home / "lock")
    try:
        with lock.acquire(timeout=0):
            result = _alone(settings, arguments.command, given, tell)
    except Timeout:
        result = control.ask(settings.home, arguments.command, given, tell)
    if tell is not _say_nothing:
        print("" if streamed else "\r\033[K", end="\n" if streamed else "", file=sys.stdout if streamed else sys.stderr)
    if arguments.json:
        print(json.dumps(result["json"], ensure_ascii=False))
    elif result["text"]:
        print(result["text"])
    return int(result["exit"])


def _alone(settings: Settings, name: str, arguments: Json, tell: commands.Tell) -> Json:
    home = build(settings)
    home.adapters.sweep()
    try:
        if name in commands.NEEDS_ENGINE:
            home.engine.start()
            home.engine.wait_ready()
        return commands.run(home, name, arguments, tell)
    finally:
        home.close()


def _read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{file} cannot be read ({error.strerror}); check the path.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not a text file in UTF-8; save it as UTF-8 JSON lines.") from error


def _print_piece(news: Json) -> None:
    print(news["piece"], end="", flush=True)


def _print_progress(news: Json) -> None:
    if "share" in news:
        done = round(20 * news["share"])
        print(f"\r\033[K[{'#' * done}{'.' * (20 - done)}] {news['phase']}", end="", file=sys.stderr, flush=True)


def _say_nothing(news: Json) -> None:
    pass


def bench(arguments: argparse.Namespace) -> int:
    import runpy

    name = arguments.name.replace("-", "_")
    if arguments.name not in BENCHMARKS:
        raise BadInput(f"There is no benchmark {arguments.name}; there are: {', '.join(BENCHMARKS)}.")
    sys.argv = [f"bench.{name}", *(["--json", arguments.json_file] if arguments.json_file else [])]
    try:
        runpy.run_module(f"bench.{name}", run_name="__main__")
    except SystemExit as end:
        return int(end.code or 0)
    return 0


# serving


def serve(settings: Settings) -> int:
    """Serves the pages until it is stopped. A second start opens the first one's page instead."""
    lock = FileLock(settings.home / "lock")
    try:
        with lock.acquire(timeout=0):
            return _serve(settings)
    except Timeout:
        url = control.ask(settings.home, "open", {}, _say_nothing)["url"]
        print(url, flush=True)
        if settings.browser:
            print("Homegrown is already running; its page opens.")
            webbrowser.open(url)
        return 0


def _serve(settings: Settings) -> int:
    home = build(settings)
    home.engine.start()
    home.adapters.sweep()
    listener, port = _listen(settings.host, settings.port)
    import uvicorn

    from web.guard import LaunchTokens
    from web.page import build_app

    tokens = LaunchTokens()
    owner = next(iter(home.store.people()), None) or home.store.add_person(settings.owner)

    def url() -> str:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        return f"http://{host}:{port}/?token={tokens.new(owner.id)}"

    def answer(name: str, given: Json, tell: commands.Tell) -> Json:
        return {"url": url()} if name == "open" else commands.run(home, name, given, tell)

    app = build_app(home, tokens, port)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, ws="none"))
    desk = control.ControlServer(settings.home, answer)
    home.nights.start_clock()
    print(url(), flush=True)
    print(f"Homegrown runs with {home.choice[0]} ({home.choice[1]}). Ctrl+C ends it.", flush=True)
    if settings.browser:
        threading.Thread(target=webbrowser.open, args=(url(),), daemon=True).start()
    try:
        server.run(sockets=[listener])
    finally:
        desk.close()
        home.close()
    return 0


def _listen(host: str, port: int) -> tuple[socket.socket, int]:
    """A listening socket on the wanted port, or on the next free one, which is then told."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in range(port, min(port + PORTS, 65536)):
        listener = socket.socket(family, socket.SOCK_STREAM)
        if os.name != "nt":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
        except OSError:
            listener.close()
            continue
        if candidate != port:
            print(f"Port {port} is in use by another program; using {candidate}.", file=sys.stderr, flush=True)
        listener.listen(128)
        return listener, candidate
    raise Trouble(f"No port from {port} to {port + PORTS - 1} is free; choose another one with --port.")


if __name__ == "__main__":
    sys.exit(main())
