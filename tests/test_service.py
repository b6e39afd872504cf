"""Timers for nights without the app: written where each system looks, understood by its parsers, gone when removed."""

from __future__ import annotations

import configparser
import os
import plistlib
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from errors import StorageTrouble, Trouble
from upkeep.service import Change, call, install, name_of, remove

AWKWARD = ["/opt/my python/bin/python", "/srv/100% $HOME/app.py", "learn", "--home", 'a "quoted" \\ home']
PLATFORMS = ("linux", "darwin", "win32")


class System:
    """Notes what is asked of it, and answers with `codes` for commands that begin so."""

    def __init__(self, **codes: int) -> None:
        self.codes, self.asked = codes, []  # type: ignore[var-annotated]

    def __call__(self, command: Sequence[str]) -> int:
        self.asked.append(list(command))
        return next((code for word, code in self.codes.items() if word in command), 0)


@pytest.fixture
def user(tmp_path: Path) -> Path:
    return tmp_path / "user"


@pytest.fixture
def home(tmp_path: Path) -> Path:  # overrides the common one: the folder is there, as in a used home
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def put(platform: str, home: Path, user: Path, system: System, command: Sequence[str] = AWKWARD) -> Change:
    return install(home, command, platform, {"HOME": str(user)}, system)


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_installing_twice_is_installing_once_and_removing_leaves_nothing(
    platform: str, home: Path, user: Path, tmp_path: Path
) -> None:
    first = put(platform, home, user, System())
    there = files(tmp_path)
    assert set(first.written) == set(there) and there
    assert put(platform, home, user, System()) == first
    assert files(tmp_path) == there
    system = System()
    gone = remove(home, platform, {"HOME": str(user)}, system)
    assert (set(gone.removed), files(tmp_path)) == (set(there), {})
    assert system.asked
    again = remove(home, platform, {"HOME": str(user)}, System())
    assert (again.removed, again.notes) == ((), ("There was none.",))


def test_two_homes_have_two_timers(home: Path, user: Path, tmp_path: Path) -> None:
    put("linux", home, user, System())
    put("linux", tmp_path / "other", user, System())
    remove(home, "linux", {"HOME": str(user)}, System())
    assert {path.stem for path in files(user)} == {name_of(tmp_path / "other")}


def test_the_systemd_units_run_the_command_and_take_an_ordinary_no_for_no_failure(home: Path, user: Path) -> None:
    system = System()
    change = put("linux", home, user, system, ["/usr/bin/python3", "app.py", "learn", "--scheduled"])
    service, timer = (configparser.ConfigParser(interpolation=None) for _ in range(2))
    service.optionxform = timer.optionxform = str  # type: ignore[method-assign, assignment]
    service.read_string(change.written[0].read_text(encoding="utf-8"))
    timer.read_string(change.written[1].read_text(encoding="utf-8"))
    assert shlex.split(service["Service"]["ExecStart"]) == ["/usr/bin/python3", "app.py", "learn", "--scheduled"]
    assert service["Service"]["SuccessExitStatus"] == "3 4 6"
    assert timer["Timer"]["OnCalendar"] == "*:0/10"
    assert timer["Install"]["WantedBy"] == "timers.target"
    assert {path.parent for path in change.written} == {user / ".config" / "systemd" / "user"}
    assert [asked[2] for asked in system.asked] == ["enable", "daemon-reload", "start"]


def test_the_configuration_folder_of_the_desktop_counts(home: Path, tmp_path: Path) -> None:
    change = install(home, AWKWARD, "linux", {"XDG_CONFIG_HOME": str(tmp_path / "config")}, System())
    assert {path.parent for path in change.written} == {tmp_path / "config" / "systemd" / "user"}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
@pytest.mark.parametrize("command", [["/bin/true"], ["/bin/true", *AWKWARD]])
def test_systemd_itself_finds_nothing_wrong_with_the_units(
    home: Path, user: Path, tmp_path: Path, command: list[str]
) -> None:
    change = put("linux", home, user, System(), command)
    check = ["systemd-analyze", "--user", "--man=no", "verify", *map(str, change.written)]
    environ = {**os.environ, "HOME": str(user), "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(check, capture_output=True, text=True, env=environ)
    assert (done.returncode, done.stderr.strip()) == (0, "")


def test_a_systemd_that_cannot_be_reached_begins_at_the_next_login(home: Path, user: Path) -> None:
    change = put("linux", home, user, System(start=1))
    assert "next login" in change.notes[0]
    with pytest.raises(Trouble, match="systemd refused"):
        put("linux", home, user, System(enable=1))


def test_the_launch_agent_is_a_property_list_with_the_very_command(home: Path, user: Path) -> None:
    change = put("darwin", home, user, System())
    entry = plistlib.loads(change.written[0].read_bytes())
    assert (entry["ProgramArguments"], entry["StartInterval"]) == (AWKWARD, 600)
    assert change.written[0].name == f"{entry['Label']}.plist"
    assert any("not been tried" in note for note in change.notes)


def test_the_task_is_xml_that_names_program_and_arguments(home: Path, user: Path) -> None:
    system = System()
    change = put("win32", home, user, system, [r"C:\Program Files\python.exe", "app.py", "--home", r"C:\My & home"])
    root = ElementTree.fromstring(change.written[0].read_text(encoding="utf-16"))
    space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    action = root.find(f"{space}Actions/{space}Exec")
    assert action is not None
    assert action.findtext(f"{space}Command") == r"C:\Program Files\python.exe"
    assert action.findtext(f"{space}Arguments") == r'app.py --home "C:\My & home"'
    assert system.asked == [["schtasks", "/Create", "/TN", name_of(home), "/XML", str(change.written[0]), "/F"]]
    with pytest.raises(Trouble, match="refused the task"):
        put("win32", home, user, System(schtasks=1))


def test_a_system_without_the_command_and_a_folder_that_cannot_be_written_are_told_in_a_sentence(
    home: Path, user: Path
) -> None:
    with pytest.raises(Trouble, match="no timer for Homegrown"):
        call(["no-such-command-anywhere"])
    user.write_text("a file", encoding="utf-8")
    with pytest.raises(StorageTrouble, match="cannot be written"):
        put("linux", home, user, System())


def test_a_change_tells_what_was_written_and_removed() -> None:
    change = Change("linux", (Path("a"),), (Path("b"),), ("Note.",))
    assert change.json() == {"platform": "linux", "written": ["a"], "removed": ["b"], "notes": ["Note."]}
    assert change.text() == "Wrote a\nRemoved b\nNote."
