"""The program as a whole: window first, engine beside it, an orderly end."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from desktop.app import run
from desktop.engine import DataFolderInUse, Engine, StorageFailed
from desktop.settings import Settings
from desktop.settings_file import SettingsFile
from desktop.ui.window import Window
from tests.fakes.engine_double import EngineDouble

pytestmark = pytest.mark.qt_log_ignore("does not support raise")


class Opening:
    """Opens an engine double, or fails as it is told."""

    def __init__(self, engine: EngineDouble, error: Exception | None = None) -> None:
        self.engine = engine
        self.error = error
        self.thread = ""
        self.closed = False
        self.raise_window: Callable[[], None] = lambda: None

    @asynccontextmanager
    async def __call__(self, on_raise: Callable[[], None]) -> AsyncIterator[Engine]:
        self.thread = threading.current_thread().name
        self.raise_window = on_raise
        if self.error is not None:
            raise self.error
        yield self.engine  # type: ignore[misc]
        self.closed = True


NO_FILE = SettingsFile(Path("/nowhere/settings.json"), Settings())


def shown_window() -> Window | None:
    windows = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, Window) and widget.isVisible()]
    return windows[0] if windows else None


def leave(window: Window) -> None:
    """Close it, and say yes if it asks."""
    window.ask_to_quit = lambda _workload: True
    window.close()


def when(condition: Callable[[Window], bool], then: Callable[[Window], None]) -> QTimer:
    """Do something with the window as soon as it is so far."""
    timer = QTimer()
    timer.setInterval(10)

    def look() -> None:
        window = shown_window()
        if window is not None and condition(window):
            timer.stop()
            then(window)

    timer.timeout.connect(look)
    timer.start()
    return timer


def test_the_window_opens_lists_and_ends_with_its_engine(qapp: QApplication, engine: EngineDouble) -> None:
    engine.fill(3)
    opening = Opening(engine)
    timer = when(lambda window: window.tasks.model.rowCount() == 3, leave)
    assert run(opening, NO_FILE, qapp) == 0
    assert not timer.isActive()
    assert opening.thread == "engine"
    assert opening.closed
    assert engine.listeners == 0


def test_a_second_start_brings_the_window_to_the_front(qapp: QApplication, engine: EngineDouble) -> None:
    opening = Opening(engine)
    again: list[QTimer] = []

    def summon(window: Window) -> None:
        window.hide()
        threading.Thread(target=opening.raise_window).start()
        again.append(when(lambda _window: True, leave))

    timer = when(lambda window: window.tasks.model.is_loaded, summon)
    assert run(opening, NO_FILE, qapp) == 0
    assert not timer.isActive()


def test_what_keeps_the_engine_from_starting_is_said_in_the_window(qapp: QApplication, engine: EngineDouble) -> None:
    said: list[str] = []

    def read(window: Window) -> None:
        said.append(window.banner.text())
        leave(window)

    timer = when(lambda window: window.banner.isVisible(), read)
    assert run(Opening(engine, StorageFailed("The disk is full.", hint="Free some space.")), NO_FILE, qapp) == 1
    assert said == ["The disk is full. Free some space."]
    assert not timer.isActive()


@pytest.mark.expected_log("the engine ended")
def test_an_unexpected_error_is_said_without_its_details(qapp: QApplication, engine: EngineDouble) -> None:
    said: list[str] = []

    def read(window: Window) -> None:
        said.append(window.banner.text())
        leave(window)

    timer = when(lambda window: window.banner.isVisible(), read)
    assert run(Opening(engine, ZeroDivisionError("x")), NO_FILE, qapp) == 1
    assert said[0].startswith("The engine could not start (ZeroDivisionError)")
    assert not timer.isActive()


def test_a_start_on_a_folder_in_use_is_left_to_whoever_opened_the_window(
    qapp: QApplication, engine: EngineDouble
) -> None:
    with pytest.raises(DataFolderInUse):
        run(Opening(engine, DataFolderInUse("Another Legwork is open.")), NO_FILE, qapp)
    assert shown_window() is None
    opening = Opening(engine)
    timer = when(lambda window: window.tasks.model.is_loaded, leave)
    assert run(opening, NO_FILE, qapp) == 0  # where the other one is gone by now
    assert not timer.isActive()


def test_closing_before_the_engine_is_there_ends_too(qapp: QApplication, engine: EngineDouble) -> None:
    opening = Opening(engine)
    timer = when(lambda _window: True, leave)
    assert run(opening, NO_FILE, qapp) == 0
    assert not timer.isActive()
