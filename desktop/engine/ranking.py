"""Who is next: the higher priority, then the older task; whoever waits long rises, so that nobody starves."""

from collections.abc import Iterable
from dataclasses import dataclass

from desktop.engine.identifiers import TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A place in a queue. Tickets of one task are served in the order of `number`."""

    priority: int  # 0 to 9, 9 goes first
    task_id: TaskId
    since: float  # monotonic seconds at which the wait began
    number: int = 0


def ranked(tickets: Iterable[Ticket], now: float, patience: float) -> list[Ticket]:
    """The tickets in the order in which they are to be served at `now`.

    Every `patience` seconds of waiting count as one priority more, without a limit: a ticket of any priority is
    overtaken only by those that came within the time that the difference in priority is worth.
    """

    def key(ticket: Ticket) -> tuple[int, TaskId, int]:
        risen = ticket.priority + int((now - ticket.since) // patience)
        return (-risen, ticket.task_id, ticket.number)

    return sorted(tickets, key=key)
