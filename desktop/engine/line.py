"""The line of queued tasks. Ten thousand in it make no submission slower: nothing here is gone through as a whole."""

from bisect import bisect_left, insort
from collections.abc import Iterator
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


class _Place(NamedTuple):
    rank: Rank
    live: LiveTask
    sort: Sort
    planned_seconds: float


_RANK = itemgetter(0)


@dataclass(slots=True, kw_only=True)
class Line:
    """Queued tasks, the next one first. `patience`: seconds in line that count as one priority more."""

    patience: float
    _places: dict[TaskId, _Place] = field(default_factory=dict)
    _order: list[_Place] = field(default_factory=list)
    _loads: dict[Sort, Load] = field(default_factory=dict)

    def put(self, live: LiveTask, since: float) -> None:
        """Let the task stand in line, since that monotonic time. One that stands there is put anew."""
        task, request = live.task, live.task.request
        self.take_out(task.task_id)
        ticket = Ticket(priority=request.priority, task_id=task.task_id, since=since)
        place = _Place(
            rank=rank(ticket, self.patience),
            live=live,
            sort=Sort(request.priority, request.kind, request.model),
            planned_seconds=task.planned_seconds * (1 - task.progress.fraction),
        )
        self._places[task.task_id] = place
        insort(self._order, place, key=_RANK)
        load = self._loads.setdefault(place.sort, Load())
        load.count += 1
        load.planned_seconds += place.planned_seconds

    def take_out(self, task_id: TaskId) -> None:
        """Take the task out of the line, if it is there."""
        place = self._places.pop(task_id, None)
        if place is None:
            return
        del self._order[bisect_left(self._order, place.rank, key=_RANK)]
        load = self._loads[place.sort]
        load.count -= 1
        load.planned_seconds -= place.planned_seconds
        if not load.count:  # and with it what rounding left
            del self._loads[place.sort]

    def get(self, task_id: TaskId) -> LiveTask | None:
        """The task, where it is in line."""
        place = self._places.get(task_id)
        return None if place is None else place.live

    def __iter__(self) -> Iterator[LiveTask]:
        """The tasks, the next one first."""
        return (place.live for place in self._order)

    def loads(self, priority: int) -> list[tuple[Sort, Load]]:
        """What would go before a new task of that priority."""
        return [(sort, load) for sort, load in self._loads.items() if sort.priority >= priority]
