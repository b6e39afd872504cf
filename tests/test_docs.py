"""What the documents say is so: their commands are parsed, their make targets exist, their links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from command_line.arguments import build_parser

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/**/*.md")]
    if page.parent.name != "results"
)


def commands() -> list[str]:
    """What follows `python app.py` in the code blocks of the command line's page."""
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    return re.findall(r"^python app\.py *(.*)$", text, flags=re.MULTILINE)


def make_targets(text: str) -> set[str]:
    """Targets of `make ...` in code blocks and code spans."""
    code = re.findall(r"^```\n(.*?)^```|`([^`\n]+)`", text, flags=re.MULTILINE | re.DOTALL)
    return {target for block in code for target in re.findall(r"\bmake ([a-z][a-z-]*)", "\n".join(block))}


def test_the_page_of_the_command_line_lists_commands() -> None:
    assert len(commands()) > 15


@pytest.mark.parametrize("line", commands())
def test_a_documented_command_is_parsed(line: str) -> None:
    try:
        build_parser().parse_args(shlex.split(line))
    except SystemExit as stopped:
        pytest.fail(f"python app.py {line}: the parser stopped with exit code {stopped.code}")


def test_every_command_is_documented() -> None:
    known = re.findall(r"^    ([a-z]+)  ", build_parser().format_help(), flags=re.MULTILINE)
    assert "serve" in known
    assert set(known) == {line.split()[0] for line in commands() if line}


def test_documented_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.MULTILINE))
    said = set().union(*(make_targets(page.read_text(encoding="utf-8")) for page in PAGES))
    assert {"run", "test", "demo"} <= said
    assert said <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_relative_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    missing = [link for link in links if link and not (page.parent / link).exists()]
    assert not missing, f"{page.name} links to what is not there: {missing}"


def test_the_licence_is_the_whole_apache_licence() -> None:
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in licence
    assert "END OF TERMS AND CONDITIONS" in licence
    assert "APPENDIX: How to apply the Apache License to your work." in licence
