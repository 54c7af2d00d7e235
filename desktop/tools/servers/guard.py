"""Stands between Legwork and a server that is a program: however one of the two ends, the other does.

    guard.py PROGRAM ARGUMENT…

What comes on standard input is passed on to the server; its output goes where this process's does. When standard input
closes, as it does when Legwork ends in whatever way, the server's does, and what has not ended a moment later is
killed: the server and all that it started. Imports nothing of Legwork.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NoReturn

import psutil

PR_SET_PDEATHSIG: Final = 1
PR_SET_CHILD_SUBREAPER: Final = 36
GRACE_SECONDS: Final = 2.0
END_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 0.02
CHUNK: Final = 65_536
CANNOT_START: Final = 127
BY_SIGNAL: Final = 128
"""What the exit code is more than, where a signal ended the server: as a shell says it."""


def main() -> None:
    """Start the server, and stay until either ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt at the terminal is for Legwork to handle
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
    if prctl is not None:
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # what its server leaves behind falls to this process
    try:
        server = subprocess.Popen(  # noqa: S603 - the person listed it
            sys.argv[1:], stdin=subprocess.PIPE, preexec_fn=None if prctl is None else dying_with(os.getpid(), prctl)
        )
    except OSError as error:
        print(f"{sys.argv[1]}: {error.strerror}", file=sys.stderr)  # noqa: T201 - a program's last words
        leave(CANNOT_START)
    threading.Thread(target=pass_on, args=[server], name="input of the server", daemon=True).start()
    code = server.wait()
    end_rest()
    leave(code if code >= 0 else BY_SIGNAL - code)


def dying_with(guard: int, prctl: Callable[..., int]) -> Callable[[], None]:
    """What the kernel is told between the start of a server and its first instruction: to end it with this process."""

    def tell() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guard:
            os._exit(1)

    return tell


def pass_on(server: "subprocess.Popen[bytes]") -> None:
    """Give the server what Legwork says, and end it when Legwork says nothing more."""
    assert server.stdin is not None  # noqa: S101 - asked for at the start
    with suppress(OSError):  # it has closed its input, or ended
        while chunk := os.read(0, CHUNK):
            server.stdin.write(chunk)
            server.stdin.flush()
    while os.read(0, CHUNK):  # a server without ears still ends with Legwork
        pass
    with suppress(OSError):
        server.stdin.close()
    with suppress(subprocess.TimeoutExpired):
        server.wait(GRACE_SECONDS)
    end_rest()


def end_rest() -> None:
    """Kill whatever the server started and left, and the server too where it is still there."""
    deadline = time.monotonic() + END_SECONDS
    with suppress(psutil.Error):
        while (left := living()) and time.monotonic() < deadline:
            for process in left:
                with suppress(psutil.Error):
                    process.kill()
            time.sleep(LOOK_SECONDS)


def living() -> list[psutil.Process]:
    """All processes below this one that have not ended."""
    return [each for each in psutil.Process().children(recursive=True) if is_living(each)]


def is_living(process: psutil.Process) -> bool:
    """Whether the process has not ended; one that only waits to be collected has."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def leave(code: int) -> NoReturn:
    """End at once: the thread that reads would hold up an orderly exit."""
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
