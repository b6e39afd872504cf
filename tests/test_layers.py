"""Imports point inwards, heavy libraries stay in their rooms, and files stay readable."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = {"domain", "errors", "settings"}
MIDDLE = CORE | {"backends", "storage", "personalization", "documents"}
PRODUCT = MIDDLE | {"conversation", "learning", "people", "base_models"}
ALLOWED = {  # a package or module of the top level -> what it may import of the others
    "domain": set(),
    "errors": set(),
    "settings": {"errors"},
    "network": set(),
    "backends": CORE | {"network"},
    "storage": CORE,
    "personalization": CORE,
    "documents": CORE | {"network"},
    "conversation": MIDDLE,
    "learning": MIDDLE | {"conversation"},
    "people": MIDDLE | {"conversation", "learning"},
    "base_models": MIDDLE | {"conversation", "learning"},
    "homegrown": PRODUCT,
    "control": CORE | {"storage"},
    "prepare": CORE,
    "upkeep": PRODUCT | {"homegrown", "control", "network"},
    "web": PRODUCT | {"homegrown", "network", "upkeep"},
    "command_line": PRODUCT | {"homegrown", "upkeep"},
    "serving": PRODUCT | {"homegrown", "web", "command_line", "control"},
    "app": PRODUCT | {"homegrown", "network", "control", "prepare", "upkeep", "web", "command_line", "serving"},
    "bench": PRODUCT | {"homegrown", "network", "control", "upkeep", "command_line"},
    "install": {"installing"},
    "installing": set(),
}
ROOMS = {  # library -> the only places that may import it
    "gradio": ("web/", "app.py"),
    "tinydb": ("storage/journal.py", "storage/table.py"),
    "torch": ("backends/llama_cpp/",),
    "transformers": ("backends/llama_cpp/",),
    "peft": ("backends/llama_cpp/",),
    "llama_cpp": ("backends/llama_cpp/", "bench/"),
    "huggingface_hub": ("backends/hub.py", "backends/download.py"),
    "httpx2": ("backends/hub.py",),
    "pynvml": ("backends/nvidia.py",),
    "onnxruntime": ("personalization/embed.py",),
    "pypdf": ("documents/",),
    "mammoth": ("documents/",),
    "tokenizers": ("personalization/embed.py", "backends/mlx/"),
    "mlx": ("backends/mlx/",),
    "mlx_lm": ("backends/mlx/",),
}
LONG = {
    "domain.py": "the nouns of the whole product: one place to look for any of them",
}


def sources() -> list[Path]:
    folders = [name for name in ALLOWED if (ROOT / name).is_dir()]
    return sorted([*ROOT.glob("*.py"), *(path for name in folders for path in (ROOT / name).rglob("*.py"))])


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_inwards(path: Path) -> None:
    place = path.relative_to(ROOT)
    layer = place.parts[0].removesuffix(".py")
    for name in imports(path):
        top = name.partition(".")[0]
        if top in ALLOWED and top != layer:
            assert top in ALLOWED[layer], f"{place} may not import {top}"
        for library, rooms in ROOMS.items():
            if top == library:
                assert place.as_posix().startswith(rooms), f"{place} may not import {library}"


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_says_what_it_does_and_can_be_read_at_one_sitting(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), f"{path.name} does not begin with a docstring"
    assert len(text.splitlines()) <= 300 or path.relative_to(ROOT).as_posix() in LONG, f"{path.name} is too long"
