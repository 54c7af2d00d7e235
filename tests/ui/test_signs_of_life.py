"""A running task that shows no sign of life is called stalled, and nothing else is."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis.strategies import floats, sampled_from
from pytestqt.qtbot import QtBot

from desktop.engine import Activity, Estimate, Progress, StepProgress, StepStatus, Task, TaskStatus, Work
from desktop.ui import wording
from desktop.ui.signs_of_life import SignsOfLife
from desktop.ui.window import Window
from tests.fakes.engine_double import EngineDouble, EngineThreadDouble, make_task

NOW = datetime(2026, 1, 5, tzinfo=UTC)


class Seconds:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def running(tokens: int = 0, done: int = 0, activity: Activity = Activity.WRITING) -> Task:
    step = StepProgress(
        name="read", title="Read", work=Work(), total=9, unit="pages", status=StepStatus.RUNNING, done=done
    )
    return replace(
        make_task(1, status=TaskStatus.RUNNING),
        progress=Progress(tokens=tokens, steps=(step,), activity=activity),
        estimate=Estimate(seconds=60, low=40, high=90),
    )


def test_silence_grows_while_nothing_moves_and_ends_with_the_next_token_or_item() -> None:
    clock = Seconds()
    signs, task = SignsOfLife(clock), running()
    signs.take_up([task])
    clock.now = 12
    signs.take_up([task])
    assert signs.silence(task.task_id) == 12
    for sign in (running(tokens=1), running(tokens=1, done=1), running(1, 1, activity=Activity.READING)):
        clock.now += 5
        signs.take_up([sign])
        assert signs.silence(task.task_id) == 0


def test_a_task_that_does_not_run_is_never_silent() -> None:
    clock = Seconds()
    signs, task = SignsOfLife(clock), running()
    signs.take_up([task])
    clock.now = 30
    signs.take_up([replace(task, status=TaskStatus.PAUSED)])
    assert signs.silence(task.task_id) == 0


@given(silence=floats(min_value=0, max_value=1e6), activity=sampled_from([Activity.NONE, Activity.WRITING]))
def test_a_silent_task_promises_no_time(silence: float, activity: Activity) -> None:
    said = wording.timing(running(activity=activity), NOW, silence)
    assert said.startswith("stalled for ") == (silence >= wording.STALLED_SECONDS)
    assert ("left" in said) == (silence < wording.STALLED_SECONDS)


def test_a_task_says_what_it_waits_for_once_it_waits_long() -> None:
    said = {activity: wording.timing(running(activity=activity), NOW, 60) for activity in Activity}
    assert said[Activity.LOADING] == "loading the model"
    assert said[Activity.WAITING] == "waiting for the model"
    assert "left" in said[Activity.READING]
    assert "left" in wording.timing(running(activity=Activity.WAITING), NOW, 1)


def test_the_window_says_stalled_in_the_list_and_in_the_detail(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    clock = Seconds()
    window._signs._clock = clock
    engine_thread.do(lambda: engine.put(running(), event=True))
    qtbot.waitUntil(lambda: "left" in window.detail.meta.text())
    clock.now = 14
    engine_thread.do(lambda: engine.put(running()))
    qtbot.waitUntil(lambda: "stalled for 14 s" in window.detail.meta.text())
    assert "stalled for 14 s" in window.tasks.model.index(0).data(11)
    engine_thread.do(lambda: engine.put(running(activity=Activity.WAITING)))
    qtbot.waitUntil(lambda: "left" in window.detail.meta.text())
    clock.now += 14
    qtbot.waitUntil(lambda: "waiting for the model" in window.detail.meta.text())
