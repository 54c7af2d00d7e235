"""The line of queued tasks against a plain model of it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from desktop.engine.identifiers import TaskId
from desktop.engine.line import Line
from desktop.engine.live_task import LiveTask
from desktop.engine.plan import Progress
from desktop.engine.ranking import Ticket, ranked
from tests.fakes.engine_double import make_task

PATIENCE = 60.0


def live(number: int, priority: int, planned: float, fraction: float = 0.0) -> LiveTask:
    task = make_task(number)
    request = replace(task.request, priority=priority)
    task = replace(task, request=request, planned_seconds=planned, progress=Progress(fraction=fraction))
    return LiveTask(task, None, None, lambda _update: None)  # type: ignore[arg-type]


acts = st.lists(
    st.tuples(st.booleans(), st.integers(1, 8), st.integers(0, 9), st.floats(0, 1e4), st.floats(0, 1e3)), max_size=40
)


@given(acts)
def test_it_is_in_order_and_knows_its_load_whatever_comes_and_goes(
    acts: list[tuple[bool, int, int, float, float]],
) -> None:
    line, tickets, plans = Line(patience=PATIENCE), dict[TaskId, Ticket](), dict[TaskId, float]()
    for comes, number, priority, since, planned in acts:
        given_task = live(number, priority, planned)
        task_id = given_task.task.task_id
        if comes:
            line.put(given_task, since)
            tickets[task_id] = Ticket(priority=priority, task_id=task_id, since=since)
            plans[task_id] = planned
        else:
            line.take_out(task_id)
            tickets.pop(task_id, None)
        assert (line.get(task_id) is not None) is comes
    wanted = [ticket.task_id for ticket in ranked(tickets.values(), PATIENCE)]
    assert [each.task.task_id for each in line] == wanted
    for priority in (0, 5, 9):
        ahead = [plans[each.task_id] for each in tickets.values() if each.priority >= priority]
        loads = [load for _, load in line.loads(priority)]
        assert sum(load.count for load in loads) == len(ahead)
        assert abs(sum(load.planned_seconds for load in loads) - sum(ahead)) < 1e-6


def test_what_is_done_of_a_task_is_no_load() -> None:
    line = Line(patience=PATIENCE)
    line.put(live(1, 5, 100.0, fraction=0.75), 0.0)
    ((_, load),) = line.loads(5)
    assert load.planned_seconds == 25.0
    assert line.loads(6) == []
