"""A task that asks, in the window: what is shown, and what an answer does."""

from dataclasses import replace

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
    assert form.text.hasFocus()
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


def test_marks_that_turn_the_writing_are_made_visible(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    put(qtbot, window, engine_thread, waiting(1, replace(MAY_I, details="rm \u202etxt.a")))
    assert window.detail.question.details.toPlainText() == "rm \N{REPLACEMENT CHARACTER}txt.a"


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
