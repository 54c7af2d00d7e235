"""The line of queued tasks. Ten thousand in it make no submission slower: nothing here is gone through as a whole."""

from bisect import bisect_left, insort
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from desktop.engine.identifiers import TaskId
from desktop.engine.live_task import LiveTask
from desktop.engine.ranking import Rank, Ticket, rank


class Sort(NamedTuple):
    """What tasks have in common that take as long for as much work, and wait for each other."""

    priority: int
    kind: str
    model: str | None  # as the request names it


@dataclass(slots=True)
class Load:
    """So many tasks of a sort, and the nominal seconds of what is left of them together."""

    count: int = 0
    planned_seconds: float = 0.0


class Place(NamedTuple):
    """A task in line."""

    rank: Rank
    live: LiveTask
    sort: Sort
    planned_seconds: float
    since: float  # monotonic seconds
    model: str | None  # the file of the model that it wants; None: nobody knows


_RANK = itemgetter(0)


@dataclass(slots=True, kw_only=True)
class Line:
    """Queued tasks, the next one first. `patience`: seconds in line that count as one priority more."""

    patience: float
    _places: dict[TaskId, Place] = field(default_factory=dict)
    _order: list[Place] = field(default_factory=list)
    _by_model: dict[str | None, list[Place]] = field(default_factory=dict)
    _loads: dict[Sort, Load] = field(default_factory=dict)

    def put(self, live: LiveTask, since: float, model: str | None = None) -> None:
        """Let the task stand in line for the model in that file, since that monotonic time.

        One that stands there is put anew.
        """
        task, request = live.task, live.task.request
        self.take_out(task.task_id)
        ticket = Ticket(priority=request.priority, task_id=task.task_id, since=since)
        place = Place(
            rank=rank(ticket, self.patience),
            live=live,
            sort=Sort(request.priority, request.kind, request.model),
            planned_seconds=task.planned_seconds * (1 - task.progress.fraction),
            since=since,
            model=model,
        )
        self._places[task.task_id] = place
        insort(self._order, place, key=_RANK)
        insort(self._by_model.setdefault(model, []), place, key=_RANK)
        load = self._loads.setdefault(place.sort, Load())
        load.count += 1
        load.planned_seconds += place.planned_seconds

    def take_out(self, task_id: TaskId) -> None:
        """Take the task out of the line, if it is there."""
        place = self._places.pop(task_id, None)
        if place is None:
            return
        _remove(self._order, place)
        _remove(self._by_model[place.model], place)
        if not self._by_model[place.model]:
            del self._by_model[place.model]
        load = self._loads[place.sort]
        load.count -= 1
        load.planned_seconds -= place.planned_seconds
        if not load.count:  # and with it what rounding left
            del self._loads[place.sort]

    def get(self, task_id: TaskId) -> Place | None:
        """The task's place, where it is in line."""
        return self._places.get(task_id)

    def __iter__(self) -> Iterator[LiveTask]:
        """The tasks, the next one first."""
        return (place.live for place in self._order)

    def heads(self, but: Container[TaskId] = ()) -> list[Place]:
        """Of the tasks for each model the next one, in order; those in `but` are passed over."""
        firsts = (
            next((place for place in places if place.live.task.task_id not in but), None)
            for places in self._by_model.values()
        )
        return sorted((place for place in firsts if place is not None), key=_RANK)

    def loads(self, priority: int) -> list[tuple[Sort, Load]]:
        """What would go before a new task of that priority."""
        return [(sort, load) for sort, load in self._loads.items() if sort.priority >= priority]


def _remove(places: list[Place], place: Place) -> None:
    del places[bisect_left(places, place.rank, key=_RANK)]
