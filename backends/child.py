"""A child process that speaks JSON lines over its standard pipes: `Child` is the app's end, `Parent` the child's end.

Either end may die at any moment: the app then sees the end of the messages, the child ends itself at once.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import IO, Any

import psutil

from network import connections
from network.offline import seal
from network.telling import SEALED, heard, told

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parent.parent
PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4  # linux/prctl.h
WINDOWS_CRASH = 0xC0000000  # NTSTATUS codes from here on are faults such as an access violation
WINDOWS_ABORT = 3  # exit code of the C function abort()


class Child:
    """Runs `python -m module args` from the repository root; what it prints goes to the file `log`.

    What the child before it printed is kept beside it, as `log` with ".1" at the end.

    What it says of the network goes to the record in offline.py, under the module's name without "_main". All other
    messages go to `deliver`, called in a thread of the child's own, and None last, once the child has ended and
    been reaped; without `deliver` they wait for `receive`. Raises OSError if the process cannot be started.
    """

    def __init__(
        self, module: str, args: Sequence[str] = (), *, log: Path, deliver: Callable[[Json | None], None] | None = None
    ) -> None:
        self._received: queue.SimpleQueue[Json | None] = queue.SimpleQueue()
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._deliver = deliver or self._received.put
        self._name = module.rpartition(".")[2].removesuffix("_main")
        self._ended = threading.Event()
        started: Future[subprocess.Popen[bytes]] = Future()
        # The reading thread also starts the process: Linux sends the parent-death signal when the *thread* ends that
        # started a child, and this one lives as long as the child does.
        command = [sys.executable, "-m", module, *args]
        threading.Thread(target=self._read, args=(command, log, started), name=module, daemon=True).start()
        self._process = started.result()

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return not self._ended.is_set()

    def send(self, message: Mapping[str, Any]) -> None:
        """Queues the message and returns at once; if the child is gone, it is dropped."""
        self._outgoing.put(encoded(message))

    def receive(self, timeout: float | None = None) -> Json:
        """The next message. Raises TimeoutError after `timeout` seconds, EOFError when the child has ended."""
        try:
            message = self._received.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError(f"no message within {timeout} s") from None
        if message is None:
            self._received.put(None)  # for whoever asks next
            raise EOFError(self.exit_reason())
        return message

    def suspend(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(self.pid).suspend()

    def resume(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(self.pid).resume()

    def memory_bytes(self) -> int:
        """Resident memory; 0 once the child has ended."""
        with contextlib.suppress(psutil.NoSuchProcess):
            if self.alive():
                return int(psutil.Process(self.pid).memory_info().rss)
        return 0

    def kill(self) -> None:
        """Ends the child without waiting; also when it is suspended or stuck."""
        self._process.kill()

    def close(self) -> None:
        """Ends the child and waits until it is gone. It owns nothing that needs a farewell."""
        self.kill()
        self._ended.wait()

    def crashed(self) -> bool:
        """Whether native code ended the child: a bad address, an illegal instruction, an abort."""
        code = self._process.returncode
        if code is None:
            return False
        if sys.platform == "win32":
            return code == WINDOWS_ABORT or code >= WINDOWS_CRASH
        faults = (signal.SIGSEGV, signal.SIGILL, signal.SIGBUS, signal.SIGFPE, signal.SIGABRT, signal.SIGTRAP)
        return -code in faults

    def killed(self) -> bool:
        """Whether it was ended without a word, as systems do when memory runs out."""
        return sys.platform != "win32" and self._process.returncode == -signal.SIGKILL

    def exit_reason(self) -> str:
        """How the child ended, as the end of a sentence that begins with its name."""
        code = self._process.returncode
        if code is None:
            return "is running"
        if code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
            if name == "SIGKILL":
                return "was killed, or the machine ran out of memory (SIGKILL)"
            return f"crashed ({name})" if self.crashed() else f"was ended ({name})"
        return f"crashed (code {code:#x})" if self.crashed() else f"ended with code {code}"

    def _read(self, command: list[str], log: Path, started: Future[subprocess.Popen[bytes]]) -> None:
        try:
            process = launch(command, log)
        except OSError as error:
            started.set_exception(error)
            return
        started.set_result(process)
        threading.Thread(target=self._write, args=(process.stdin,), daemon=True).start()
        assert process.stdout is not None
        with process.stdout as pipe:
            for line in complete_lines(pipe):
                message = json.loads(line)
                if not heard(self._name, message):
                    self._deliver(message)
        process.kill()  # if it only closed its pipe
        process.wait()
        self._ended.set()
        self._outgoing.put(None)
        self._deliver(None)

    def _write(self, pipe: IO[bytes]) -> None:
        # A thread of its own, because a write to a suspended child blocks. A broken pipe is no news here: the reading
        # thread sees the end.
        with contextlib.suppress(OSError), pipe:
            while (line := self._outgoing.get()) is not None:
                pipe.write(line)
                pipe.flush()


def launch(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True)
    # An error sentence may point at the trace of a crash that the next start follows at once. A child that said nothing
    # does not push it out.
    if log.exists() and log.stat().st_size:
        log.replace(log.with_name(f"{log.name}.1"))
    # A process group of its own keeps Ctrl-C in the terminal for the app. Not a session: on desktops each session gets
    # an equal share of the CPU, whatever the priorities.
    group: int | None = 0
    flags = 0
    if sys.platform == "win32":
        group, flags = None, subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    with log.open("wb") as errors:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=ROOT,
            process_group=group,
            creationflags=flags,
        )


class Parent:
    """The child's end. Make it first thing in `main`: afterwards fd 1 is the log and stray prints do no harm, and the
    process is sealed off the network.

    `urgent` is called in the reading thread with every message; if it returns True the message is done with. When the
    app goes away the process ends, whatever it is doing. `low_priority`: gives way to everything else on the machine,
    and is the first to go when memory runs out. `outside`: may reach the hosts that offline.expect names.
    """

    def __init__(
        self, urgent: Callable[[Json], bool] = lambda _: False, *, low_priority: bool = False, outside: bool = False
    ) -> None:
        faulthandler.enable()
        if low_priority:
            yield_to_others()
        never_dump_core()
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        self._pipe = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        requests = os.fdopen(os.dup(0), "rb")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        self._lock = threading.Lock()
        seal("child", lambda attempt: self.send(told(attempt)), outside=outside)
        self.send(SEALED)
        if not outside:  # its connections are told one by one, and it has no native code that opens others
            connections.watch("child")
        self._requests: queue.SimpleQueue[Json] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(requests, urgent), daemon=True).start()

    def send(self, message: Mapping[str, Any]) -> None:
        try:
            with self._lock:
                self._pipe.write(encoded(message))
                self._pipe.flush()
        except OSError:
            os._exit(0)  # the app is gone

    def receive(self) -> Json:
        """The next request; waits for it."""
        return self._requests.get()

    def poll(self) -> Json | None:
        """The next request if there is one."""
        try:
            return self._requests.get_nowait()
        except queue.Empty:
            return None

    def _read(self, pipe: IO[bytes], urgent: Callable[[Json], bool]) -> None:
        try:
            for line in complete_lines(pipe):
                message = json.loads(line)
                if not urgent(message):
                    self._requests.put(message)
        finally:  # the app is gone, or `urgent` failed; the main thread may be deep in native code
            failed = sys.exc_info()[0] is not None
            if failed:
                traceback.print_exc()
            os._exit(int(failed))


def encoded(message: Mapping[str, Any]) -> bytes:
    # ASCII only: half a surrogate pair, which UTF-8 cannot carry, survives as an escape.
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def complete_lines(pipe: IO[bytes]) -> Iterator[bytes]:
    """Lines until the end of the pipe; what a dying writer left unfinished is dropped."""
    while (line := pipe.readline()).endswith(b"\n"):
        yield line


def yield_to_others() -> None:
    process = psutil.Process()
    if sys.platform == "win32":
        process.nice(psutil.IDLE_PRIORITY_CLASS)
        process.ionice(psutil.IOPRIO_VERYLOW)
        return
    os.nice(19)
    if sys.platform == "linux":
        process.ionice(psutil.IOPRIO_CLASS_IDLE)
        with contextlib.suppress(OSError):  # some sandboxes keep /proc read-only; the priority still holds
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def never_dump_core() -> None:
    """A core file would hold what people said."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0)
