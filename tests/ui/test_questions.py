"""A task that asks, in the window: what is shown, and what an answer does."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from desktop.engine import Question, Task, TaskStatus
from desktop.ui import wording
from desktop.ui.task_delegate import answer_button
from desktop.ui.window import Window
from tests.fakes.engine_double import EngineDouble, EngineThreadDouble, make_task

MAY_I = Question(
    text="May it install <b>one</b> package?",
    details="pip install regex\n<i>--user</i>",
    choices=("Allow", "Deny & stop"),
)
WHICH = Question(text="Which folder is it about?")


def waiting(number: int, question: Question) -> Task:
    return replace(make_task(number, title="Parser", status=TaskStatus.WAITING), question=question)


def put(qtbot: QtBot, window: Window, thread: EngineThreadDouble, task: Task) -> None:
    thread.do(lambda: thread.engine.put(task, event=True))
    qtbot.waitUntil(lambda: window.detail.task == task)


def test_a_question_is_shown_word_for_word_with_its_choices(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    put(qtbot, window, engine_thread, waiting(1, MAY_I))
    form = window.detail.question
    assert form.isVisible()
    assert form.text.text() == MAY_I.text
    assert form.text.textFormat() is Qt.TextFormat.PlainText
    assert form.details.toPlainText() == MAY_I.details
    assert form.details.isReadOnly()
    assert [button.text() for button in form.choices] == ["Allow", "Deny && stop"]
    assert not form.field.isVisible()
    assert window.actions_["answer"].isEnabled()
    window.actions_["answer"].trigger()
    assert form.choices[1].hasFocus()
    assert not window.actions_["pause"].isEnabled()


def test_a_choice_answers_and_the_question_goes(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    task = waiting(1, MAY_I)
    put(qtbot, window, engine_thread, task)
    form = window.detail.question
    qtbot.mouseClick(form.choices[1], Qt.MouseButton.LeftButton)
    assert not form.isEnabled()
    qtbot.waitUntil(lambda: not form.isVisible())
    given = engine.tasks[task.task_id].answered
    assert given is not None
    assert given.answer == "Deny & stop"
    assert engine.tasks[task.task_id].status is TaskStatus.QUEUED
    assert not window.actions_["answer"].isEnabled()


def test_an_answer_in_words_is_typed(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    task = waiting(1, WHICH)
    put(qtbot, window, engine_thread, task)
    form = window.detail.question
    assert not form.details.isVisible()
    window.actions_["answer"].trigger()
    assert form.field.hasFocus()
    form.send.click()  # nothing is typed yet
    assert form.isEnabled()
    qtbot.keyClicks(form.field, "The one from October")
    put(qtbot, window, engine_thread, replace(task, draft="So far."))  # what is typed stays
    assert form.field.text() == "The one from October"
    qtbot.keyClick(form.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not form.isVisible())
    given = engine.tasks[task.task_id].answered
    assert given is not None
    assert given.answer == "The one from October"


def test_an_answer_that_came_too_late_says_so_and_can_be_given_again(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    task = waiting(1, MAY_I)
    put(qtbot, window, engine_thread, task)
    engine.tasks[task.task_id] = replace(task, question=WHICH)  # of which the window has not heard yet
    form = window.detail.question
    form.choices[0].click()
    qtbot.waitUntil(form.isEnabled)
    assert "asks something else by now" in window.status.left.text()
    assert engine.tasks[task.task_id].status is TaskStatus.WAITING


def test_of_two_tasks_that_ask_the_same_each_has_its_own_answer(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    first, second = waiting(1, WHICH), waiting(2, WHICH)
    put(qtbot, window, engine_thread, first)
    engine_thread.do(lambda: engine.put(second, event=True))
    qtbot.waitUntil(lambda: window.tasks.model.rowCount() == 2)
    form = window.detail.question
    qtbot.keyClicks(form.field, "This")
    window.tasks.choose(second)
    assert form.field.text() == ""
    qtbot.keyClicks(form.field, "That")
    form.send.click()
    qtbot.waitUntil(lambda: engine.tasks[second.task_id].status is TaskStatus.QUEUED)
    assert engine.tasks[first.task_id].status is TaskStatus.WAITING


def test_the_next_question_takes_the_place_of_the_one_before(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    task = waiting(1, MAY_I)
    put(qtbot, window, engine_thread, task)
    put(qtbot, window, engine_thread, replace(task, question=replace(MAY_I, details="", choices=("Yes", "No"))))
    form = window.detail.question
    qtbot.waitUntil(lambda: [button.text() for button in form.choices if button.isVisible()] == ["Yes", "No"])
    assert not form.details.isVisible()


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("rm \u202etxt.a", "rm ⟨U+202E⟩txt.a"),
        ("a\x1b[8mb\r\nc", "a␛[8mb␍\nc"),
        ("pay\u200bpal\ufeff.com", "pay⟨U+200B⟩pal⟨U+FEFF⟩.com"),
        ("two\u2028lines\x85here", "two⟨U+2028⟩lines⟨U+0085⟩here"),
        ("\tä ü 漢 é", "\tä ü 漢 é"),
    ],
)
def test_what_could_not_be_seen_is_named(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble, written: str, seen: str
) -> None:
    put(qtbot, window, engine_thread, waiting(1, replace(MAY_I, details=written, text=f"May it? {written}")))
    assert window.detail.question.details.toPlainText() == seen
    assert window.detail.question.text.text() == f"May it? {seen}"


def test_enter_takes_the_safe_choice_and_no_other(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    task = waiting(1, replace(MAY_I, choices=("Do it", "Do it, always in this task", "No")))
    put(qtbot, window, engine_thread, task)
    form = window.detail.question
    for button in form.choices[:2]:
        button.setFocus()
        qtbot.keyClick(button, Qt.Key.Key_Return)
        qtbot.keyClick(button, Qt.Key.Key_Enter)
    assert form.isEnabled()
    assert engine.tasks[task.task_id].status is TaskStatus.WAITING
    window.actions_["answer"].trigger()
    qtbot.keyClick(form.choices[2], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: engine.tasks[task.task_id].status is TaskStatus.QUEUED)
    given = engine.tasks[task.task_id].answered
    assert given is not None
    assert given.answer == "No"


def test_each_choice_has_a_key_of_its_own_that_opens_no_menu(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    put(qtbot, window, engine_thread, waiting(1, replace(MAY_I, choices=("Do it", "Do it again", "Tell", "No", "!?"))))
    keys = [button.shortcut().toString() for button in window.detail.question.choices]
    assert keys == ["Alt+D", "Alt+O", "Alt+E", "Alt+N", ""]


def test_a_change_of_a_file_is_coloured_and_as_it_is(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    change = "--- notes.txt\n+++ notes.txt\n@@ -1 +1 @@\n-old\n+<b>new</b>\n"
    put(qtbot, window, engine_thread, waiting(1, replace(MAY_I, details=change)))
    details = window.detail.question.details
    assert details.toPlainText() == change
    added = details.document().findBlockByNumber(4)
    removed = details.document().findBlockByNumber(3)
    formats = [block.layout().formats() for block in (added, removed)]
    assert len({each[0].format.foreground().color().name() for each in formats}) == 2


def test_the_tray_leads_to_a_task_that_needs_an_answer(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    put(qtbot, window, engine_thread, waiting(1, MAY_I))
    engine_thread.do(lambda: engine.put(make_task(2, title="Another"), event=True))
    qtbot.waitUntil(lambda: window.tasks.model.rowCount() == 2)
    window.tasks.choose(make_task(2))
    window.open_again = lambda: None  # type: ignore[method-assign]  # this platform can raise no window
    window.answer_next()
    qtbot.waitUntil(lambda: window.sidebar.chosen.name == "Needs you")
    assert window.detail.title.text() == "Parser"
    qtbot.waitUntil(lambda: window.detail.question.choices[1].hasFocus())


def test_the_card_says_what_is_asked_and_leads_to_the_answer(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    task = waiting(1, MAY_I)
    put(qtbot, window, engine_thread, task)
    assert wording.standing(task) == MAY_I.text
    view = window.tasks.view
    option = QStyleOptionViewItem()
    option.font = view.font()
    option.rect = QRect(view.visualRect(window.tasks.model.index(0)))
    spot: QPoint = answer_button(option).center().toPoint()
    with qtbot.waitSignal(window.tasks.answer_wanted):
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    with qtbot.assertNotEmitted(window.tasks.answer_wanted):
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=option.rect.topLeft() + QPoint(40, 20))
