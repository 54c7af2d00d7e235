"""Qt's objects in a cycle end on Qt's thread, however much other threads allocate."""

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from desktop.ui.cyclic_garbage import CyclicGarbage, collect_due


@pytest.fixture
def garbage(qapp: object) -> Iterator[CyclicGarbage]:
    gc.enable()
    garbage = CyclicGarbage()
    yield garbage
    garbage.close()
    gc.disable()


def drop_cycle_with_timer(ended_on: list[threading.Thread]) -> None:
    class Ticking(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.timer = QTimer(self)
            self.timer.start(10)
            self.itself = self

        def __del__(self) -> None:
            ended_on.append(threading.current_thread())

    Ticking()


def allocate_elsewhere() -> list[list[int]]:
    """So much that Python would collect, on a thread of its own."""
    kept: list[list[int]] = []
    thread = threading.Thread(target=lambda: kept.extend([] for _ in range(10 * gc.get_threshold()[0])))
    thread.start()
    thread.join()
    return kept


def test_a_timer_that_nobody_holds_ends_on_the_thread_of_qt(qtbot: QtBot, garbage: CyclicGarbage) -> None:
    ended_on: list[threading.Thread] = []
    drop_cycle_with_timer(ended_on)
    kept = allocate_elsewhere()
    assert not ended_on
    qtbot.waitUntil(lambda: bool(ended_on))
    assert kept
    assert ended_on == [threading.main_thread()]


def test_what_is_not_due_is_left_alone(garbage: CyclicGarbage) -> None:
    gc.collect()
    before = [generation["collections"] for generation in gc.get_stats()]
    collect_due()
    assert [generation["collections"] for generation in gc.get_stats()] == before


def test_all_that_stays_is_looked_through_at_last(garbage: CyclicGarbage) -> None:
    before = gc.get_stats()[2]["collections"]
    kept = []
    for _ in range(300):
        kept.append(allocate_elsewhere())
        collect_due()
    assert gc.get_stats()[2]["collections"] > before


def test_python_collects_by_itself_once_it_is_closed(qapp: object) -> None:
    gc.enable()
    garbage = CyclicGarbage()
    assert not gc.isenabled()
    garbage.close()
    assert gc.isenabled()
