"""Trash and pins in the window: deleting is undone rather than asked about, removing for good is asked about."""

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from desktop.engine import StorageFailed, Task, TaskStatus
from desktop.ui import dialogs
from desktop.ui.sidebar import FILTERS
from desktop.ui.task_list_model import TASK_ROLE
from desktop.ui.window import Window
from tests.fakes.engine_double import START, EngineDouble, EngineThreadDouble, make_task

TRASH = f"filter_{len(FILTERS) - 1}"
KEEPING = ("pin", "unpin", "delete", "restore", "purge")


def titles(window: Window) -> list[str]:
    model = window.tasks.model
    return [model.index(row).data() for row in range(model.rowCount())]


def done(number: int) -> Task:
    return replace(make_task(number, status=TaskStatus.COMPLETED), started_at=START, finished_at=START)


@pytest.fixture
def listed(qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble) -> Window:
    """Three completed tasks, the newest of them chosen."""
    for number in (1, 2, 3):
        engine_thread.do(lambda number=number: engine_thread.engine.put(done(number), event=True))
    qtbot.waitUntil(lambda: titles(window) == ["Task 3", "Task 2", "Task 1"])
    window.tasks.choose(done(3))
    qtbot.waitUntil(lambda: enabled(window) == ["pin", "delete"])
    return window


def enabled(window: Window) -> list[str]:
    return [name for name in KEEPING if window.actions_[name].isEnabled()]


def count_in_trash(window: Window) -> int:
    count: int = window.sidebar.filters.item(len(FILTERS) - 1).data(256)
    return count


def look_into_trash(qtbot: QtBot, window: Window, *wanted: str) -> None:
    """Show Trash, and choose what is at the top."""
    qtbot.waitUntil(lambda: count_in_trash(window) == len(wanted))
    window.actions_[TRASH].trigger()
    qtbot.waitUntil(lambda: titles(window) == list(wanted))
    window.actions_["next"].trigger()
    qtbot.waitUntil(lambda: enabled(window) == ["restore", "purge"])


def test_what_is_deleted_leaves_the_list_for_trash_and_the_next_task_is_chosen(qtbot: QtBot, listed: Window) -> None:
    listed.actions_["delete"].trigger()
    qtbot.waitUntil(lambda: titles(listed) == ["Task 2", "Task 1"])
    qtbot.waitUntil(lambda: count_in_trash(listed) == 1)
    assert listed.sidebar.filters.item(0).data(256) == 2
    assert listed.detail.task is not None
    assert listed.detail.task.title == "Task 2"
    assert listed.snackbar.isVisible()
    assert listed.snackbar.text() == "Moved to Trash: Task 3"
    listed.actions_[TRASH].trigger()
    qtbot.waitUntil(lambda: titles(listed) == ["Task 3"])


def test_the_key_deletes_and_another_one_undoes_it(qtbot: QtBot, listed: Window) -> None:
    with qtbot.waitActive(listed):
        listed.activateWindow()
    listed.tasks.view.setFocus()
    qtbot.keyClick(listed.tasks.view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: titles(listed) == ["Task 2", "Task 1"])
    qtbot.waitUntil(listed.snackbar.isVisible)
    qtbot.keyClick(listed.tasks.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: titles(listed) == ["Task 3", "Task 2", "Task 1"])
    qtbot.waitUntil(lambda: listed.detail.task is not None and listed.detail.task.title == "Task 3")
    assert not listed.snackbar.isVisible()


def test_several_deletions_are_undone_one_after_the_other(qtbot: QtBot, listed: Window) -> None:
    for left in (2, 1):
        listed.actions_["delete"].trigger()
        qtbot.waitUntil(lambda left=left: listed.tasks.model.rowCount() == left)
        qtbot.waitUntil(lambda left=left: f"Task {left + 1}" in listed.snackbar.text())
    listed.snackbar.undo.click()
    qtbot.waitUntil(lambda: titles(listed) == ["Task 2", "Task 1"])
    listed.actions_["undo"].trigger()
    qtbot.waitUntil(lambda: titles(listed) == ["Task 3", "Task 2", "Task 1"])
    listed.actions_["undo"].trigger()
    assert "nothing to undo" in listed.status.left.text()


def test_an_undone_deletion_is_found_again_by_a_search(qtbot: QtBot, listed: Window) -> None:
    listed.sidebar.search.setText("task 3")
    qtbot.waitUntil(lambda: titles(listed) == ["Task 3"])
    listed.actions_["delete"].trigger()
    qtbot.waitUntil(lambda: titles(listed) == [])
    qtbot.waitUntil(listed.snackbar.isVisible)
    listed.snackbar.undo.click()
    qtbot.waitUntil(lambda: titles(listed) == ["Task 3"])


