"""Tries a piece of work up to three times, and lets go of a try in which nothing moves."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from desktop.engine.errors import RuntimeFailed, WorkStalled
from desktop.engine.events import AttemptFailed, Event
from desktop.engine.live_task import LiveTask
from desktop.engine.ports import Clock

T = TypeVar("T")

RETRY_DELAYS: Final = (1.0, 5.0)
"""Seconds before the second and the third attempt at a step or item."""


@dataclass(slots=True, kw_only=True)
class Attempts:
    """The attempts of one run."""

    live: LiveTask
    clock: Clock
    record: Callable[[Event], Awaitable[None]]
    _under_way: set[asyncio.Timeout] = field(default_factory=set)
    _reason: str = ""  # why those that are under way were given up

    async def persist(self, step: str, work: Callable[[], Awaitable[T]]) -> T:
        """`await work()`, again where the runtime fails or the work stalls; the last failure is raised."""
        for attempt, delay in enumerate(RETRY_DELAYS, start=1):
            try:
                return await self._try(work)
            except (RuntimeFailed, WorkStalled) as error:
                failed = self.live.event(
                    AttemptFailed, step=step, attempt=attempt, reason=error.message, retry_in=delay
                )
                await self.record(failed)
                await self.clock.sleep(delay)
        return await self._try(work)

    def give_up(self, reason: str) -> None:
        """End all that is being tried now: each fails as stalled, for `reason`."""
        self._reason = reason
        for limit in self._under_way:
            if limit.when() is None:  # else it is on its way out
                limit.reschedule(asyncio.get_running_loop().time())

    async def _try(self, work: Callable[[], Awaitable[T]]) -> T:
        limit = asyncio.timeout(None)
        self._under_way.add(limit)
        try:
            async with limit:
                return await work()
        except TimeoutError:
            if not limit.expired():
                raise
            raise WorkStalled(
                f"{self._reason} What was finished is kept.",
                hint="Retry the task. If it stalls again, choose a smaller model or fewer documents.",
            ) from None
        finally:
            self._under_way.remove(limit)
