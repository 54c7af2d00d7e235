"""Waits for a server on the network, and tells one that is slow from one that is gone.

It is counted in looks, each of a fixed length however late it comes: while this machine sleeps, nobody can be heard,
and nobody is blamed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeVar

T = TypeVar("T")

LOOK_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 5.0
"""What a server may take to say that it is there."""
DEAF_SECONDS: Final = 60.0
"""Without an event, and without as little as an answer to that question: some servers compute on the very thread that
answers."""
BUSY_SECONDS: Final = 900.0
"""Without an event, though the server says that it is there: it may load a model, or have others before us."""


class NoSign(Exception):
    """The server gave no sign of life, or nothing but signs of life; the message says which and for how long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointLimits:
    """How long servers are waited for, in seconds."""

    look: float = LOOK_SECONDS
    answer: float = ANSWER_SECONDS
    deaf: float = DEAF_SECONDS
    busy: float = BUSY_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Waits for an answer as long as it makes sense."""

    limits: EndpointLimits
    is_there: Callable[[], Awaitable[bool]]
    on_life: Callable[[], None]

    async def wait(self, talk: "asyncio.Task[T]", events: Callable[[], int]) -> T:
        """The outcome of the talk, in which `events` have come so far. Raises what it raises, or `NoSign`."""
        silent = deaf = 0.0
        seen = events()
        while not talk.done():
            await asyncio.wait({talk}, timeout=self.limits.look)
            if talk.done():
                break
            if events() != seen:
                seen, silent, deaf = events(), 0.0, 0.0
                continue
            silent += self.limits.look
            deaf = 0.0 if await self._answers() else deaf + self.limits.look
            if deaf >= self.limits.deaf:
                raise NoSign(f"does not answer any more, for {deaf:.0f} seconds now")
            if silent >= self.limits.busy:
                raise NoSign(f"is there, but had nothing to show for {silent:.0f} seconds")
        return talk.result()

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(self.limits.answer):
                found = await self.is_there()
        except TimeoutError:
            return False
        if found:
            self.on_life()
        return found


class Talks:
    """The talks with a server that go on now: all of them can be broken off, for a reason that is then theirs."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[Any]] = set()
        self._reason = ""

    async def hold(self, work: Coroutine[Any, Any, T], patience: Patience, events: Callable[[], int]) -> T:
        """The outcome of the work. Whoever cancels this hangs up at once. Raises what it raises, or `NoSign`."""
        talk = asyncio.create_task(work, name="talk with a model server")
        self._under_way.add(talk)
        try:
            return await patience.wait(talk, events)
        except asyncio.CancelledError:
            own = asyncio.current_task()
            if own is not None and own.cancelling():
                raise
            raise NoSign(self._reason) from None  # it was broken off
        finally:
            self._under_way.discard(talk)
            talk.cancel()
            await asyncio.wait({talk})
            if not talk.cancelled():
                talk.exception()  # it was heard, or comes too late

    def break_off(self, reason: str) -> None:
        """End them all."""
        self._reason = reason
        for talk in self._under_way:
            talk.cancel()
