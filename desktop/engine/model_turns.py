"""Whose turn it is with the models: slots are few, and so is the memory to load models into."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Final

from desktop.engine.identifiers import TaskId
from desktop.engine.inference import LanguageModel, LoadedModel, Models
from desktop.engine.ports import Clock
from desktop.engine.ranking import Ticket, rank, ranked

logger = logging.getLogger(__name__)

PATIENCE: Final = 60.0
"""Seconds of waiting for a slot that count as one priority more."""

SWITCH_PATIENCE: Final = 600.0
"""Seconds of waiting for another model to be loaded that count as one priority more: a switch costs a load."""

LINGER_SECONDS: Final = 5.0
"""How long a model stays for the next question of whoever used it last, though a less urgent one wants another."""


@dataclass(slots=True, eq=False, kw_only=True)
class Lodger:
    """A model that may be in memory; several are, where they fit beside each other."""

    model: LanguageModel
    slots: int = 1  # until it is loaded and says
    is_admitted: bool = False  # whether it may be loaded
    answering: int = 0  # users that hold a slot
    users: int = 0
    left_at: float = 0.0  # monotonic seconds at which the last user left
    next_urgency: int = 0  # of the question that the last user might ask next

    @property
    def takes_room(self) -> bool:
        """Whether it is loaded into this machine's memory; one on another server is always there to be asked."""
        return not self.model.info.host


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Wish:
    lodger: Lodger
    takes_slot: bool
    turn: asyncio.Future[None]


