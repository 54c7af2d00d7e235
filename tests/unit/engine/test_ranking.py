"""Who is next."""

from hypothesis import given
from hypothesis import strategies as st

from desktop.engine.identifiers import TaskId
from desktop.engine.ranking import Ticket, ranked


def ticket(name: str, priority: int = 5, since: float = 0) -> Ticket:
    return Ticket(priority=priority, task_id=TaskId(name), since=since)


def names(tickets: list[Ticket]) -> list[str]:
    return [ticket.task_id for ticket in tickets]


def test_the_higher_priority_goes_first_then_the_older_task() -> None:
    tickets = [ticket("c"), ticket("a"), ticket("b", priority=9)]
    assert names(ranked(tickets, patience=60)) == ["b", "a", "c"]


def test_who_waits_long_enough_overtakes_any_priority() -> None:
    old = ticket("z", priority=0, since=0)
    new = ticket("a", priority=9, since=600)
    assert names(ranked([new, old], patience=60)) == ["z", "a"]


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0, 1e4)), min_size=1, max_size=20))
def test_within_one_priority_nobody_overtakes_who_came_earlier(places: list[tuple[int, float]]) -> None:
    in_order = sorted(places, key=lambda place: place[1])
    tickets = [ticket(f"{n:03}", priority, since) for n, (priority, since) in enumerate(in_order)]
    for priority in range(10):
        same = [t for t in ranked(tickets, 60) if t.priority == priority]
        assert names(same) == sorted(names(same))
