"""What can be seen of a process and of those that it started: whether they compute, take memory, or talk."""

from contextlib import suppress
from typing import Final

import psutil

WORKING_SHARE: Final = 0.05
"""Of one core's time: less is what a process spends on answering that it is there."""
GROWTH: Final = 1024**2
"""Bytes of memory that no bookkeeping accounts for: a model is being read in, or a cache is filled."""


class Vitals:
    """Compares a process with what it was at the last look. Until `settle` it is looked for those that it starts."""

    def __init__(self, pid: int) -> None:
        self._processes: list[psutil.Process] = []
        self._is_settled = False
        self._processor = 0.0
        self._memory = self._said = 0
        with suppress(psutil.Error):  # it ended already
            self._processes.append(psutil.Process(pid))

    @property
    def memory(self) -> int:
        """Bytes that they hold."""
        return sum(_memory(process) for process in self._processes)

    def stir(self, seconds: float, said: int) -> bool:
        """Whether they did anything in the `seconds` since the last look; they have logged `said` bytes in all."""
        if not self._is_settled:
            self._find_children()
        processor, memory = sum(_seconds(process) for process in self._processes), self.memory
        computes = processor - self._processor >= WORKING_SHARE * seconds
        grows = abs(memory - self._memory) >= GROWTH
        talks = said != self._said
        self._processor, self._memory, self._said = processor, memory, said
        return memory > 0 and (computes or grows or talks)

    def settle(self) -> None:
        """The process has started all that it will start."""
        if not self._is_settled:
            self._find_children()
            self._is_settled = True

    def end_children(self) -> bool:
        """Kill those that the process started; whether there are any."""
        for child in self._processes[1:]:
            with suppress(psutil.Error):  # it knows when another has its number by now
                child.kill()
        return len(self._processes) > 1

    def _find_children(self) -> None:
        with suppress(psutil.Error):
            self._processes[1:] = self._processes[0].children(recursive=True) if self._processes else []


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)
