"""An ended task is run again from where the person wants: the button's menu, the keys, and the steps themselves."""

from dataclasses import replace

from pytestqt.qtbot import QtBot

from desktop.engine import Failure, Progress, RunNumber, StepProgress, StepStatus, Task, TaskStatus, Work
from desktop.ui.detail import STEPS
from desktop.ui.window import Window
from tests.fakes.engine_double import START, EngineDouble, EngineThreadDouble, make_task

READ = StepProgress(name="read", title="Read & split", work=Work(), total=1, unit="", status=StepStatus.DONE, done=1)
NOTE = StepProgress(
    name="note",
    title="Take notes",
    work=Work(),
    total=38,
    unit="passages",
    status=StepStatus.FAILED,
    done=12,
    seconds=9,
)
WRITE = StepProgress(name="write", title="Write", work=Work(), total=1, unit="")


def failed(**changes: object) -> Task:
    failure = Failure(type="RuntimeFailed", message="The runtime crashed three times.", hint="Choose a smaller model.")
    progress = Progress(fraction=0.4, steps=(READ, NOTE, WRITE))
    task = replace(
        make_task(1, status=TaskStatus.FAILED), failure=failure, progress=progress, draft="- The sea is wide."
    )
    task = replace(task, started_at=START)
    return replace(task, **changes)  # type: ignore[arg-type]


def completed() -> Task:
    steps = tuple(replace(step, status=StepStatus.DONE, done=step.total) for step in (READ, NOTE, WRITE))
    return replace(make_task(1, status=TaskStatus.COMPLETED), progress=Progress(fraction=1, steps=steps))


def show(qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble, task: Task) -> None:
    engine_thread.do(lambda: engine_thread.engine.put(task, event=True))
    qtbot.waitUntil(lambda: window.detail.task == task)


def offers(window: Window) -> list[str]:
    return [action.text() for action in window.detail.retries.actions() if not action.isSeparator()]


def test_a_failed_task_offers_the_failed_step_first_with_what_is_kept(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    show(qtbot, window, engine_thread, failed())
    assert offers(window) == ["From “Take notes”, 12 of 38 passages kept", "From the start", "From “Read && split”"]
    assert window.detail.retries.defaultAction() is window.detail.retries.actions()[0]


def test_a_completed_task_offers_the_start_first_and_then_the_last_step(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    show(qtbot, window, engine_thread, completed())
    assert offers(window) == ["From the start", "From “Write”", "From “Take notes”", "From “Read && split”"]
    assert not window.actions_["retry_on"].isEnabled()


def test_what_runs_offers_nothing(qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble) -> None:
    show(qtbot, window, engine_thread, failed())
    show(qtbot, window, engine_thread, failed(status=TaskStatus.RUNNING, failure=None, run=RunNumber(2)))
    assert offers(window) == []
    assert not window.actions_["retry_on"].isEnabled()


def test_a_choice_in_the_menu_makes_the_run(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    show(qtbot, window, engine_thread, failed())
    window.detail.retries.actions()[0].trigger()
    qtbot.waitUntil(lambda: "run 2, on top of run 1" in window.detail.meta.text())
    assert engine.retries == ["note"]
    notes = [line.note for line in window.detail.steps.chart.lines]
    assert notes == ["from an earlier run", "12 of 38 passages · 12 from an earlier run", ""]
    assert [line.took for line in window.detail.steps.chart.lines] == ["", "", ""]


def test_keys_retry_where_it_stopped_or_from_the_start(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    for name in ("retry_on", "retry"):
        show(qtbot, window, engine_thread, failed())
        window.actions_[name].trigger()
        qtbot.waitUntil(lambda: window.detail.task is not None and window.detail.task.run == 2)
    assert engine.retries == ["note", None]


def test_a_step_offers_to_begin_there_and_one_that_was_never_reached_does_not(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    show(qtbot, window, engine_thread, failed())
    window.detail.tabs.setCurrentIndex(STEPS)
    chart = window.detail.steps.chart
    menus = [chart.menu_at(chart.height() * part) for part in (0.1, 0.5, 0.9, 2)]
    assert menus[2:] == [None, None]
    assert menus[1] is not None
    (action,) = menus[1].actions()
    assert action.text() == "Retry from “Take notes”"
    action.trigger()
    qtbot.waitUntil(lambda: engine.retries == ["note"])
    qtbot.waitUntil(lambda: chart.menu_at(chart.height() * 0.5) is None)  # it runs again


def test_an_earlier_run_offers_no_step_to_begin_from(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    engine.past[make_task(1).task_id] = (failed(),)
    show(qtbot, window, engine_thread, replace(completed(), run=RunNumber(2)))
    qtbot.waitUntil(window.detail.runs.isEnabled)
    window.detail.runs.actions()[1].trigger()
    chart = window.detail.steps.chart
    assert chart.menu_at(chart.height() * 0.5) is None


def test_what_is_left_of_a_failed_task_is_said_to_be_a_part_and_unverified(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    show(qtbot, window, engine_thread, failed())
    qtbot.waitUntil(lambda: "The sea is wide." in window.detail.result.toPlainText())
    text = window.detail.result.toPlainText()
    for words in (
        "The runtime crashed three times.",
        "Kept, and not done again by a retry where it stopped: Read & split, Take notes (12 of 38 passages).",
        "nothing of it was checked: the task failed at the step “Take notes”, when 12 of 38 passages were done.",
    ):
        assert words in text


def test_what_is_left_of_a_cancelled_task_is_shown_too(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    show(qtbot, window, engine_thread, failed(status=TaskStatus.CANCELLED, failure=None))
    qtbot.waitUntil(lambda: "The sea is wide." in window.detail.result.toPlainText())
    assert "the task was cancelled at the step “Take notes”" in window.detail.result.toPlainText()
