"""The window on an engine in memory, offscreen."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from desktop.ui.bridge import Bridge
from desktop.ui.theme import Theme
from desktop.ui.window import Window
from tests.fakes.engine_double import EngineDouble, EngineThreadDouble


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Iterator[object]:
    """Let no other thread, in this test or in a later one, take down what Qt's thread made (see `CyclicGarbage`)."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.enable()


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp)


@pytest.fixture
def engine(tmp_path: Path) -> EngineDouble:
    return EngineDouble(tmp_path)


@pytest.fixture
def engine_thread(engine: EngineDouble) -> Iterator[EngineThreadDouble]:
    thread = EngineThreadDouble(engine)
    yield thread
    thread.close()


@pytest.fixture
def bridge(qapp: QApplication, engine_thread: EngineThreadDouble) -> Iterator[Bridge]:
    """Not attached yet, as at the start of the program."""
    bridge = Bridge()
    yield bridge
    bridge.close()


@pytest.fixture
def window(
    qtbot: QtBot, bridge: Bridge, theme: Theme, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> Window:
    """The window with its engine, and its first page loaded."""
    window = Window(bridge, theme)
    window.ask_to_quit = lambda _workload: True
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitSignal(window.tasks.model.loaded):
        bridge.attach(engine, engine_thread.loop)
    return window
