"""What can be seen of a process from outside: whether it computes, takes memory, or talks."""

from dataclasses import dataclass
from typing import Final

import psutil

WORKING_SHARE: Final = 0.05
"""Of one core's time: less is what a process spends on answering that it is there."""
GROWTH: Final = 1024**2
"""Bytes of memory that no bookkeeping accounts for: a model is being read in, or a cache is filled."""


@dataclass(slots=True)
class Vitals:
    """Compares a process with what it was at the last look."""

    pid: int
    _processor: float = 0.0
    _memory: int = 0
    _said: int = 0

    def stir(self, seconds: float, said: int) -> bool:
        """Whether it did anything in the `seconds` since the last look; it has logged `said` bytes in all."""
        try:
            process = psutil.Process(self.pid)
            times, memory = process.cpu_times(), process.memory_info().rss
        except psutil.Error:
            return False
        processor = times.user + times.system
        computes = processor - self._processor >= WORKING_SHARE * seconds
        grows = abs(memory - self._memory) >= GROWTH
        talks = said != self._said
        self._processor, self._memory, self._said = processor, memory, said
        return computes or grows or talks
