"""What all unfinished tasks come to is right, whatever happened to them."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from desktop.engine import UNFINISHED, Estimate, Progress, Task, TaskStatus
from desktop.ui import workload
from desktop.ui.workload import Workload
from tests.fakes.engine_double import make_task

TOLD = st.builds(
    lambda number, status, seconds, speed: replace(
        make_task(number, status=status),
        estimate=None if seconds is None else Estimate(seconds=seconds, low=0, high=2 * seconds),
        progress=Progress(tokens_per_second=speed),
    ),
    st.integers(1, 5),
    st.sampled_from(TaskStatus),
    st.none() | st.floats(0, 1e6),
    st.floats(0, 100),
)


@given(st.lists(TOLD, max_size=40))
def test_it_is_what_going_through_all_of_them_would_give(told: list[Task]) -> None:
    load, known = Workload(), dict[str, Task]()
    for task in told:
        load.take_up((task,))
        known[task.task_id] = task
        counted = [each for each in known.values() if each.status in (TaskStatus.RUNNING, TaskStatus.QUEUED)]
        ends = [each.estimate.seconds for each in counted if each.estimate is not None]
        assert load.seconds_left == (max(ends) if ends and len(ends) == len(counted) else None)
        running = [each for each in counted if each.status is TaskStatus.RUNNING]
        speed = sum(each.progress.tokens_per_second for each in running)
        assert abs(load.tokens_per_second - speed) < 1e-6
    assert {each.task_id for each in known.values() if each.status in UNFINISHED} == set(load._tasks)


def test_changes_of_one_task_do_not_pile_up() -> None:
    load = Workload()
    for seconds in range(3 * workload._STALE_ENDS):
        estimate = Estimate(seconds=seconds, low=0, high=seconds)
        load.take_up((replace(make_task(1, status=TaskStatus.RUNNING), estimate=estimate),))
    assert len(load._ends) <= workload._STALE_ENDS + 2
    assert load.seconds_left == seconds
