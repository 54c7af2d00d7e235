"""All processes that a sandboxed program consists of."""

import os
import signal
import time
from contextlib import suppress
from typing import Final

END_SECONDS: Final = 20.0
LOOK_SECONDS: Final = 0.05
FILE_BYTES_FREE: Final = 64 * 1024**2
"""Bytes of mapped files that a process may have before they count as memory: those of Python and numpy, and more."""

_TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")


class Tree:
    """All processes below this one; orphans among them, since they fall to this process."""

    def pids(self) -> list[int]:
        """Their numbers."""
        return list(self._stats())

    def cpu_seconds(self) -> float:
        """Processor time of those that are there, and of those that they have waited for."""
        return sum(sum(map(int, fields[11:15])) for fields in self._stats().values()) / _TICKS_A_SECOND

    def memory(self) -> int:
        """Bytes of all processes. What a fork shares counts for each of them, and the pages of programs for none."""
        return sum(map(_memory_of, self.pids()))

    def end(self) -> bool:
        """End all of them and wait until they are gone: whether they are."""
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline:
            self._stop()
            _send(signal.SIGKILL, self.pids())
            if _all_collected(time.monotonic() + LOOK_SECONDS):
                return True
        return False

    def _stop(self) -> None:
        """Stop them first: what is stopped forks no more, but still counts, so that even a fork bomb comes to rest."""
        stopped: set[int] = set()
        deadline = time.monotonic() + END_SECONDS / 4
        while (new := set(self.pids()) - stopped) and time.monotonic() < deadline:
            _send(signal.SIGSTOP, new)
            stopped |= new

    @staticmethod
    def _stats() -> dict[int, list[bytes]]:
        """The fields of stat (`proc(5)`) from the third on, by number."""
        found = {int(name): fields for name in os.listdir("/proc") if name.isdigit() and (fields := _stat_of(name))}
        children: dict[int, list[int]] = {}
        for pid, fields in found.items():
            children.setdefault(int(fields[1]), []).append(pid)
        tree, left = {}, [os.getpid()]
        while left:
            for child in children.get(left.pop(), ()):
                tree[child] = found[child]
                left.append(child)
        return tree


def tasks_of(uid: int) -> int:
    """How many threads the processes of a user have."""
    return sum(_threads_of(name, uid) for name in os.listdir("/proc") if name.isdigit())


def _send(number: signal.Signals, pids: "list[int] | set[int]") -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _all_collected(deadline: float) -> bool:
    while time.monotonic() < deadline:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True
        if not pid:
            time.sleep(0.001)
    return False


def _stat_of(pid: str) -> list[bytes]:
    try:
        return _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    except OSError:
        return []


def _memory_of(pid: int) -> int:
    try:
        lines = _read(f"/proc/{pid}/status").splitlines()
    except OSError:
        return 0
    kinds = {
        name: int(value.split()[0]) * 1024
        for name, _, value in (line.partition(b":") for line in lines)
        if name.startswith(b"Rss")
    }
    return kinds.get(b"RssAnon", 0) + kinds.get(b"RssShmem", 0) + max(0, kinds.get(b"RssFile", 0) - FILE_BYTES_FREE)


def _threads_of(pid: str, uid: int) -> int:
    try:
        return int(_stat_of(pid)[17]) if os.stat(f"/proc/{pid}").st_uid == uid else 0
    except (OSError, IndexError):
        return 0


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.read()
