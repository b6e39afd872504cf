"""Composition root and command line: builds the parts of a home, and runs a command or serves the pages."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import commands
import control
import service
import terminal
from arguments import NOT_YET, build_parser
from backends import catalog, gguf_header
from backends.base import Sampling
from backends.engine import Engine, ServeOptions
from backends.hardware import choose_backend, inspect_machine, serve_options
from backends.learner import LearnerProcess
from chat import Chat
from clock import Clock
from doctor import examine
from domain import Recipe
from errors import BadInput, HomegrownError
from homegrown import Homegrown
from memories import Memories
from nights import Nights
from offline import seal
from personalization.recipe import recipe_for
from prepare import prepare
from probes import bundled_probes
from prompt import reserve
from ratings import Ratings
from scheduled import making_way
from settings import Settings
from storage.adapters import Adapters
from storage.store import Store
from versions import Versions

ROOT = Path(__file__).parent
LIBRARIES = ("llama-cpp-python", "torch", "transformers", "peft", "gguf", "numpy")
BENCHMARKS = ("serving", "night", "engine-kills")
COMMAND_PATIENCE, SERVE_PATIENCE = 5.0, 30.0  # seconds for somebody who holds the home and does not answer yet

Json = dict[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code (docs/cli.md)."""
    terminal.speak_utf8()
    arguments = build_parser().parse_args(argv)
    seal()
    try:
        settings = Settings.from_args(arguments)
        prepare(settings.home)
        if arguments.command in (None, "serve"):
            return serve(settings)
        if arguments.command == "bench":
            return bench(arguments)
        if arguments.command == "service":
            return service_command(settings, arguments)
        if arguments.command in NOT_YET:
            raise BadInput(f"{arguments.command}: not yet. The README lists what is not there yet.")
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

    nights = Nights(store, adapters, chat, engine, start_learner, bundled_probes(), recipe, _versions())
    versions = Versions(store, adapters, chat.running, nights.cancel, engine.forget)
    ratings, memories = Ratings(chat), Memories(store, chat.running)
    return Homegrown(settings, machine, choice, store, adapters, engine, chat, ratings, memories, nights, versions)


def _versions() -> dict[str, str]:
    found = {"python": sys.version.split()[0]}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


# commands


def command(settings: Settings, arguments: argparse.Namespace) -> int:
    """Runs a command beside the running app, or alone if none runs."""
    given = {name: value for name, value in vars(arguments).items() if name not in ("home", "command")}
    if "file" in given:
        given["content"] = terminal.read(given.pop("file"))
    streamed = arguments.command == "chat" and not arguments.json
    tell = (
        terminal.print_piece if streamed else terminal.print_progress if sys.stderr.isatty() else terminal.say_nothing
    )

    def alone() -> Json:
        return _alone(settings, arguments.command, given, tell)

    def beside() -> Json:
        return control.ask(settings.home, arguments.command, given, tell)

    result = control.alone_or_beside(settings.home, alone, beside, COMMAND_PATIENCE)
    if tell is not terminal.say_nothing:
        print("" if streamed else "\r\033[K", end="\n" if streamed else "", file=sys.stdout if streamed else sys.stderr)
    if arguments.json:
        print(json.dumps(result["json"], ensure_ascii=False))
    elif result["text"]:
        print(result["text"])
    if "error" in result:
        print(f"homegrown: {result['error']}", file=sys.stderr)
    return int(result["exit"])


def _alone(settings: Settings, name: str, arguments: Json, tell: commands.Tell) -> Json:
    try:
        home = build(settings)
    except HomegrownError as trouble:
        if name != "doctor":
            raise
        return commands.findings_told(examine(settings.home, _raise(trouble), offline=arguments["offline"]))
    home.adapters.sweep()
    try:
        if arguments.get("scheduled"):
            return making_way(home, lambda: commands.run(home, name, arguments, tell))
        if name in commands.NEEDS_ENGINE:
            home.engine.start()
        return commands.run(home, name, arguments, tell)
    finally:
        home.close()


def service_command(settings: Settings, arguments: argparse.Namespace) -> int:
    """Lets the system begin nights while the app is closed, or no longer."""
    learn = [sys.executable, str(ROOT / "app.py"), "learn", "--scheduled", "--home", str(settings.home)]
    chosen = [f"--{name}={value}" for name in ("model", "backend") if (value := getattr(arguments, name, None))]
    install = arguments.action == "install"
    change = service.install(settings.home, [*learn, *chosen]) if install else service.remove(settings.home)
    print(json.dumps(change.json(), ensure_ascii=False) if arguments.json else change.text())
    return 0


def _raise(trouble: HomegrownError) -> Callable[[float], Any]:
    def ready(timeout: float) -> Any:
        raise trouble

    return ready


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

    def beside() -> int:
        url = control.ask(settings.home, "open", {}, terminal.say_nothing)["url"]
        print(url, flush=True)
        print("Homegrown is already running; this is its page.")
        if settings.browser:
            webbrowser.open(url)
        return 0

    return int(control.alone_or_beside(settings.home, lambda: _serve(settings), beside, SERVE_PATIENCE))


def _serve(settings: Settings) -> int:
    home = build(settings)
    home.engine.start()
    home.adapters.sweep()
    import uvicorn

    from web.guard import LaunchTokens
    from web.listen import listen
    from web.page import build_app

    listener, port = listen(settings.host, settings.port)
    tokens = LaunchTokens()
    owner = next(iter(home.store.people()), None) or home.store.add_person(settings.owner)

    def url() -> str:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        return f"http://{host}:{port}/?token={tokens.new(owner.id)}"

    def answer(name: str, given: Json, tell: commands.Tell) -> Json:
        if name == "open":
            return {"url": url()}
        wanted = given.get("model") or settings.model, given.get("backend") or "auto"
        if wanted[0] != settings.model or wanted[1] not in ("auto", home.choice[0]):
            raise BadInput("The running app has its model already; stop it first to use another --model or --backend.")
        return commands.run(home, name, given, tell)

    app = build_app(home, tokens, port)
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, ws="none")
    config.timeout_graceful_shutdown = 2  # seconds: an open page holds a stream for ever
    server = uvicorn.Server(config)
    signal.signal(signal.SIGTERM, _leave)  # what uvicorn hands back after it has closed; the rest closes below
    desk = control.ControlServer(settings.home, answer)
    Clock(home.nights).start()
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


def _leave(number: int, frame: object) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
