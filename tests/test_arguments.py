"""The command line is a contract: these lines are understood, those are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from command_line.arguments import build_parser


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", {"command": None}),
        ("serve --port 80 --demo", {"command": "serve", "port": 80, "demo": True}),
        ("--no-browser", {"command": None, "no_browser": True}),
        ("chat hello --greedy --json --person Ada", {"text": "hello", "greedy": True, "json": True, "person": "Ada"}),
        ("chat hello", {"greedy": False, "json": False, "person": None, "at_once": True}),
        ("chat hello --no-at-once", {"at_once": False}),
        ("people list --json", {"action": "list", "name": None, "json": True}),
        ("people remove Ada", {"action": "remove", "name": "Ada"}),
        ("feedback import rows.jsonl --skip-broken", {"action": "import", "file": "rows.jsonl", "skip_broken": True}),
        ("feedback list --person Ada", {"action": "list", "person": "Ada"}),
        ("feedback forget 12ab", {"action": "forget", "id": "12ab"}),
        ("learn --now --json", {"now": True, "json": True}),
        ("adapters list", {"action": "list"}),
        ("adapters rollback 2026-03-01.1 --json", {"action": "rollback", "version": "2026-03-01.1"}),
        ("memory add fact", {"action": "add", "text": "fact"}),
        ("memory forget 12ab", {"action": "forget", "id": "12ab"}),
        ("memory search cats", {"action": "search", "text": "cats"}),
        ("memory import FILE --dry-run", {"path": str(Path("FILE").absolute()), "dry_run": True}),
        ("memory export FILE", {"action": "export", "path": str(Path("FILE").absolute()), "force": False}),
        ("keys add editor --memory --person Ada", {"action": "add", "name": "editor", "memory": True, "person": "Ada"}),
        ("keys add editor --json", {"memory": False, "json": True}),
        ("keys list", {"command": "keys", "action": "list"}),
        ("keys revoke 12ab", {"action": "revoke", "id": "12ab"}),
        ("status --json --backend scripted", {"json": True, "backend": "scripted"}),
        ("doctor --offline", {"offline": True}),
        ("bench serving --json out.json", {"name": "serving", "json_file": "out.json"}),
        ("service install", {"command": "service", "action": "install"}),
        ("learn --scheduled", {"now": False, "scheduled": True}),
        ("export /FILE", {"command": "export", "path": str(Path("/FILE").absolute()), "plain": False, "force": False}),
        ("export --plain FOLDER", {"path": str(Path("FOLDER").absolute()), "plain": True}),
        ("export FILE --with-adapters --force", {"with_adapters": True, "force": True}),
        ("import FILE --person Ada", {"command": "import", "with_adapters": False, "person": "Ada"}),
    ],
)
def test_a_line_of_the_contract_is_understood(line: str, expected: dict[str, Any]) -> None:
    found = vars(build_parser().parse_args(line.split()))
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    "line",
    [
        "sing",
        "chat",
        "people",
        "people promote",
        "feedback",
        "feedback import",
        "feedback forget",
        "learn",
        "adapters rollback",
        "memory add",
        "serve --port many",
        "status --backend magic",
        "chat hello --loud",
    ],
)
def test_a_line_outside_of_it_ends_with_code_two(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        build_parser().parse_args(line.split())
    assert end.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["home", "model", "backend", "host", "port"])
@pytest.mark.parametrize("place", ["before", "after", "both"])
def test_an_option_counts_wherever_it_stands_and_the_later_one_wins(option: str, place: str) -> None:
    early, late = {"backend": ("llama_cpp", "scripted"), "port": ("1", "2")}.get(option, ("one", "two"))
    before = [f"--{option}", early] if place != "after" else []
    after = [f"--{option}", late] if place != "before" else []
    found = vars(build_parser().parse_args([*before, "serve", *after]))
    assert str(found[option]) == (early if place == "before" else late)


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        build_parser().parse_args(["--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    for name in (
        "serve",
        "chat",
        "people",
        "feedback",
        "learn",
        "adapters",
        "memory",
        "status",
        "doctor",
        "export",
        "import",
    ):
        assert name in shown
