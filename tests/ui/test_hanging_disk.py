"""The window on a real engine whose writes do not return: nothing in it hangs, and it says how things stand."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app import run
from desktop.engine import Change, Engine, StorageFailed, Task, TaskId, TaskStatus
from desktop.ui.bridge import Bridge
from desktop.ui.theme import Theme
from desktop.ui.window import Window
from tests.fakes.engine_double import EngineDouble, EngineThreadDouble, make_task
from tests.ui.test_app import NO_FILE, Opening, leave, when
from tests.unit.engine.conftest import World, forever
from tests.unit.engine.disk import Disk

HISTORY = 250

pytestmark = pytest.mark.expected_log("could not be recorded", "not all was written")


class RealThread(EngineThreadDouble):
    """A real engine in memory, on a thread; its disk hangs and answers at the test's word."""

    def __init__(self) -> None:
        super().__init__(None)  # type: ignore[arg-type]
        self.world = World()
        self.disk: Disk

    def open(self) -> Engine:
        async def go() -> Engine:
            for number in range(HISTORY):
                await self.world.store.add(Change(task=make_task(number, status=TaskStatus.COMPLETED)))
            self.disk = Disk(self.world)
            return await self.world.open(forever)

        return asyncio.run_coroutine_threadsafe(go(), self.loop).result(10)

    def submit(self) -> TaskId:
        return asyncio.run_coroutine_threadsafe(self.world.submit(), self.loop).result(10)

    def hang(self) -> None:
        self.do(self.disk.answers.clear)

    def answer(self) -> None:
        self.do(self.disk.answers.set)


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Iterator[RealThread]:
    monkeypatch.setattr("desktop.engine.live_task.END_SECONDS", 0.0)
    monkeypatch.setattr("desktop.engine.scheduler.CLOSE_SECONDS", 0.01)
    thread = RealThread()
    yield thread
    thread.answer()
    asyncio.run_coroutine_threadsafe(thread.world.engine.stop(), thread.loop).result(10)
    thread.close()


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, real: RealThread) -> Iterator[Window]:
    bridge = Bridge()
    window = Window(bridge, theme)
    window.ask_to_quit = lambda _workload: True
    window.composer._keeping.setInterval(0)
    qtbot.addWidget(window)
    window.show()
    engine = real.open()
    with qtbot.waitSignal(window.tasks.model.loaded):
        bridge.attach(engine, real.loop)
    qtbot.waitUntil(lambda: window.composer.kind.menu() is not None)
    window.composer.kind.choose("errand")
    yield window
    bridge.close()


def compose(qtbot: QtBot, window: Window) -> None:
    qtbot.keyClicks(window.composer.goal, "Fetch the papers")
    qtbot.mouseClick(window.composer.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.composer.start.text() == "Give up")


def shown(window: Window) -> Task:
    assert window.detail.task is not None
    return window.detail.task


def test_a_task_that_is_still_being_kept_says_so_and_is_kept_when_the_disk_answers(
    qtbot: QtBot, window: Window, real: RealThread
) -> None:
    real.hang()
    compose(qtbot, window)
    assert "still being kept" in window.composer.message.text()
    assert window.composer.goal.toPlainText() == "Fetch the papers"
    real.answer()
    qtbot.waitUntil(lambda: window.composer.start.text() == "Start")
    assert window.composer.goal.toPlainText() == ""
    assert window.composer.message.isHidden()
    assert shown(window).title == "Fetch the papers"


def test_a_task_that_is_given_up_never_runs_and_what_was_typed_stays(
    qtbot: QtBot, window: Window, real: RealThread
) -> None:
    real.hang()
    compose(qtbot, window)
    window.actions_["start"].trigger()  # the key that starts gives nothing up
    assert window.composer.start.text() == "Give up"
    qtbot.mouseClick(window.composer.start, Qt.MouseButton.LeftButton)
    assert "will not run" in window.composer.message.text()
    assert window.composer.goal.toPlainText() == "Fetch the papers"
    assert window.composer.start.text() == "Start"
    real.answer()
    qtbot.waitUntil(lambda: window.tasks.model.task_at(0).status is TaskStatus.CANCELLED)
    assert window.tasks.model.task_at(0).title == "Fetch the papers"


