"""A child for the tests of backends/child.py: sends back what it gets, and does what `do` says."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time

from backends.child import Json, Parent

PR_GET_DUMPABLE = 3  # linux/prctl.h


def main() -> None:
    def urgent(message: Json) -> bool:
        if message.get("do") == "hurry":
            parent.send({"hurried": True})
            return True
        if message.get("do") == "fail":
            raise RuntimeError("in the reading thread")
        return False

    parent = Parent(urgent, low_priority="low" in sys.argv)
    parent.send({"hello": sys.argv[1:]})
    while True:
        message = parent.receive()
        match message.get("do"):
            case "print":
                print("a stray print", flush=True)
                os.write(1, b"a stray write\n")
                subprocess.run([sys.executable, "-c", "print('a stray grandchild')"], check=True)
            case "abort":
                os.abort()
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "half":
                os.write(parent._pipe.fileno(), b'{"half": tr')
                os._exit(7)
            case "sleep":
                time.sleep(message["seconds"])
            case "connect":
                try:
                    socket.create_connection((message["host"], message["port"]), timeout=1).close()
                    message["error"] = ""
                except OSError as error:
                    message["error"] = str(error)
            case "priority":
                message["nice"] = os.nice(0) if hasattr(os, "nice") else None
            case "dumpable":
                message["dumpable"] = ctypes.CDLL(None).prctl(PR_GET_DUMPABLE)
        parent.send(message)


if __name__ == "__main__":
    main()