def test_from_trash_a_task_is_restored(qtbot: QtBot, listed: Window) -> None:
    listed.actions_["delete"].trigger()
    look_into_trash(qtbot, listed, "Task 3")
    assert not listed.actions_["retry"].isEnabled()
    qtbot.waitUntil(lambda: "in Trash, gone in 5 days" in listed.detail.meta.text())
    listed.actions_["restore"].trigger()
    qtbot.waitUntil(lambda: titles(listed) == [])
    assert listed.tasks._nothing.text().startswith("Trash is empty.")
    listed.actions_["filter_0"].trigger()
    qtbot.waitUntil(lambda: titles(listed) == ["Task 3", "Task 2", "Task 1"])


def test_a_task_is_removed_for_good_only_when_the_person_says_so(
    qtbot: QtBot, listed: Window, engine: EngineDouble
) -> None:
    asked: list[str] = []
    listed.trash.ask_to_remove = lambda what: bool(asked.append(what))
    listed.actions_["delete"].trigger()
    look_into_trash(qtbot, listed, "Task 3")
    listed.actions_["purge"].trigger()
    listed.actions_["empty_trash"].trigger()
    assert len(asked) == 2
    assert "Task 3" in asked[0]
    assert len(engine.tasks) == 3
    listed.trash.ask_to_remove = lambda _what: True
    listed.actions_["purge"].trigger()
    qtbot.waitUntil(lambda: titles(listed) == [] and listed.detail.task is None)
    assert len(engine.tasks) == 2
    assert enabled(listed) == []


def test_trash_is_emptied(qtbot: QtBot, listed: Window, engine: EngineDouble) -> None:
    listed.trash.ask_to_remove = lambda _what: True
    assert not listed.actions_["empty_trash"].isEnabled()
    for left in (2, 1):
        listed.actions_["delete"].trigger()
        qtbot.waitUntil(lambda left=left: listed.tasks.model.rowCount() == left)
    look_into_trash(qtbot, listed, "Task 3", "Task 2")
    listed.actions_["empty_trash"].trigger()
    qtbot.waitUntil(lambda: titles(listed) == [] and count_in_trash(listed) == 0)
    assert [task.title for task in engine.tasks.values()] == ["Task 1"]
    assert listed.detail.task is None
    assert not listed.actions_["empty_trash"].isEnabled()


def test_a_pinned_task_is_marked_and_can_not_be_deleted(qtbot: QtBot, listed: Window) -> None:
    qtbot.waitUntil(lambda: "kept until 4 February" in listed.detail.meta.text())
    plain = listed.tasks.view.grab().toImage()
    listed.actions_["pin"].trigger()
    qtbot.waitUntil(lambda: enabled(listed) == ["unpin"])
    index = listed.tasks.model.index(0)
    assert index.data(TASK_ROLE).pinned
    assert "pinned" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert " · pinned" in listed.detail.meta.text()
    assert listed.tasks.view.grab().toImage() != plain
    listed.actions_["unpin"].trigger()
    qtbot.waitUntil(lambda: enabled(listed) == ["pin", "delete"])


def test_what_the_engine_refuses_is_explained(qtbot: QtBot, listed: Window, engine: EngineDouble) -> None:
    engine.retention.refusal = StorageFailed("The disk is full.", hint="Make room.")
    listed.actions_["delete"].trigger()
    qtbot.waitUntil(lambda: listed.status.left.text() == "The disk is full. Make room.")
    assert titles(listed) == ["Task 3", "Task 2", "Task 1"]
    assert not listed.snackbar.isVisible()


def test_the_time_left_in_trash_goes_down(qtbot: QtBot, listed: Window, engine: EngineDouble) -> None:
    listed.actions_["delete"].trigger()
    look_into_trash(qtbot, listed, "Task 3")
    qtbot.waitUntil(lambda: "gone in 5 days" in listed.detail.meta.text())
    engine.retention.left = timedelta(hours=3)
    listed._watch._poll.timeout.emit()
    qtbot.waitUntil(lambda: "gone in 1 day" in listed.detail.meta.text())


@pytest.mark.parametrize("answer", ["Keep", "Delete for good"])
def test_the_question_before_the_end_names_what_goes(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    said: list[str] = []

    def choose(box: QMessageBox) -> int:
        said.append(f"{box.text()} {box.informativeText()}")
        assert box.defaultButton().text() == "Keep"
        next(button for button in box.buttons() if button.text() == answer).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", choose)
    assert dialogs.ask_to_remove(window, "Everything in Trash") is (answer != "Keep")
    assert said == ["Delete for good? Everything in Trash will be gone. This can't be undone."]
