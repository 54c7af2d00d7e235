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


Rank = tuple[int, TaskId, int]
"""Tickets are served in the order of their ranks, the least first. A ticket's rank never changes."""


def rank(ticket: Ticket, patience: float) -> Rank:
    """The rank of a ticket.

    Every `patience` seconds by which it came earlier count as one priority more, without a limit: a ticket of any
    priority is overtaken only by those that came within the time that the difference in priority is worth.
    """
    return int(ticket.since // patience) - ticket.priority, ticket.task_id, ticket.number


def ranked(tickets: Iterable[Ticket], patience: float) -> list[Ticket]:
    """The tickets in the order in which they are to be served."""
    return sorted(tickets, key=lambda ticket: rank(ticket, patience))
