"""The list: paged, live, filtered and searched."""

from dataclasses import replace

from PySide6.QtCore import QModelIndex, QStringListModel
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.engine import Progress, Task, TaskStatus
from desktop.ui.bridge import Bridge
from desktop.ui.task_list import SPARE_ROWS
from desktop.ui.task_list_model import PAGE, TASK_ROLE, TaskListModel
from desktop.ui.task_view import TaskView
from desktop.ui.window import Window
from tests.fakes.engine_double import EngineDouble, EngineThreadDouble, make_task


def titles(window: Window) -> list[str]:
    model = window.tasks.model
    return [model.index(row).data() for row in range(model.rowCount())]


def test_a_hundred_thousand_tasks_come_page_by_page(
    qtbot: QtBot, bridge: Bridge, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    engine.fill(100_000)
    model = TaskListModel(bridge)
    bridge.attach(engine, engine_thread.loop)
    with qtbot.waitSignal(model.loaded, timeout=20_000):
        model.show(frozenset(), "")
    assert model.rowCount() == PAGE
    assert model.index(0).data() == "Task 99999"
    assert model.canFetchMore(QModelIndex())
    with qtbot.waitSignal(model.loaded, timeout=20_000):
        model.fetchMore(QModelIndex())
        assert not model.canFetchMore(QModelIndex())  # one page at a time
    assert model.rowCount() == 2 * PAGE
    assert model.index(2 * PAGE - 1).data() == f"Task {100_000 - 2 * PAGE}"


def test_scrolling_to_the_end_fetches_the_next_page(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    engine_thread.do(lambda: engine.fill(250))
    window.tasks.show(frozenset(), "Task")
    qtbot.waitUntil(lambda: window.tasks.model.rowCount() == PAGE)
    window.tasks.view.scrollToBottom()
    qtbot.waitUntil(lambda: window.tasks.model.rowCount() == 2 * PAGE)
    assert window.tasks.found.text() == "More than 200 found for “task”"


def test_a_flood_of_updates_reaches_the_window_as_a_few(
    qtbot: QtBot, bridge: Bridge, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    batches: list[tuple[Task, ...]] = []
    bridge.tasks_changed.connect(batches.append)
    bridge.attach(engine, engine_thread.loop)
    task = make_task(1, status=TaskStatus.RUNNING)

    def flood() -> None:
        for done in range(1000):
            engine.put(replace(task, progress=Progress(fraction=done / 1000)))

    engine_thread.do(lambda: None)
    engine_thread.do(flood)
    qtbot.waitUntil(lambda: bool(batches) and batches[-1][0].progress.fraction == 0.999)
    assert len(batches) <= 3
    assert all(len(batch) == 1 for batch in batches)


def test_a_row_follows_its_task(qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble) -> None:
    task = make_task(1, status=TaskStatus.RUNNING)
    engine_thread.do(lambda: engine_thread.engine.put(task, event=True))
    qtbot.waitUntil(lambda: window.tasks.model.rowCount() == 1)
    engine_thread.do(lambda: engine_thread.engine.put(replace(task, progress=Progress(fraction=0.5))))
    qtbot.waitUntil(lambda: window.tasks.model.index(0).data(TASK_ROLE).progress.fraction == 0.5)


def test_new_tasks_come_in_at_the_top(qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble) -> None:
    for number in (2, 3, 1):
        engine_thread.do(lambda number=number: engine_thread.engine.put(make_task(number), event=True))
    qtbot.waitUntil(lambda: titles(window) == ["Task 3", "Task 2", "Task 1"])


def test_rows_far_below_are_let_go_as_new_ones_come_and_fetched_again(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    engine_thread.do(lambda: engine.fill(50))
    window.tasks.show(frozenset(), "")
    qtbot.waitUntil(lambda: window.tasks.model.rowCount() == 50)
    window.tasks.view.setCurrentIndex(window.tasks.model.index(7))
    chosen = window.detail.task
    for number in range(50, 1000, 50):
        for each in range(number, number + 50):
            engine_thread.do(lambda each=each: engine.put(make_task(each)))  # type: ignore[misc]
        qtbot.waitUntil(lambda number=number: titles(window)[0] == f"Task {number + 49}")  # type: ignore[misc]
    model = window.tasks.model
    assert model.rowCount() <= SPARE_ROWS + 2 * PAGE
    assert titles(window) == [f"Task {999 - row}" for row in range(model.rowCount())]
    assert chosen is not None
    assert window.detail.task is chosen
    while model.has_more:
        before = model.rowCount()
        window.tasks.view.scrollToBottom()
        qtbot.waitUntil(lambda before=before: model.rowCount() > before or not model.has_more)  # type: ignore[misc]
    assert titles(window) == [f"Task {999 - row}" for row in range(1000)]
    engine_thread.do(lambda: engine.put(make_task(1000)))
    qtbot.waitUntil(lambda: titles(window)[0] == "Task 1000")
    assert model.rowCount() == 1001  # the person is down there


def test_a_page_on_its_way_is_not_taken_when_rows_before_it_were_let_go(
    qtbot: QtBot, bridge: Bridge, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    engine.fill(500)
    model = TaskListModel(bridge)
    bridge.attach(engine, engine_thread.loop)
    with qtbot.waitSignal(model.loaded):
        model.show(frozenset(), "")
    with qtbot.waitSignal(model.loaded):
        model.fetchMore(QModelIndex())
    model.fetchMore(QModelIndex())
    model.let_go(60)
    with qtbot.waitSignal(model.loaded):
        model.fetchMore(QModelIndex())
    shown = [model.index(row).data() for row in range(model.rowCount())]
    assert shown == [f"Task {499 - row}" for row in range(160)]


def test_a_task_leaves_a_filter_that_it_no_longer_fits(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    task = make_task(1, status=TaskStatus.RUNNING)
    engine_thread.do(lambda: engine_thread.engine.put(task, event=True))
    window.actions_["filter_1"].trigger()
    qtbot.waitUntil(lambda: titles(window) == ["Task 1"])
    engine_thread.do(lambda: engine_thread.engine.put(replace(task, status=TaskStatus.PAUSED), event=True))
    qtbot.waitUntil(lambda: titles(window) == [])


def test_filters_count_what_they_show(qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble) -> None:
    for number, status in enumerate((TaskStatus.RUNNING, TaskStatus.FAILED, TaskStatus.FAILED)):
        task = make_task(number, status=status)
        engine_thread.do(lambda task=task: engine_thread.engine.put(task, event=True))

    def counts() -> list[int]:
        filters = window.sidebar.filters
        return [filters.item(row).data(256) for row in range(filters.count())]

    qtbot.waitUntil(lambda: counts() == [3, 1, 0, 0, 0, 0, 2, 0, 0])


def test_a_search_lists_what_matches_and_says_how_many(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    for number, title in enumerate(("Tender A", "Invoice", "Tender B")):
        task = make_task(number, title=title)
        engine_thread.do(lambda task=task: engine_thread.engine.put(task, event=True))
    window.actions_["search"].trigger()
    qtbot.keyClicks(window.sidebar.search, "tender")
    qtbot.waitUntil(lambda: titles(window) == ["Tender B", "Tender A"])
    assert window.tasks.found.text() == "2 found for “tender”"


def test_a_search_without_a_match_says_so(qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble) -> None:
    engine_thread.do(lambda: engine_thread.engine.put(make_task(1), event=True))
    qtbot.waitUntil(lambda: window.tasks.model.rowCount() == 1)
    window.sidebar.search.setText("zebra")
    qtbot.waitUntil(lambda: window.tasks.model.rowCount() == 0)
    assert "zebra" in window.tasks._nothing.text()


def test_an_empty_list_says_what_to_do_first(qtbot: QtBot, window: Window) -> None:
    examples = [
        button for button in window.tasks.findChildren(object) if getattr(button, "objectName", str)() == "example"
    ]
    assert all(button.isVisible() for button in examples)
    examples[0].click()
    assert window.composer.goal.toPlainText() == "Summarise this in five points"


def test_an_update_during_a_search_adds_no_row_that_does_not_match(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    engine_thread.do(lambda: engine_thread.engine.put(make_task(1, title="Tender"), event=True))
    window.sidebar.search.setText("tender")
    qtbot.waitUntil(lambda: titles(window) == ["Tender"] and window.tasks.model.text == "tender")
    with qtbot.waitSignal(window._bridge.tasks_changed):
        engine_thread.do(lambda: engine_thread.engine.put(make_task(2, title="Invoice"), event=True))
    assert titles(window) == ["Tender"]


class CountingView(TaskView):
    """Counts how often it lays all cards out."""

    laid_out = 0

    def doItemsLayout(self) -> None:  # noqa: N802
        self.laid_out += 1
        super().doItemsLayout()


def test_an_update_paints_a_card_and_lays_out_none(qtbot: QtBot) -> None:
    model, view = QStringListModel(["a", "b"]), CountingView()
    qtbot.addWidget(view)
    view.setModel(model)
    view.show()
    qtbot.waitUntil(lambda: view.laid_out > 0)
    QApplication.processEvents()
    before = view.laid_out
    model.setData(model.index(0), "c")
    QApplication.processEvents()
    QApplication.processEvents()
    assert view.laid_out == before
