"""The window as a whole: closing, the tray, orders, keys and themes."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from desktop.engine import Estimate, LoadedModel, Progress, RuntimeStatus, StorageFailed, TaskStatus
from desktop.ui.bridge import Bridge
from desktop.ui.theme import DARK, LIGHT, Colours, Theme
from desktop.ui.window import Window
from tests.fakes.engine_double import EngineDouble, EngineThreadDouble, make_task


class TrayDouble(QObject):
    """A tray that is always there."""

    open_wanted = Signal()
    answer_wanted = Signal()
    pause_wanted = Signal()
    quit_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.shown = False
        self.said = ""

    def show(self) -> None:
        self.shown = True

    def say(self, workload: str, waiting: int) -> None:
        self.said = workload


@pytest.fixture
def tray() -> TrayDouble:
    return TrayDouble()


@pytest.fixture
def tray_window(
    qtbot: QtBot,
    bridge: Bridge,
    theme: Theme,
    tray: TrayDouble,
    engine: EngineDouble,
    engine_thread: EngineThreadDouble,
) -> Window:
    window = Window(bridge, theme)
    window.use_tray(tray)  # type: ignore[arg-type]
    qtbot.addWidget(window, before_close_func=lambda shown: setattr(shown, "_leaving", True))
    window.show()
    bridge.attach(engine, engine_thread.loop)
    return window


def run_a_task(qtbot: QtBot, window: Window, thread: EngineThreadDouble) -> None:
    task = replace(make_task(1, status=TaskStatus.RUNNING), estimate=Estimate(seconds=60, low=40, high=90))
    thread.do(lambda: thread.engine.put(task, event=True))
    qtbot.waitUntil(lambda: window.status.right.text().startswith("1 running"))
    qtbot.waitUntil(lambda: window._busy)


@pytest.mark.qt_log_ignore("does not support raise")
def test_closing_while_work_runs_goes_to_the_tray(
    qtbot: QtBot, tray_window: Window, tray: TrayDouble, engine_thread: EngineThreadDouble
) -> None:
    run_a_task(qtbot, tray_window, engine_thread)
    assert not tray_window.close()
    assert not tray_window.isVisible()
    assert tray.shown
    assert tray.said.startswith("1 running · done at about")
    tray.open_wanted.emit()
    assert tray_window.isVisible()


def test_quitting_from_the_tray_quits(
    qtbot: QtBot, tray_window: Window, tray: TrayDouble, engine_thread: EngineThreadDouble
) -> None:
    run_a_task(qtbot, tray_window, engine_thread)
    with qtbot.waitSignal(tray_window.quit_wanted):
        tray.quit_wanted.emit()


def test_pausing_from_the_tray_pauses_all(
    qtbot: QtBot, tray_window: Window, tray: TrayDouble, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    engine_thread.do(lambda: engine.put(make_task(2), event=True))
    run_a_task(qtbot, tray_window, engine_thread)
    tray.pause_wanted.emit()
    qtbot.waitUntil(lambda: {task.status for task in engine.tasks.values()} == {TaskStatus.PAUSED})


def test_closing_without_a_tray_asks_and_stays_when_told_so(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    run_a_task(qtbot, window, engine_thread)
    asked: list[str] = []
    window.ask_to_quit = lambda workload: bool(asked.append(workload))
    assert not window.close()
    assert window.isVisible()
    window.actions_["quit"].trigger()
    assert window.isVisible()
    assert len(asked) == 2
    window.ask_to_quit = lambda _workload: True
    with qtbot.waitSignal(window.quit_wanted):
        window.close()


def test_closing_without_work_quits_without_a_question(qtbot: QtBot, window: Window) -> None:
    window.ask_to_quit = lambda _workload: pytest.fail("there was nothing to ask")
    with qtbot.waitSignal(window.quit_wanted):
        window.close()


def test_orders_reach_the_engine_and_the_buttons_follow(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    run_a_task(qtbot, window, engine_thread)
    actions = window.actions_
    assert [actions[name].isEnabled() for name in ("pause", "resume", "cancel", "retry")] == [True, False, True, False]
    actions["pause"].trigger()
    qtbot.waitUntil(actions["resume"].isEnabled)
    actions["resume"].trigger()
    qtbot.waitUntil(actions["pause"].isEnabled)
    actions["cancel"].trigger()
    qtbot.waitUntil(actions["retry"].isEnabled)
    actions["retry"].trigger()
    qtbot.waitUntil(lambda: "run 2" in window.detail.meta.text())


def test_an_order_that_the_engine_refuses_is_explained(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    run_a_task(qtbot, window, engine_thread)
    task_id = next(iter(engine.tasks))
    engine.tasks[task_id] = replace(engine.tasks[task_id], status=TaskStatus.COMPLETED)
    window.actions_["pause"].trigger()
    qtbot.waitUntil(lambda: "can't become paused" in window.status.left.text())


def test_an_identifier_is_copied(qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble) -> None:
    run_a_task(qtbot, window, engine_thread)
    window.actions_["copy_id"].trigger()
    assert QGuiApplication.clipboard().text() == make_task(1).task_id


def test_a_task_can_be_edited_as_a_new_one(qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble) -> None:
    run_a_task(qtbot, window, engine_thread)
    window.actions_["reuse"].trigger()
    assert window.composer.goal.toPlainText() == "Task 1"


def test_every_action_has_a_key_of_its_own_and_a_menu_entry(window: Window) -> None:
    actions = window.actions_.all()
    keys = [action.shortcut().toString() for action in actions]
    assert all(keys)
    assert len(set(keys)) == len(keys)
    in_menus = {entry for menu in window.menuBar().actions() for entry in menu.menu().actions()}
    assert set(actions) <= in_menus


def test_everything_that_takes_the_keyboard_has_a_name(window: Window) -> None:
    nameless = [
        widget
        for kind in (QAbstractButton, QLineEdit, QPlainTextEdit)
        for widget in window.findChildren(kind)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not widget.accessibleName()
        and not getattr(widget, "text", str)()
    ]
    assert nameless == []


def test_the_runtime_is_said_in_words(qtbot: QtBot, window: Window, engine: EngineDouble) -> None:
    model = LoadedModel(name="SmolLM2", context_tokens=4096, slots=4, device="CPU, 2 threads")
    engine.status = RuntimeStatus(model=model, memory=400 * 2**20)
    window._watch.look()
    qtbot.waitUntil(lambda: window.status.left.text() == "SmolLM2 · CPU, 2 threads · 400 MB")


def test_the_theme_follows_the_system(qtbot: QtBot, window: Window, theme: Theme) -> None:
    theme.use(Qt.ColorScheme.Dark)
    assert window.palette().window().color() == QColor(DARK.window)
    theme.use(Qt.ColorScheme.Light)
    assert window.palette().window().color() == QColor(LIGHT.window)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in QColor(colour).getRgbF()[:3]
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_stands_out_from_every_ground(colours: Colours) -> None:
    for ground in (colours.window, colours.side, colours.card, colours.chosen, colours.hover):
        for text in (colours.text, colours.quiet, colours.accent, colours.needs, colours.done, colours.failed):
            dark, light = sorted((luminance(text), luminance(ground)))
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


@pytest.mark.parametrize("size", [(900, 600), (1360, 860)])
def test_nothing_is_wider_than_the_window(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble, size: tuple[int, int]
) -> None:
    long = replace(make_task(1, title="Donaudampfschifffahrtsgesellschaft" * 9), progress=Progress(fraction=0.5))
    engine_thread.do(lambda: engine_thread.engine.put(long, event=True))
    qtbot.waitUntil(lambda: window.detail.task is not None)
    window.resize(*size)
    qtbot.waitUntil(lambda: (window.width(), window.height()) == size)
    assert window.minimumSizeHint().width() <= 900
    assert window.tasks.view.horizontalScrollBar().maximum() == 0
    assert not window.grab().isNull()


def test_the_tab_key_goes_from_the_goal_to_start_to_the_list_to_the_task(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    run_a_task(qtbot, window, engine_thread)
    window.activateWindow()
    window.composer.goal.setFocus()
    visited = [window.composer.goal]
    while (following := visited[-1].nextInFocusChain()) is not window.composer.goal:
        visited.append(following)
    takes = [
        widget
        for widget in visited
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    wanted = [
        window.composer.goal,
        window.composer.attach,
        window.composer.kind,
        window.composer.model,
        window.composer.start,
        window.tasks.view,
        window.detail.more,
        window.detail.tabs.tabBar(),
        window.sidebar.search,
        window.sidebar.filters,
    ]
    assert [widget for widget in takes if widget in wanted] == wanted


def test_a_problem_stands_there_until_it_is_dismissed(qtbot: QtBot, window: Window) -> None:
    window.show_problem(StorageFailed("The disk is <b>full</b>.", hint="Free some space."))
    assert window.banner.isVisible()
    assert window.banner.text() == "The disk is <b>full</b>. Free some space."
    window.banner.dismiss.click()
    assert not window.banner.isVisible()


def test_the_list_is_asked_for_before_anything_else(
    qtbot: QtBot,
    bridge: Bridge,
    theme: Theme,
    engine: EngineDouble,
    engine_thread: EngineThreadDouble,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def listen(name: str) -> None:
        real = getattr(engine, name)
        monkeypatch.setattr(engine, name, lambda *given: asked.append(name) or real(*given))

    for name in ("find", "counts", "kinds", "models", "runtime_status"):
        listen(name)
    window = Window(bridge, theme)
    qtbot.addWidget(window)
    bridge.attach(engine, engine_thread.loop)  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: len(set(asked)) == 5)
    assert asked[0] == "find"
