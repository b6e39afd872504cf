"""Installing: which Python and packages are taken, what a person is told, and how a broken run is repaired."""

from __future__ import annotations

import ast
import json
import socket
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

import install
from installing.choices import (
    CannotInstall,
    Interpreter,
    backend_of,
    check_machine,
    choose_python,
    compiler_sentence,
    fits,
    is_current,
    lists_wheel,
    needs_mlx,
    pins,
)
from installing.facts import fetch_pages

ROOT = Path(__file__).parent.parent
PIN = "llama-cpp-python==0.3.36"


def python(version: str = "3.11", **facts: Any) -> Interpreter:
    fitting = Interpreter((f"python{version}",), "CPython", version, 64, "x86_64", free_threaded=False, pip=True)
    return fitting._replace(**facts)


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize(
    ("system", "machine"),
    [("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "arm64"), ("Windows", "AMD64")],
)
def test_the_supported_pythons_fit_on_the_supported_machines(version: str, system: str, machine: str) -> None:
    assert fits(python(version, machine=machine), system)


@pytest.mark.parametrize(
    "facts",
    [
        {"version": "3.10"},
        {"version": "3.14"},
        {"bits": 32},
        {"machine": "i686"},
        {"implementation": "PyPy"},
        {"free_threaded": True},
    ],
)
def test_a_python_without_packages_does_not_fit(facts: dict[str, Any]) -> None:
    assert not fits(python(**facts), "Linux")


def test_the_first_fitting_python_is_taken() -> None:
    found = [python("3.9"), python("3.14"), python("3.12"), python("3.11")]
    assert choose_python(found, "Linux", "x86_64").version == "3.12"


def test_a_python_that_can_make_environments_is_preferred() -> None:
    found = [python("3.13", pip=False), python("3.11")]
    assert choose_python(found, "Linux", "x86_64").version == "3.11"


@pytest.mark.parametrize(
    ("found", "system", "chip", "words"),
    [
        ([python("3.9")], "Linux", "x86_64", ["3.11, 3.12 or 3.13", "3.9", "apt install python3 ", "dnf"]),
        ([], "Windows", "x86_64", ["found: none", "winget install Python.Python"]),
        ([python("3.11", bits=32)], "Windows", "x86_64", ["32-bit", "winget"]),
        ([python("3.12", machine="x86_64")], "Darwin", "arm64", ["build for arm64", "x86_64", "brew install"]),
        ([python("3.12", pip=False)], "Linux", "x86_64", ["apt install python3.12-venv"]),
    ],
)
def test_without_a_fitting_python_one_sentence_names_the_remedy(
    found: list[Interpreter], system: str, chip: str, words: list[str]
) -> None:
    with pytest.raises(CannotInstall) as problem:
        choose_python(found, system, chip)
    sentence = str(problem.value)
    assert all(word in sentence for word in words), sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("system", "chip", "macos", "words"),
    [
        ("Darwin", "x86_64", "15.1", ["Intel Macs are not supported", "Apple Silicon"]),
        ("Darwin", "arm64", "13.6.1", ["macOS 14", "13.6.1", "update"]),
        ("Linux", "riscv64", "", ["riscv64 is not supported", "x86-64"]),
        ("Windows", "arm64", "", ["Windows on arm64 is not supported"]),
        ("FreeBSD", "x86_64", "", ["FreeBSD on x86_64 is not supported"]),
    ],
)
def test_an_unsupported_machine_is_told_what_is_supported(system: str, chip: str, macos: str, words: list[str]) -> None:
    with pytest.raises(CannotInstall) as problem:
        check_machine(system, chip, macos)
    assert all(word in str(problem.value) for word in words), problem.value


@pytest.mark.parametrize(
    ("system", "chip", "macos"), [("Darwin", "arm64", "14.0"), ("Linux", "arm64", ""), ("Windows", "x86_64", "")]
)
def test_a_supported_machine_passes(system: str, chip: str, macos: str) -> None:
    check_machine(system, chip, macos)


@pytest.mark.parametrize(
    ("system", "remedy"),
    [("Linux", "apt install g++"), ("Darwin", "xcode-select --install"), ("Windows", "BuildTools")],
)
def test_a_missing_compiler_is_told_with_its_remedy(system: str, remedy: str) -> None:
    assert remedy in compiler_sentence(system, None)


def test_a_broken_CXX_is_named() -> None:
    assert "/opt/odd/c++" in compiler_sentence("Linux", "/opt/odd/c++")


@pytest.mark.parametrize(
    ("file", "system", "machine"),
    [
        ("llama_cpp_python-0.3.36-py3-none-linux_x86_64.whl", "Linux", "x86_64"),
        ("llama_cpp_python-0.3.36-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "Linux", "x86_64"),
        ("llama_cpp_python-0.3.36%2Bcpu-cp311-cp311-manylinux_2_28_aarch64.whl", "Linux", "aarch64"),
        ("llama_cpp_python-0.3.36-py3-none-macosx_11_0_arm64.whl", "Darwin", "arm64"),
        ("llama_cpp_python-0.3.36-py3-none-win_amd64.whl", "Windows", "AMD64"),
    ],
)
def test_a_wheel_for_this_machine_is_found_on_the_page(file: str, system: str, machine: str) -> None:
    page = f'<a href="https://example.org/files/{file}#sha256=00">{file}</a><br>'
    assert lists_wheel(page, PIN, python(machine=machine), system)


@pytest.mark.parametrize(
    "file",
    [
        "llama_cpp_python-0.3.35-py3-none-linux_x86_64.whl",
        "llama_cpp_python-0.3.36-cp312-cp312-linux_x86_64.whl",
        "llama_cpp_python-0.3.36-cp311-cp311t-linux_x86_64.whl",
        "llama_cpp_python-0.3.36-py3-none-musllinux_1_2_x86_64.whl",
        "llama_cpp_python-0.3.36-py3-none-linux_aarch64.whl",
        "llama_cpp_python-0.3.36-py3-none-win_amd64.whl",
        "llama_cpp_python-0.3.36-py3-none-macosx_11_0_x86_64.whl",
        "other-0.3.36-py3-none-linux_x86_64.whl",
        "llama_cpp_python-0.3.36.tar.gz",
        "nonsense.whl",
    ],
)
def test_a_wheel_for_another_machine_is_not_taken(file: str) -> None:
    assert not lists_wheel(f'<a href="{file}">{file}</a>', PIN, python(), "Linux")


def test_a_page_that_did_not_answer_offers_nothing() -> None:
    assert not lists_wheel("", PIN, python(), "Linux")


def test_pins_are_read_past_comments_markers_and_capitals() -> None:
    text = "# why\nTorch==2.13.0\n\nnumpy == 2.4.6 ; python_version >= '3.11'  # arrays\n"
    assert pins(text) == {"torch": "2.13.0", "numpy": "2.4.6"}


def test_every_requirement_is_pinned_and_no_pin_is_said_twice() -> None:
    names = [
        name for file in sorted(ROOT.glob("*requirements*.txt")) for name in pins(file.read_text(encoding="utf-8"))
    ]
    names += pins((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    assert sorted(names) == sorted(set(names))


def imported_libraries() -> set[str]:
    """Top-level names that our code imports and that are neither ours nor Python's own."""
    folders = [path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")]
    files = [*ROOT.glob("*.py"), *(file for folder in folders for file in folder.rglob("*.py"))]
    names: set[str] = set()
    for node in (node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - {file.stem for file in ROOT.glob("*.py")} - {f.name for f in folders}


def test_every_library_that_is_imported_is_a_direct_requirement() -> None:
    packages = packages_distributions()
    needed = {packages[name][0].lower().replace("_", "-") for name in imported_libraries()}
    direct = {name for file in ROOT.glob("requirements*.txt") for name in pins(file.read_text(encoding="utf-8"))}
    assert "tinydb" in needed
    assert needed <= direct, f"missing in requirements: {sorted(needed - direct)}"


def test_a_stamp_counts_only_for_what_was_installed() -> None:
    wanted = {"run": "1", "dev": "2"}
    assert is_current({"run": "1"}, wanted, dev=False)
    assert is_current({"run": "1", "dev": "2"}, wanted, dev=True)
    assert not is_current({"run": "1"}, wanted, dev=True)
    assert not is_current({"run": "0", "dev": "2"}, wanted, dev=False)
    assert not is_current({}, wanted, dev=False)


@pytest.mark.parametrize("content", ["", "{", "[1]", "null"])
def test_a_damaged_stamp_counts_as_none(tmp_path: Path, content: str) -> None:
    environment = install.Environment(tmp_path)
    environment.stamp.write_text(content, encoding="utf-8")
    assert environment.read_stamp() == {}


def test_a_package_left_half_written_is_fetched_again(tmp_path: Path) -> None:
    environment = install.Environment(tmp_path)
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    for name in ("whole-1.0.dist-info", "half_done-2.0.dist-info", "~orch"):
        (packages / name).mkdir(parents=True)
    (packages / "whole-1.0.dist-info" / "INSTALLER").write_text("pip\n", encoding="utf-8")
    assert environment.installed() == {"whole": "1.0", "half-done": "2.0"}
    assert environment.drop_half_written() == ["half_done"]
    assert [folder.name for folder in packages.iterdir()] == ["whole-1.0.dist-info"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the requirement files and no environment."""
    for name in {*install.RUN_FILES, *install.DEV_FILES}:
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    return tmp_path


def with_environment(project: Path, monkeypatch: pytest.MonkeyPatch, dev: bool) -> install.Installation:
    """An installation whose environment answers and whose stamp is current."""
    installation = install.Installation(dev, project)
    installation.venv.folder.mkdir()
    installation.venv.stamp.write_text(json.dumps(installation.wanted()), encoding="utf-8")
    monkeypatch.setattr(install, "probe", lambda *command: python())
    return installation


def refuse(*args: object, **kwargs: object) -> None:
    raise AssertionError(f"nothing may be started, but was: {args}")


@pytest.mark.parametrize("dev", [False, True])
def test_a_second_run_starts_nothing_and_needs_no_network(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], dev: bool
) -> None:
    installation = with_environment(project, monkeypatch, dev)
    monkeypatch.setattr("subprocess.call", refuse)
    monkeypatch.setattr(install, "fetch_pages", refuse)
    installation.run()
    assert capsys.readouterr().out == ""


def test_a_changed_requirement_is_noticed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installation = with_environment(project, monkeypatch, dev=False)
    with (project / "requirements.txt").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    monkeypatch.setattr("subprocess.call", refuse)
    with pytest.raises(AssertionError, match="pip"):
        installation.run()


def test_a_full_disk_and_a_missing_compiler_are_told_before_anything_is_fetched(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = install.Installation(False, project)
    installation.system = "Linux"
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(installation, "make_environment", lambda: python())

    def failing_pip(*args: str) -> bool:
        calls.append(args)
        return False

    monkeypatch.setattr(installation, "pip", failing_pip)
    monkeypatch.setattr(install, "fetch_pages", lambda urls, seconds: {})
    monkeypatch.setattr(install, "compiler_works", lambda system: False)
    with pytest.raises(CannotInstall, match="no working C"):
        installation.run()
    assert ["--dry-run" in args for args in calls] == [True]
    monkeypatch.setattr(install, "DISK_GB", 10**9)
    with pytest.raises(CannotInstall, match="make room"):
        installation.run()
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("system", "dev", "backend", "mlx"),
    [
        ("Darwin", False, "mlx", True),
        ("Darwin", True, "mlx", True),
        ("Linux", False, "llama_cpp", False),
        ("Linux", True, "llama_cpp", True),
        ("Windows", True, "llama_cpp", False),
    ],
)
def test_mlx_is_installed_where_it_serves_and_where_it_is_tested(
    system: str, dev: bool, backend: str, mlx: bool
) -> None:
    assert (backend_of(system), needs_mlx(system, dev)) == (backend, mlx)


def test_apple_silicon_gets_mlx_and_neither_llama_cpp_nor_pytorch(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = install.Installation(False, project)
    installation.system = "Darwin"
    calls: list[str] = []
    (installation.venv.folder / "lib").mkdir(parents=True)
    monkeypatch.setattr(installation, "make_environment", lambda: python(machine="arm64"))
    monkeypatch.setattr(installation, "pip", lambda *args: calls.append(" ".join(args)) is None)
    monkeypatch.setattr(install.Environment, "installed", lambda self: {})
    monkeypatch.setattr(install, "fetch_pages", lambda urls, seconds: {} if not urls else refuse(urls))
    monkeypatch.setattr(install, "compiler_works", refuse)
    installation.run()
    assert any("requirements-mlx.txt" in call for call in calls)
    assert not any("torch" in call or "llama" in call for call in calls)
    for line in (project / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(("torch", "peft", "llama")):
            assert line.endswith('; sys_platform != "darwin"')


@pytest.mark.parametrize("file", ["install.py", "installing/choices.py", "installing/facts.py"])
def test_an_old_python_can_read_the_installer(file: str) -> None:
    ast.parse((ROOT / file).read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.fixture
def silent_server() -> Iterator[str]:
    """The address of something that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_only_pages_that_answer_in_time_count(tmp_path: Path, silent_server: str) -> None:
    page = tmp_path / "index.html"
    page.write_text("<a>here</a>", encoding="utf-8")
    urls = [page.as_uri(), silent_server, (tmp_path / "missing.html").as_uri()]
    assert fetch_pages(urls, 0.5) == {page.as_uri(): "<a>here</a>"}
