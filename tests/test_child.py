"""The pipe to a child process holds, whichever end dies, and whenever."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from backends.child import ROOT, Child

PATIENCE = 20.0  # seconds; the machine may be busy


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    child = Child("tests.echo", ["one", "two words"], log=tmp_path / "new folder" / "child.log")
    assert child.receive(PATIENCE) == {"hello": ["one", "two words"]}
    yield child
    child.close()


def ask(child: Child, **message: object) -> dict[str, object]:
    child.send(message)
    return child.receive(PATIENCE)


def test_messages_come_back_as_they_were_sent(child: Child) -> None:
    for text in ("", "déjà vu 🌱", "line\nbreak\u2028", "half a pair: \ud83c", "x" * 3_000_000):
        assert ask(child, text=text) == {"text": text}


def test_stray_prints_go_to_the_log_and_do_not_disturb(child: Child, tmp_path: Path) -> None:
    assert ask(child, do="print") == {"do": "print"}
    log = (tmp_path / "new folder" / "child.log").read_text()
    assert [line for line in log.splitlines() if "stray" in line] == [
        "a stray print",
        "a stray write",
        "a stray grandchild",
    ]


def test_an_urgent_message_overtakes_a_busy_main_thread(child: Child) -> None:
    child.send({"do": "sleep", "seconds": PATIENCE})
    assert ask(child, do="hurry") == {"hurried": True}


def test_waiting_for_a_message_ends_in_time(child: Child) -> None:
    with pytest.raises(TimeoutError):
        child.receive(0.05)


@pytest.mark.parametrize(
    ("do", "crashed", "reason"),
    [("abort", True, "crashed (SIGABRT)"), ("die", False, "was killed, or the machine ran out of memory (SIGKILL)")],
)
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_the_end_of_a_child_is_told_in_words(child: Child, do: str, crashed: bool, reason: str) -> None:
    assert child.exit_reason() == "is running"
    child.send({"do": do})
    for _ in range(2):  # each receiver learns it
        with pytest.raises(EOFError) as end:
            child.receive(PATIENCE)
        assert str(end.value) == reason
    assert child.crashed() is crashed
    assert not child.alive()
    assert child.memory_bytes() == 0


def test_a_line_that_was_cut_off_by_death_is_dropped(child: Child) -> None:
    child.send({"do": "half"})
    with pytest.raises(EOFError, match="ended with code 7"):
        child.receive(PATIENCE)


def test_a_fault_in_the_reading_thread_ends_the_child_and_is_logged(child: Child, tmp_path: Path) -> None:
    child.send({"do": "fail"})
    with pytest.raises(EOFError, match="ended with code 1"):
        child.receive(PATIENCE)
    assert "in the reading thread" in (tmp_path / "new folder" / "child.log").read_text()


def test_a_dead_child_can_be_talked_to_without_harm(child: Child) -> None:
    child.close()
    child.send({"text": "x" * 1_000_000})
    child.suspend()
    child.resume()
    child.kill()
    child.close()


def test_a_suspended_child_neither_blocks_sending_nor_closing(child: Child) -> None:
    child.suspend()
    child.send({"text": "x" * 1_000_000})
    with pytest.raises(TimeoutError):
        child.receive(0.2)
    child.resume()
    assert child.receive(PATIENCE) == {"text": "x" * 1_000_000}
    child.suspend()
    child.close()
    assert not psutil.pid_exists(child.pid)


def test_memory_is_told_in_bytes(child: Child) -> None:
    assert 2**20 < child.memory_bytes() < 2**30


def test_a_module_that_cannot_run_is_an_end_with_a_log(tmp_path: Path) -> None:
    child = Child("backends.no_such_module", log=tmp_path / "log")
    with pytest.raises(EOFError, match="ended with code 1"):
        child.receive(PATIENCE)
    assert "no_such_module" in (tmp_path / "log").read_text()


def test_a_log_that_cannot_be_written_is_an_error_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        Child("tests.echo", log=tmp_path / "file" / "log")


def test_what_the_child_before_printed_is_kept_until_another_one_prints(tmp_path: Path) -> None:
    log, kept = tmp_path / "log", tmp_path / "log.1"
    for module in ("backends.no_such_module", "tests.echo", "tests.echo"):
        child = Child(module, log=log)
        with contextlib.suppress(EOFError):
            child.receive(PATIENCE)
        child.close()
    assert "no_such_module" in kept.read_text()
    log.write_text("the next trace")
    Child("tests.echo", log=log).close()
    assert kept.read_text() == "the next trace"


def test_a_child_is_sealed_off_the_network(child: Child) -> None:
    assert "Homegrown is sealed" in str(ask(child, do="connect", host="192.0.2.1", port=9)["error"])
    with socket.create_server(("127.0.0.1", 0)) as here:
        assert ask(child, do="connect", host="127.0.0.1", port=here.getsockname()[1])["error"] == ""


@pytest.mark.skipif(sys.platform != "linux", reason="psutil reads limits on Linux only")
def test_a_child_never_dumps_core(child: Child) -> None:
    assert psutil.Process(child.pid).rlimit(psutil.RLIMIT_CORE) == (0, 0)
    assert ask(child, do="dumpable")["dumpable"] == 0, "the limit does not bind programs to which cores are piped"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_child_of_low_priority_goes_first_when_memory_runs_out(tmp_path: Path) -> None:
    child = Child("tests.echo", ["low"], log=tmp_path / "log")
    child.receive(PATIENCE)
    assert ask(child, do="priority")["nice"] == 19
    assert Path(f"/proc/{child.pid}/oom_score_adj").read_text().strip() == "1000"
    child.close()


@pytest.mark.parametrize("busy", [False, True])
def test_a_child_dies_with_its_parent(tmp_path: Path, busy: bool) -> None:
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from backends.child import Child\n"
        "child = Child('tests.echo', log=Path(sys.argv[1]))\n"
        "child.receive()\n"
        f"child.send({{'do': 'sleep', 'seconds': {300 if busy else 0}}})\n"
        "print(child.pid, flush=True)\n"
        "os._exit(0)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "log")]
    pid = int(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60).stdout)
    deadline = time.monotonic() + PATIENCE
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the child outlived its parent"
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
def test_ctrl_c_in_the_terminal_does_not_reach_the_child(child: Child) -> None:
    assert os.getpgid(child.pid) != os.getpgid(0)
