"""The real clock and identifiers."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from desktop.engine.identifiers import TaskId
from desktop.engine.system import SystemClock, SystemIdentifiers


@given(st.lists(st.integers(-100_000_000, 100_000_000), max_size=30))
def test_identifiers_always_grow_whatever_the_clock_does(jumps: list[int]) -> None:
    now, newest = datetime(2026, 1, 1, tzinfo=UTC), None
    for jump in jumps:
        now += timedelta(milliseconds=jump)
        made = SystemIdentifiers().new_task_id(now, newest)
        assert len(made) == 26
        assert newest is None or made > newest
        newest = TaskId(made)


async def test_the_clock_moves_on_in_utc() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(0)
    assert clock.monotonic() >= before
    assert clock.now().tzinfo is UTC
