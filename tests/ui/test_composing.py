"""Composing a task: what a person types is estimated, started, or refused without being lost."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from pytestqt.qtbot import QtBot

from desktop.engine import LegworkError, UnreadableDocument
from desktop.ui.bridge import Bridge
from desktop.ui.theme import Theme
from desktop.ui.window import Window
from tests.fakes.engine_double import EngineDouble, EngineThreadDouble


def test_the_estimate_stands_there_before_start(qtbot: QtBot, window: Window, engine: EngineDouble) -> None:
    qtbot.keyClicks(window.composer.goal, "Compare the tenders")
    assert window.composer.estimate.text() == "estimating…"
    qtbot.waitUntil(lambda: window.composer.estimate.text() == "about 4 min (3–7), after 1 task ahead")
    assert engine.requests == []


def test_a_started_task_is_listed_and_shown_and_the_composer_is_free_again(
    qtbot: QtBot, window: Window, engine: EngineDouble, tmp_path: Path
) -> None:
    window.composer.add_paths([tmp_path])
    qtbot.keyClicks(window.composer.goal, "Summarise this")
    qtbot.mouseClick(window.composer.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.tasks.model.rowCount() == 1)
    assert engine.requests[0].inputs[0].path == str(tmp_path)
    assert window.detail.task is not None
    assert window.detail.title.text() == "Summarise this"
    assert window.composer.goal.toPlainText() == ""
    assert window.composer.attachments.paths == ()


def test_a_task_can_be_started_watched_and_paused_with_the_keyboard_alone(
    qtbot: QtBot, window: Window, engine: EngineDouble
) -> None:
    qtbot.waitActive(window)
    qtbot.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(window.composer.goal, "Summarise this")
    qtbot.keyClick(window.composer.goal, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.detail.task is not None)
    qtbot.keyClick(window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.detail.meta.text().startswith("Paused"))
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    assert window.detail.tabs.currentWidget() is window.detail.steps


def test_a_refusal_is_said_inline_and_loses_nothing(
    qtbot: QtBot, window: Window, engine: EngineDouble, tmp_path: Path
) -> None:
    engine.refusal = UnreadableDocument(
        "“a.pdf” is encrypted; nothing was started.", hint="Save it without a password."
    )
    window.composer.add_paths([tmp_path / "a.pdf"])
    qtbot.keyClicks(window.composer.goal, "Summarise")
    qtbot.mouseClick(window.composer.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(window.composer.message.isVisible)
    assert "is encrypted" in window.composer.message.text()
    assert "Save it without a password." in window.composer.message.text()
    assert window.composer.goal.toPlainText() == "Summarise"
    assert window.composer.attachments.paths == (tmp_path / "a.pdf",)
    assert window.composer.start.isEnabled()


def test_an_empty_goal_is_answered_with_what_to_do(qtbot: QtBot, window: Window) -> None:
    window.actions_["start"].trigger()
    qtbot.waitUntil(window.composer.message.isVisible)
    assert "Say what to do" in window.composer.message.text()


def test_a_message_goes_when_the_person_types_on(qtbot: QtBot, window: Window) -> None:
    window.actions_["start"].trigger()
    qtbot.waitUntil(window.composer.message.isVisible)
    qtbot.keyClicks(window.composer.goal, "S")
    assert not window.composer.message.isVisible()


def test_what_is_started_before_the_engine_is_there_starts_when_it_comes(
    qtbot: QtBot, bridge: Bridge, theme: Theme, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    window = Window(bridge, theme)
    window.ask_to_quit = lambda _workload: True
    qtbot.addWidget(window)
    window.composer.write_goal("Early bird")
    window.composer.submit()
    assert engine.requests == []
    bridge.attach(engine, engine_thread.loop)
    qtbot.waitUntil(lambda: [request.goal for request in engine.requests] == ["Early bird"])
    qtbot.waitUntil(lambda: window.tasks.model.rowCount() == 1)


def test_files_are_taken_wherever_they_are_dropped(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.pdf")), QUrl("https://example.org/b.pdf")])
    where, copy = QPoint(5, 300), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(where, copy, mime, left, none)
    window.dragEnterEvent(entering)
    assert entering.isAccepted()
    window.dropEvent(QDropEvent(where, copy, mime, left, none))
    assert window.composer.attachments.paths == (tmp_path / "a.pdf",)


def test_a_file_is_attached_once_and_can_be_taken_off(window: Window, tmp_path: Path) -> None:
    attachments = window.composer.attachments
    attachments.add([tmp_path / "a.pdf", tmp_path / "b.pdf", tmp_path / "a.pdf"])
    assert [path.name for path in attachments.paths] == ["a.pdf", "b.pdf"]
    attachments.findChildren(type(attachments.layout().itemAt(0).widget()))[0].removed.emit()
    assert [path.name for path in attachments.paths] == ["b.pdf"]


def test_many_files_take_the_room_of_a_few(window: Window, tmp_path: Path) -> None:
    window.composer.add_paths([tmp_path / f"{number}.pdf" for number in range(2000)])
    assert len(window.composer.request().inputs) == 2000
    assert window.composer.attachments.layout().count() == 13


def test_the_model_and_the_kind_that_are_chosen_go_with_the_task(window: Window) -> None:
    assert window.composer.request().model is None
    window.composer.model.menu().actions()[2].trigger()
    window.composer.kind.menu().actions()[1].trigger()
    assert window.composer.request().model == "Qwen3-4B Q4_K_M"
    assert window.composer.request().kind == "research"


def test_a_problem_of_the_engine_is_said_at_the_top(window: Window) -> None:
    window.show_problem(LegworkError("The disk is full.", hint="Free some space."))
    assert window.banner.text() == "The disk is full. Free some space."
    assert window.banner.isVisible()