def test_lists_are_scrolled_searched_and_filtered_while_a_write_hangs(
    qtbot: QtBot, window: Window, real: RealThread
) -> None:
    real.hang()
    compose(qtbot, window)
    before = window.tasks.model.rowCount()
    window.tasks.view.scrollToBottom()
    qtbot.waitUntil(lambda: window.tasks.model.rowCount() > before)
    window.sidebar.search.setText("Task 249")
    qtbot.waitUntil(lambda: window.tasks.model.rowCount() == 1)
    window.sidebar.search.clear()
    window.actions_["filter_5"].trigger()
    qtbot.waitUntil(lambda: window.tasks.model.rowCount() >= 100)
    window.tasks.step(1)
    qtbot.waitUntil(lambda: window.detail.task is not None)


@pytest.mark.parametrize(("order", "status"), [("pause", TaskStatus.PAUSED), ("cancel", TaskStatus.CANCELLED)])
def test_the_buttons_of_a_task_answer_while_a_write_hangs(
    qtbot: QtBot, window: Window, real: RealThread, order: str, status: TaskStatus
) -> None:
    task_id = real.submit()
    qtbot.waitUntil(lambda: window.tasks.model.task_at(0).task_id == task_id)
    qtbot.waitUntil(lambda: window.tasks.model.task_at(0).status is TaskStatus.RUNNING)
    window.tasks.choose(window.tasks.model.task_at(0))
    qtbot.waitUntil(lambda: shown(window).status is TaskStatus.RUNNING)
    real.hang()
    window.actions_[order].trigger()
    qtbot.waitUntil(lambda: shown(window).status is status)


def test_closing_says_what_was_not_written(qapp: QApplication, engine: EngineDouble) -> None:
    said: list[str] = []

    class Lossy(Opening):
        def __call__(self, on_raise: Any) -> Any:
            return Losing(super().__call__(on_raise))

    def go(window: Window) -> None:
        window.tell_of_loss = said.append
        leave(window)

    timer = when(lambda window: window.tasks.model.is_loaded, go)
    assert run(Lossy(engine), NO_FILE, qapp) == 1
    assert said == ["The disk does not answer. Check it."]
    assert not timer.isActive()


class Losing:
    """A context that fails at its end, as a store does whose last write hangs."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __aenter__(self) -> Any:
        return await self.inner.__aenter__()

    async def __aexit__(self, *given: Any) -> None:
        await self.inner.__aexit__(*given)
        raise StorageFailed("The disk does not answer.", hint="Check it.")


def test_an_engine_that_does_not_end_does_not_keep_the_program(
    qapp: QApplication, engine: EngineDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.app.END_SECONDS", 0.01)
    monkeypatch.setattr("desktop.app.JOIN_SECONDS", 0.01)
    said: list[str] = []
    stuck = asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    class Stuck(Losing):
        async def __aexit__(self, *given: Any) -> None:
            loops.append(asyncio.get_running_loop())
            await stuck.wait()
            await self.inner.__aexit__(*given)

    class StuckOpening(Opening):
        def __call__(self, on_raise: Any) -> Any:
            return Stuck(super().__call__(on_raise))

    def go(window: Window) -> None:
        window.tell_of_loss = said.append
        leave(window)

    timer = when(lambda window: window.tasks.model.is_loaded, go)
    assert run(StuckOpening(engine), NO_FILE, qapp) == 1
    assert "does not answer" in said[0]
    assert "At the next start the tasks go on" in said[0]
    assert not timer.isActive()
    loops[0].call_soon_threadsafe(stuck.set)
