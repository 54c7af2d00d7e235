"""The real clock and identifiers."""

import ctypes
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.engine.identifiers import TaskId
from desktop.engine.system import SystemClock, SystemIdentifiers, awake_seconds


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


def test_the_seconds_of_windows_are_those_in_which_it_was_awake(monkeypatch: pytest.MonkeyPatch) -> None:
    def query(place: Any) -> int:
        place._obj.value = 25_000_000
        return 1

    kernel = SimpleNamespace(kernel32=SimpleNamespace(QueryUnbiasedInterruptTime=query))
    monkeypatch.setattr(ctypes, "windll", kernel, raising=False)
    assert awake_seconds("win32")() == 2.5
    assert awake_seconds("linux") is awake_seconds("darwin") is time.monotonic
