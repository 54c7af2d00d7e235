"""A running task that the engine calls stalled is called so in the window, and nothing else is."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis.strategies import floats, sampled_from
from pytestqt.qtbot import QtBot

from desktop.engine import Activity, Estimate, Progress, StepProgress, StepStatus, Task, TaskStatus, Work
from desktop.ui import wording
from desktop.ui.window import Window
from tests.fakes.engine_double import EngineDouble, make_task
from tests.ui.conftest import EngineThreadDouble

NOW = datetime(2026, 1, 1, 10, tzinfo=UTC)


def running(activity: Activity = Activity.WRITING, quiet: float = 0, stalled: float = 0) -> Task:
    step = StepProgress(name="read", title="Read", work=Work(), total=9, unit="pages", status=StepStatus.RUNNING)
    progress = Progress(steps=(step,), activity=activity, quiet_seconds=quiet, stalled_seconds=stalled)
    return replace(
        make_task(1, status=TaskStatus.RUNNING), progress=progress, estimate=Estimate(seconds=60, low=40, high=90)
    )


@given(stalled=floats(min_value=10, max_value=1e6), activity=sampled_from(list(Activity)))
def test_a_stalled_task_promises_no_time(stalled: float, activity: Activity) -> None:
    said = wording.timing(running(activity, quiet=stalled, stalled=stalled), NOW)
    assert said.startswith("stalled for ")
    assert "left" not in said


def test_a_task_says_what_it_waits_for_once_it_waits_long() -> None:
    said = {activity: wording.timing(running(activity, quiet=60), NOW) for activity in Activity}
    assert said[Activity.LOADING] == "loading the model"
    assert said[Activity.WAITING] == "waiting for the model"
    assert "left" in said[Activity.READING]
    assert "left" in wording.timing(running(Activity.WAITING, quiet=1), NOW)


def test_the_window_says_stalled_in_the_list_and_in_the_detail(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    engine_thread.do(lambda: engine.put(running(), event=True))
    qtbot.waitUntil(lambda: "left" in window.detail.meta.text())
    engine_thread.do(lambda: engine.put(running(quiet=14, stalled=14)))
    qtbot.waitUntil(lambda: "stalled for 14 s" in window.detail.meta.text())
    assert "stalled for 14 s" in window.tasks.model.index(0).data(11)
    engine_thread.do(lambda: engine.put(running(Activity.WAITING, quiet=14)))
    qtbot.waitUntil(lambda: "waiting for the model" in window.detail.meta.text())
