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


def _is_here(item: pytest.Item | None) -> bool:
    return item is not None and Path(__file__).parent in item.path.parents


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[object]:
    """Let no other thread, in this test or in a later one, take down what Qt's thread made (see `CyclicGarbage`).

    Under pytest-xdist this is called for the tests of other folders too.
    """
    if not _is_here(item):
        return (yield)
    gc.disable()
    try:
        return (yield)
    finally:
        if _is_here(nextitem):
            gc.collect(1)  # what this test made is young; a full collection takes longer than most tests
        else:
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
