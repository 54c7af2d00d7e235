"""Waits out what keeps the data folder from being written: a full disk, a busy database, a drive that went away.

A run's write that fails for such a reason is not lost: the run is held where it is, with the finished work in memory,
until the folder takes it. One of the held writes tries at a time; once it is through, all others follow. A write that
does not return at all is only waited for: it can't be told whether it was done, so it is never tried twice.
"""

import logging
from asyncio import Future, ensure_future, get_running_loop, shield
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from desktop.engine.errors import DiskFull, StorageBlocked, StorageFailed
from desktop.engine.live_task import LiveTask
from desktop.engine.notices import NoticeBoard
from desktop.engine.ports import Clock, Space
from desktop.engine.storage_notices import (
    BLOCKED,
    LOW,
    RESERVED_BYTES,
    SILENT,
    blocked_notice,
    low_notice,
    silent_notice,
)

logger = logging.getLogger(__name__)

WATCH_SECONDS: Final = 5.0
"""How often it is looked whether the data folder can be written again, and how much room there is."""

RETRY_DELAYS: Final = (0.5, 2.0)
"""Seconds before a write is tried again for itself, before all is held: many an obstacle lasts no longer.

After as many failures of whatever writes all is held too: with many writes in line, each would take its own time.
"""

SILENT_SECONDS: Final = 10.0
"""When writes are on their way and none has returned for so long, the disk does not answer."""

LOW_BYTES: Final = 500_000_000
"""With less room than this the person is told before it is too late."""

ENOUGH_BYTES: Final = 600_000_000
"""With more room than this the person is no longer told: more than `LOW_BYTES`, so that it does not come and go."""

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Write:
    """A write that is on its way."""

    live: LiveTask | None  # whose it is, where it belongs to a run
    began: float
    in_line: bool  # behind the others of the store; else by itself