class ModelTurns:
    """Lets questions through to the models, the most urgent first, and models into memory.

    Of a model that is in, as many questions go through as it has slots, in the order of their rank. One that is not in
    is let in beside the others where all of them fit; else those that nobody uses go first. Until they are unused,
    their less urgent questions wait. Equally urgent ones do not: a model that is in stays as long as it is wanted, and
    patience alone makes whoever waits for another one more urgent. A model on another server needs no room here: it
    waits for none, and none goes or waits for it.
    """

    def __init__(self, models: Models, clock: Clock) -> None:
        self._models = models
        self._clock = clock
        self._numbers = count()
        self._lodgers: dict[str, Lodger] = {}
        self._waiting: dict[Ticket, _Wish] = {}
        self._stirred = asyncio.Event()
        self._moving: asyncio.Task[None] | None = None
        self._is_unloading = False  # a model still takes memory that is no longer in

    def lodger(self, model: LanguageModel) -> Lodger:
        """What is known of the model as to its place in memory."""
        return self._lodgers.setdefault(model.info.path, Lodger(model=model, is_admitted=bool(model.info.host)))

    @property
    def pulse(self) -> int:
        """Another number than before whenever any of the models that share the memory has shown that it lives."""
        return sum(lodger.model.pulse for lodger in self._lodgers.values() if lodger.takes_room)

    @property
    def loaded(self) -> frozenset[str]:
        """The files of the models that are loaded now."""
        return frozenset(path for path, lodger in self._lodgers.items() if lodger.model.is_loaded)

    def has_loaded(self, lodger: Lodger, loaded: LoadedModel) -> None:
        """The model is loaded with that many slots, which may be others than last time."""
        if lodger.slots != loaded.slots:
            lodger.slots = loaded.slots
            self._dispatch()

    @asynccontextmanager
    async def turn(
        self, lodger: Lodger, priority: int, task_id: TaskId, *, takes_slot: bool = False
    ) -> AsyncIterator[None]:
        """The model is there to be loaded and asked while the block runs; with `takes_slot` it may be made to write."""
        since = self._clock.monotonic()
        ticket = Ticket(priority=priority, task_id=task_id, since=since, number=next(self._numbers))
        await self._wait(ticket, _Wish(lodger=lodger, takes_slot=takes_slot, turn=_new_turn()))
        try:
            yield
        finally:
            self._leave(ticket, lodger, takes_slot)

    async def close(self) -> None:
        """Move no model any more."""
        if self._moving is not None:
            self._moving.cancel()
            await asyncio.wait([self._moving])

    async def _wait(self, ticket: Ticket, wish: _Wish) -> None:
        self._waiting[ticket] = wish
        self._notice_gone()
        self._dispatch()
        try:
            await wish.turn
        except asyncio.CancelledError:
            if wish.turn.cancelled():
                self._waiting.pop(ticket, None)
                self._dispatch()
            else:  # the turn came in the same moment
                self._leave(ticket, wish.lodger, wish.takes_slot)
            raise

    def _leave(self, ticket: Ticket, lodger: Lodger, takes_slot: bool) -> None:
        lodger.users -= 1
        lodger.answering -= takes_slot
        lodger.left_at = self._clock.monotonic()
        lodger.next_urgency = _urgency(replace(ticket, since=lodger.left_at))
        self._notice_gone()
        self._dispatch()

    def _notice_gone(self) -> None:
        """A model that was unloaded, because it idled or broke, has to be let in again."""
        for lodger in self._admitted():
            if not lodger.users and not lodger.model.is_loaded:
                _move_out(lodger)

    def _dispatch(self) -> None:
        """Let through what can go through now; see to it that a model comes in that is wanted and is not in."""
        wanted = self._most_wanted()
        if wanted is not None and not self._admitted() and not self._is_unloading:
            wanted[1].is_admitted = True
            wanted = self._most_wanted()
        limit = None if wanted is None else _urgency(wanted[0])
        for ticket in ranked(self._waiting, PATIENCE):
            wish = self._waiting[ticket]
            if limit is None or _urgency(ticket) <= limit or not wish.lodger.takes_room:
                self._let_through(ticket, wish)
        self._stirred.set()
        if wanted is not None and self._moving is None:
            self._moving = asyncio.create_task(self._make_room(), name="make room for a model")
            self._moving.add_done_callback(self._moved)

    def _let_through(self, ticket: Ticket, wish: _Wish) -> None:
        lodger = wish.lodger
        if not lodger.is_admitted or wish.turn.done() or (wish.takes_slot and lodger.answering >= lodger.slots):
            return
        del self._waiting[ticket]
        lodger.users += 1
        lodger.answering += wish.takes_slot
        wish.turn.set_result(None)

    def _admitted(self) -> list[Lodger]:
        """The models that are in memory or may come there."""
        return [lodger for lodger in self._lodgers.values() if lodger.is_admitted and lodger.takes_room]

    def _most_wanted(self) -> tuple[Ticket, Lodger] | None:
        """The model that is wanted most of those that are not in, and by whom."""
        outside = [
            ticket for ticket, wish in self._waiting.items() if not (wish.lodger.is_admitted or wish.turn.done())
        ]
        first = min(outside, key=lambda ticket: rank(ticket, SWITCH_PATIENCE), default=None)
        return None if first is None else (first, self._waiting[first].lodger)

    def _moved(self, moving: asyncio.Task[None]) -> None:
        self._moving = None
        if moving.cancelled():
            return
        if (error := moving.exception()) is not None:  # whoever comes or leaves next has it tried again
            logger.error("no room could be made for a model", exc_info=error)
            return
        self._dispatch()  # for who came when it was over and nobody knew yet

    async def _make_room(self) -> None:
        """Let in one model after the other that is wanted and not in, as soon as there is room for it."""
        tried: list[Lodger] = []  # the models of which it is known that they do not fit together
        while (wanted := self._most_wanted()) is not None:
            self._stirred.clear()
            ticket, lodger = wanted
            together = [*self._admitted(), lodger]
            if together != tried and await self._fit(together):
                lodger.is_admitted = True
                self._dispatch()
                continue
            tried = together
            if together == [*self._admitted(), lodger]:  # nobody came or went meanwhile
                await self._make_one_go(_urgency(ticket))

    async def _fit(self, lodgers: list[Lodger]) -> bool:
        return len(lodgers) == 1 or await self._models.fit_together([each.model.info.path for each in lodgers])

    async def _make_one_go(self, urgency: int) -> None:
        """Unload the model that was left first, of those that nobody uses; where there is none, wait for a change."""
        idle = sorted((each for each in self._admitted() if not each.users), key=lambda each: each.left_at)
        now = self._clock.monotonic()
        stays = {each: each.left_at + LINGER_SECONDS - now if each.next_urgency <= urgency else 0.0 for each in idle}
        going = next((each for each in idle if stays[each] <= 0), None)
        if going is None:
            await _first_of(self._stirred.wait(), self._clock.sleep(min(stays.values(), default=LINGER_SECONDS)))
            return
        _move_out(going)
        self._is_unloading = True
        try:
            await going.model.unload()
        finally:
            self._is_unloading = False


def _move_out(lodger: Lodger) -> None:
    lodger.is_admitted = False
    lodger.slots = 1


def _urgency(ticket: Ticket) -> int:
    """How urgent a question is where it is about which models are in: the least number first."""
    return rank(ticket, SWITCH_PATIENCE)[0]


async def _first_of(*works: Coroutine[Any, Any, Any]) -> None:
    """Return when one of them has; the others are cancelled."""
    aio_tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(aio_tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for aio_task in aio_tasks:
            aio_task.cancel()
        await asyncio.gather(*aio_tasks, return_exceptions=True)


def _new_turn() -> asyncio.Future[None]:
    return asyncio.get_running_loop().create_future()
