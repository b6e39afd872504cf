"""Composition root and command line: builds the parts of a home, and runs a command or has the pages served."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import control
import serving
from backends import nvidia
from backends.base import Sampling
from backends.engine import Engine
from backends.hardware import choose_backend, inspect_machine
from backends.learner import LearnerProcess
from backends.power import find_meter
from base_models.models import Models, at_start
from command_line import commands, terminal
from command_line.arguments import build_parser
from conversation.attachments import Attachments
from conversation.chat import Chat
from conversation.memories import Memories
from conversation.prompt import reserve
from conversation.proposals import Proposals
from conversation.quoting import Quoting
from conversation.ratings import Ratings
from conversation.reading import Reading
from conversation.recollection import Recollection
from domain import Recipe
from errors import BadInput, HomegrownError, Locked
from homegrown import Homegrown
from learning.nights import Nights
from learning.probes import bundled_probes
from learning.rest import Rest
from learning.standing import Standing
from learning.versions import Versions
from network import connections
from network.offline import seal
from people import passphrases
from people.household import Household
from personalization.embed import MiniLM
from personalization.observing.judge import Judge
from prepare import prepare
from settings import Settings
from storage.adapters import Adapters
from storage.chosen import Chosen
from storage.keys import Keys
from storage.store import Store
from upkeep import service
from upkeep.doctor import examine
from upkeep.proof import prove
from upkeep.scheduled import making_way

ROOT = Path(__file__).parent
LIBRARIES = ("llama-cpp-python", "mlx", "mlx-lm", "torch", "transformers", "peft", "gguf", "numpy")
BENCHMARKS = (
    "serving",
    "night",
    "engine-kills",
    "calibration",
    "faults",
    "attacks",
    "planner",
    "memory",
    "memory-extraction",
    "mlx-night",
)
COMMAND_PATIENCE = 5.0  # seconds for somebody who holds the home and does not answer yet

Json = dict[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code (docs/cli.md)."""
    terminal.speak_utf8()
    arguments = build_parser().parse_args(argv)
    seal()
    connections.watch("app")
    try:
        settings = Settings.from_args(arguments)
        prepare(settings.home)
        if arguments.command in (None, "serve"):
            return serving.serve(settings, build)
        if arguments.command == "bench":
            return bench(arguments)
        if arguments.command == "service":
            return service_command(settings, arguments)
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
    keys = Keys(settings.home)
    store = Store(settings.home, keys.seal_of)
    if settings.backend == "scripted":
        choice = ("scripted", "asked for: replies are made up, no model runs")
    else:
        choice = choose_backend(machine) if settings.backend == "auto" else (settings.backend, "asked for")
    logs = settings.home / "logs"
    adapters = Adapters(settings.home, "", keys.seal_of)

    def grown(base: str) -> bool:
        return any(adapters.grown(person.id, base) for person in store.people() if person.owner)

    base, notice = at_start(settings.home, choice[0], machine, settings.model, grown)
    adapters.base = base.digest
    remembered = settings.home / "engine.json"
    meter = find_meter(list(nvidia.cards(nvidia.load_nvml())))
    log, opened = logs / "engine.log", adapters.opened
    engine = Engine(choice[0], base.model, base.options, remembered, log, opened=opened, meter=meter)
    sampling = Sampling(max_tokens=reserve(base.options.context))
    embedder = MiniLM()
    chat = Chat(engine, store, adapters, sampling, Recollection(store, embedder), Quoting(store, embedder))

    def start_learner() -> LearnerProcess:
        return LearnerProcess(choice[0], models.serving.taught, logs / "learner.log")

    def recipe(lessons: int) -> Recipe:
        return models.serving.recipe(lessons)

    means = (recipe, _versions(), base.rate, base.need)
    nights = Nights(store, adapters, chat, engine, start_learner, bundled_probes(), *means, meter)
    models = Models(settings.home, choice[0], machine, base, notice, (chat, nights, engine))
    rest = Rest(engine, nights.place, Chosen(settings.home), settings.rest_minutes)
    versions = Versions(store, adapters, chat.hold, nights.cancel, engine.forget)
    ratings, memories = Ratings(chat), Memories(store, chat.hold)
    people = Household(store, keys, adapters, chat, nights.cancel, engine.forget)
    proposals = Proposals(store, memories, chat.running, Judge(embedder))
    reading = Reading(proposals, chat, engine, lambda: models.serving.parameters, lambda: nights.place.taken)
    kept = memories, proposals, reading, Attachments(chat)
    parts = (store, adapters, engine, chat, ratings, *kept, nights, rest, versions, Standing(nights), people, models)
    return Homegrown(settings, machine, choice, *parts)


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
    handle = given.pop("passphrase_fd", None)
    given["passphrases"] = [] if handle is None else passphrases.read_from(handle)
    streamed = arguments.command == "chat" and not arguments.json
    tell = (
        terminal.print_piece if streamed else terminal.print_progress if sys.stderr.isatty() else terminal.say_nothing
    )

    def alone() -> Json:
        return _alone(settings, arguments.command, given, tell)

    def beside() -> Json:
        return control.ask(settings.home, arguments.command, given, tell)

    try:
        result = control.alone_or_beside(settings.home, alone, beside, COMMAND_PATIENCE)
    except Locked:
        if given["passphrases"] or not passphrases.can_ask():
            raise
        given["passphrases"] = passphrases.asked(arguments.command, given)
        result = control.alone_or_beside(settings.home, alone, beside, COMMAND_PATIENCE)
    if arguments.command == "doctor" and arguments.offline and commands.engine_found(result):
        result = commands.joined(result, commands.findings_told(prove(settings, build, tell)))
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
    home.recover()
    try:
        if arguments.get("scheduled"):
            return making_way(home, lambda: commands.run(home, name, arguments, tell))
        if name in commands.NEEDS_ENGINE or (name, arguments.get("action")) == ("models", "use"):
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


if __name__ == "__main__":
    sys.exit(main())
