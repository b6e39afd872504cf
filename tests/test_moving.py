"""Moving from one machine to another on the command line: passphrases by a file descriptor, exit codes, sentences."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from people import passphrases

ROOT = Path(__file__).parent.parent
SECRET = "correct horse battery"


def app(home: Path, *words: str, secrets: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "app.py"), *words, "--home", str(home), "--backend", "scripted"]
    handles: tuple[int, ...] = ()
    if secrets:
        read, write = os.pipe()
        os.write(write, "".join(f"{secret}\n" for secret in secrets).encode())
        os.close(write)
        handles, command = (read,), [*command, "--passphrase-fd", str(read)]
    try:
        return subprocess.run(
            command, cwd=home.parent, pass_fds=handles, capture_output=True, text=True, encoding="utf-8"
        )
    finally:
        for handle in handles:
            os.close(handle)


@pytest.mark.skipif(os.name == "nt", reason="file descriptors are not handed on there")
def test_a_person_moves_from_one_home_to_another(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    app(old, "memory", "add", "I sail.", "--person", "Ada")
    done = app(old, "export", "ada.homegrown", secrets=(SECRET,))  # a path from where one stands
    assert (done.returncode, done.stderr) == (0, "")
    assert f"is in {tmp_path / 'ada.homegrown'}." in done.stdout
    assert app(old, "export", "ada.homegrown", secrets=(SECRET,)).returncode == 2
    wrong = app(new, "import", "ada.homegrown", secrets=("wrong horse",))
    assert (wrong.returncode, wrong.stdout) == (5, "") and "not the passphrase of ada.homegrown" in wrong.stderr
    told = json.loads(app(new, "import", "ada.homegrown", "--json", secrets=(SECRET,)).stdout)
    assert (told["person"], told["memories"], told["serving"]) == ("Ada", 1, "base")
    (fact,) = json.loads(app(new, "memory", "list", "--json").stdout)
    assert fact["text"] == "I sail."
    forgot = app(new, "memory", "forget", fact["id"])
    assert f"What you exported may still hold it: {tmp_path / 'ada.homegrown'} (" in forgot.stdout


@pytest.mark.skipif(os.name == "nt", reason="file descriptors are not handed on there")
def test_somebody_who_is_locked_exports_with_their_passphrase_and_then_that_of_the_file(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "file"
    app(home, "people", "add", "Ada", secrets=("my passphrase",))
    locked = app(home, "export", str(file), "--plain", secrets=())
    assert locked.returncode == 5 and not file.exists()
    assert app(home, "export", str(file), secrets=("my passphrase", SECRET)).returncode == 0
    taken = app(tmp_path / "new", "import", str(file), "--json", secrets=(SECRET,))
    assert len(json.loads(taken.stdout)["recovery_code"]) == 39


def test_without_a_passphrase_nothing_is_exported_or_imported(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for command in ("export", "import"):
        done = app(home, command, "file")
        assert (done.returncode, done.stdout) == (5, "") and "--passphrase-fd" in done.stderr
    assert not (tmp_path / "file").exists()


def test_plain_files_need_none(tmp_path: Path) -> None:
    done = app(tmp_path / "home", "export", "--plain", "open", "--person", "Ada", "--json")
    assert json.loads(done.stdout)["path"] == str(tmp_path / "open")
    assert (tmp_path / "open" / "README.md").read_text("utf-8").startswith("# Ada\n")


def test_what_a_terminal_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrases.getpass, "getpass", lambda prompt: prompt.partition(" (")[0].removesuffix(": "))
    monkeypatch.setattr(passphrases, "twice", lambda prompt: prompt)
    assert passphrases.asked("export", {"plain": False}) == ["Your passphrase", "Passphrase for the file"]
    assert passphrases.asked("export", {"plain": True}) == ["Passphrase"]
    assert passphrases.asked("import", {})[0] == "Passphrase of the file"
