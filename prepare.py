"""Makes a home folder ready: its folders and its log, private to this user of the computer."""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

from errors import StorageTrouble

CORE_FILTER = Path("/proc/self/coredump_filter")  # which kinds of memory a core holds; 0: none (core(5))


def prepare(home: Path) -> None:
    """Folders and log of a home; everything private to this user of the computer, whoever writes it."""
    os.umask(0o077)
    never_dump_core()
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name != "nt" and home.stat().st_mode & 0o077 and home.stat().st_uid == os.getuid():
            home.chmod(0o700)  # it was made by hand, open to others
        for name in ("logs", "cache", "tmp"):
            (home / name).mkdir(exist_ok=True, mode=0o700)
        log = logging.handlers.RotatingFileHandler(home / "logs" / "homegrown.log", maxBytes=1 << 20, backupCount=2)
    except OSError as error:
        raise StorageTrouble(f"{home} cannot be used ({error.strerror}); choose another folder with --home.") from error
    logging.basicConfig(level=logging.INFO, handlers=[log], format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.raiseExceptions = False  # a full disk must not print tracebacks at people
    threading.excepthook = _log_defect


def never_dump_core() -> None:
    """A core file would hold people's words and keys. The children see to themselves (backends/child.py)."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # That limit does not bind programs to which a system pipes cores; to those no memory is given. Not by
        # PR_SET_DUMPABLE, as in the children: the engine could then not open our memory files (storage/opened.py).
        with suppress(OSError):  # some sandboxes keep /proc read-only; the limit still holds
            CORE_FILTER.write_text("0", encoding="ascii")


def _log_defect(failed: threading.ExceptHookArgs) -> None:
    name = failed.thread.name if failed.thread else "a thread"
    value = failed.exc_value or failed.exc_type()
    logging.getLogger("homegrown").error("%s failed", name, exc_info=(failed.exc_type, value, failed.exc_traceback))
