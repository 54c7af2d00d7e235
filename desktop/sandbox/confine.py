"""Gives up all rights but a few, then becomes the program that is to run: the last step into the sandbox.

Run by the guard as `python -I -S confine.py FD`, with nothing but Python's own library. FD is a socket to the guard:

    sent       the folder that it was started in, as an open file
    received   what to give up and what to become, as JSON, up to the end of the stream
    sent       why it failed; where it did not, the socket just closes as the program takes this one's place

Landlock is spoken to by number, since C libraries have no names for it (linux/landlock.h of the kernel).
"""

import base64
import ctypes
import json
import os
import resource
import signal
import struct
import sys
from socket import send_fds, socket
from typing import Any, Final

CHUNK: Final = 65536
OPEN_FILES: Final = 128  # each may be a pipe or a socket full of bytes, which no limit on memory sees
NOBODY: Final = 65534
SECONDS_TO_SEE_IT: Final = 1  # after the signal that says that processor time is up

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 1, 38, 22
SECCOMP_MODE_FILTER: Final = 2

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_WANTED: Final = 1
BENEATH: Final = 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE, IOCTL_DEV = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
OF_FILES: Final = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
RIGHTS_BY_VERSION: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
TCP, SCOPES = 0b11, 0b11  # bind and connect; abstract sockets and signals
TCP_SINCE: Final = 4
SCOPES_SINCE: Final = 6

_library = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Do as the guard says. What goes wrong is told to it, and nothing runs."""
    guard = socket(fileno=int(sys.argv[1]))
    guard.set_inheritable(False)
    try:
        here = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
        send_fds(guard, [b"."], [here])
        os.close(here)
        orders = json.loads(_received(guard))
        _give_up(orders)
        os.execve(orders["argv"][0], orders["argv"], orders["environment"])  # noqa: S606 - which the sandbox is for
    except (OSError, ValueError, KeyError) as error:
        guard.sendall(f"{type(error).__name__}: {error}".encode())
        os._exit(1)


def _received(guard: socket) -> bytes:
    pieces = []
    while piece := guard.recv(CHUNK):
        pieces.append(piece)
    return b"".join(pieces)


def _give_up(orders: dict[str, Any]) -> None:
    """Rights go in the order in which each needs those that are still there."""
    if orders["uid"] is not None:
        _become(orders["uid"])
    _call(_library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "end with the guard")
    os.umask(0o022)
    limits = orders["limits"]
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    _limit(resource.RLIMIT_MSGQUEUE, 0)
    _limit(resource.RLIMIT_NPROC, limits["processes"])
    _limit(resource.RLIMIT_CPU, limits["cpu_seconds"], SECONDS_TO_SEE_IT)
    _limit(resource.RLIMIT_AS, limits["address_bytes"])
    _limit(resource.RLIMIT_FSIZE, limits["disk_bytes"])
    _call(_library.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "give up new privileges")
    if orders["landlock"] is not None:
        _restrict_files(**orders["landlock"])
    _restrict_calls(base64.b64decode(orders["filter"]))


def _become(uid: int) -> None:
    """Another user, of which there is no other process; `NOBODY` where this system has no room for so many users."""
    os.setgroups([])
    for number in (uid, NOBODY):
        try:
            os.setresgid(number, number, number)
            os.setresuid(number, number, number)
        except OSError:
            if number == NOBODY:
                raise
        else:
            return


def _limit(which: int, most: int, beyond: int = 0) -> None:
    """As much as was asked for, or less where less is left; `beyond` it comes the end that no program can put off."""
    left = resource.getrlimit(which)[1]
    soft, hard = (each if left == resource.RLIM_INFINITY else min(each, left) for each in (most, most + beyond))
    resource.setrlimit(which, (soft, hard))


def landlock_version() -> int:
    """Of the kernel's Landlock; 0 where there is none."""
    version: int = _library.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION_WANTED)
    return max(0, version)


def _restrict_files(readable: list[str], writable: list[str], devices: list[str]) -> None:
    """Let files be opened below these paths only, and nothing be reached by TCP, abstract socket or signal."""
    version = landlock_version()
    handled = RIGHTS_BY_VERSION[max(known for known in RIGHTS_BY_VERSION if known <= version)]
    tcp, scopes = TCP if version >= TCP_SINCE else 0, SCOPES if version >= SCOPES_SINCE else 0
    size = 24 if scopes else 16 if tcp else 8
    wanted = struct.pack("<QQQ", handled, tcp, scopes)[:size]
    rules = _call(_library.syscall(CREATE_RULESET, wanted, ctypes.c_size_t(size), 0), "make Landlock's rules")
    for paths, rights in (
        (readable, EXECUTE | READ_FILE | READ_DIR),
        (writable, handled),
        (devices, READ_FILE | WRITE_FILE),
    ):
        for path in paths:
            _allow(rules, path, rights & handled)
    _call(_library.syscall(RESTRICT_SELF, rules, 0), "follow Landlock's rules")
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    file = os.open(path, os.O_PATH | os.O_CLOEXEC)
    if not os.path.isdir(path):  # noqa: PTH112 - pathlib takes longer to import than all the rest
        rights &= OF_FILES
    rule = struct.pack("<Qi", rights, file)
    _call(_library.syscall(ADD_RULE, rules, BENEATH, rule, 0), f"add {path} to Landlock's rules")
    os.close(file)


def _restrict_calls(calls: bytes) -> None:
    """Let the kernel refuse the system calls that this filter names, now and in all that is started from here."""
    buffer = ctypes.create_string_buffer(calls, len(calls))
    program = struct.pack("@HP", len(calls) // 8, ctypes.addressof(buffer))
    refused = _library.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_char_p(program), 0, 0)
    _call(refused, "restrict system calls")


def _call(answer: int, what: str) -> int:
    if answer < 0:
        raise OSError(ctypes.get_errno(), f"could not {what}: {os.strerror(ctypes.get_errno())}")
    return answer


if __name__ == "__main__":
    main()