class StorageWatch:
    """Holds runs while the data folder can't be written. `on_clear` is called when it can be again."""

    def __init__(self, *, space: Space, clock: Clock, board: NoticeBoard, on_clear: Callable[[], None]) -> None:
        self._space = space
        self._clock = clock
        self._board = board
        self._on_clear = on_clear
        self._obstacle: StorageBlocked | None = None
        self._needed = 0  # bytes that the held writes take, where known
        self._trying = False
        self._failures = 0  # since a write was through
        self._returned = clock.monotonic()  # a write, for better or worse
        self._turns: list[Future[bool]] = []
        self._held: set[LiveTask] = set()
        self._writes: set[_Write] = set()
        self._silent: list[_Write] = []

    @property
    def blocks(self) -> bool:
        """Whether nothing new should be begun."""
        return self._obstacle is not None or bool(self._silent)

    def check(self) -> None:
        """Raise `DiskFull` where it is known that there is no room for anything new."""
        if isinstance(self._obstacle, DiskFull):
            full = self._obstacle
            raise DiskFull(
                f"The disk with {full.folder} is full; nothing was started.",
                hint="Make room on it, then try again.",
                folder=full.folder,
                free=full.free,
                needed=self._wanted,
            )

    async def insist(
        self,
        live: LiveTask,
        write: Callable[[], Coroutine[Any, Any, T]],
        standing_still: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> T:
        """What `write` gives, as soon as the data folder takes it; until then the task is held. A read is the same.

        `standing_still` is entered while it is. Raises what `write` raises, but for `StorageBlocked`.
        """
        delays = iter(RETRY_DELAYS)
        while True:
            tries = False
            if self._obstacle is not None:
                with standing_still():
                    tries = await self._turn(live, self._obstacle)
            try:
                result = await write()
            except StorageBlocked as error:
                self._failures += 1
                delay = next(delays, None)
                if delay is None or tries or isinstance(error, DiskFull) or self._failures > len(RETRY_DELAYS):
                    self._block(error)
                else:
                    await self._clock.sleep(delay)
            else:
                self._failures = 0
                if tries:
                    await self._clear()
                return result
            finally:
                self._trying = self._trying and not tries

    async def timed(
        self, write: Callable[[], Coroutine[Any, Any, T]], live: LiveTask | None = None, *, in_line: bool = True
    ) -> T:
        """What `write` gives or raises. While it takes too long, the person is told, and its task is held.

        Writes of the store stand in one line, so that it takes long only where none of them returns; a file's does not.
        It goes on also where whoever waits for it is stopped: nobody can take a write back that is on its way.
        """
        writing = ensure_future(write())
        on_its_way = _Write(live, self._clock.monotonic(), in_line)
        self._writes.add(on_its_way)
        writing.add_done_callback(partial(self._on_arrived, on_its_way))
        return await shield(writing)

    def _on_arrived(self, write: _Write, writing: Future[Any]) -> None:
        if not writing.cancelled():
            writing.exception()  # whoever waits gets it; where nobody does any more, nobody misses it
        self._writes.remove(write)
        if write.in_line:
            self._returned = self._clock.monotonic()
        self._follow_silence()

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self._clock.sleep(WATCH_SECONDS)
            await self.look()

    async def look(self) -> None:
        """See how much room there is, tell the person, and let the next held write try where that may help."""
        self._follow_silence()
        free = None
        with suppress(StorageFailed):
            free = await self._space.free()
        self._tell_of_room(free)
        if self._obstacle is None or self._trying:
            return
        self._tell_of_obstacle(free)
        if isinstance(self._obstacle, DiskFull) and free is not None and free < self._wanted:
            return
        self._let_one_try()

    @property
    def _wanted(self) -> int:
        return RESERVED_BYTES + self._needed

    async def _turn(self, live: LiveTask, obstacle: StorageBlocked) -> bool:
        """Wait, with the task held; whether it is this one's turn to try, and not all others' as well."""
        live.hold(obstacle.message)
        self._held.add(live)
        turn: Future[bool] = get_running_loop().create_future()
        self._turns.append(turn)
        try:
            return await turn
        except BaseException:
            if turn in self._turns:
                self._turns.remove(turn)
            else:
                self._trying = False  # it was stopped in the moment when it might have tried
            raise

    def _let_one_try(self) -> None:
        waiting = self._take_turns()
        if not waiting:
            self._end_obstacle()  # nobody is left who could try
            return
        self._turns.extend(waiting[1:])
        self._trying = True
        waiting[0].set_result(True)

    def _take_turns(self) -> list[Future[bool]]:
        """All that wait, and were not stopped in this moment."""
        turns, self._turns = self._turns, []
        return [turn for turn in turns if not turn.done()]

    def _block(self, error: StorageBlocked) -> None:
        if self._obstacle is None:
            logger.warning("work is held: %s", error.message)
        self._obstacle = error
        if isinstance(error, DiskFull):
            self._needed = max(self._needed, error.needed or 0)
            self._tell_of_obstacle(error.free)
        else:
            self._tell_of_obstacle(None)

    async def _clear(self) -> None:
        """The folder takes what is written: let all that was held go on, and record that it does."""
        held = list(self._held)
        self._end_obstacle()
        for live in held:
            with suppress(StorageFailed):  # it goes with the next write
                await live.settle()

    def _end_obstacle(self) -> None:
        logger.info("work goes on: the data folder is written again")
        self._obstacle, self._needed = None, 0
        self._board.withdraw(BLOCKED)
        self._release()
        for turn in self._take_turns():
            turn.set_result(False)
        self._on_clear()

    def _release(self) -> None:
        """Release all tasks that nothing holds any more."""
        if self._obstacle is not None:
            return
        silent = {write.live for write in self._silent}
        for live in self._held - silent:
            self._held.remove(live)
            live.release()

    def _tell_of_obstacle(self, free: int | None) -> None:
        assert self._obstacle is not None  # noqa: S101 - asked for by whoever found one
        self._board.put(blocked_notice(self._obstacle, free, self._wanted))

    def _tell_of_room(self, free: int | None) -> None:
        if free is None or free > ENOUGH_BYTES or isinstance(self._obstacle, DiskFull):
            self._board.withdraw(LOW)
        elif free < LOW_BYTES:
            self._board.put(low_notice(self._space.folder, free))

    def _follow_silence(self) -> None:
        before, self._silent = self._silent, [write for write in self._writes if self._takes_too_long(write)]
        if self._silent:
            notice = silent_notice(self._space.folder, len(self._silent))
            self._board.put(notice)
            for write in self._silent:
                if write.live is not None:
                    write.live.hold(notice.message, tells=False)
                    self._held.add(write.live)
        elif before:
            self._board.withdraw(SILENT)
            self._release()
            self._on_clear()

    def _takes_too_long(self, write: _Write) -> bool:
        since = max(write.began, self._returned) if write.in_line else write.began
        return self._clock.monotonic() - since >= SILENT_SECONDS
