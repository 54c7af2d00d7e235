"""Earlier runs of a task stay readable from the detail's menu."""

from dataclasses import replace

from pytestqt.qtbot import QtBot

from desktop.engine import Artifact, Result, RunNumber, Task, TaskStatus, Verdict, Verification
from desktop.ui.detail import Detail
from desktop.ui.window import Window
from tests.fakes.engine_double import EngineDouble, EngineThreadDouble, make_task

VERIFICATION = Verification(verdict=Verdict.NOT_VERIFIED)


def ended(run: int, summary: str) -> Task:
    result = Result(summary=summary, verification=VERIFICATION)
    return replace(make_task(1, status=TaskStatus.COMPLETED), run=RunNumber(run), result=result)


def entries(detail: Detail) -> list[str]:
    return [action.text().partition(" · ")[0] for action in detail.runs.actions()]


def show_third_run(qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble) -> None:
    engine, task = engine_thread.engine, ended(3, "the third")
    engine.past[task.task_id] = (ended(1, "the first"), ended(2, "the second"))
    engine_thread.do(lambda: engine.put(task, event=True))
    qtbot.waitUntil(window.detail.runs.isEnabled)


def test_a_task_with_one_run_has_no_earlier_ones(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    engine_thread.do(lambda: engine_thread.engine.put(ended(1, "x"), event=True))
    qtbot.waitUntil(lambda: window.detail.task is not None)
    assert not window.detail.runs.isEnabled()


def test_earlier_runs_are_offered_newest_first(qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble) -> None:
    show_third_run(qtbot, window, engine_thread)
    assert entries(window.detail) == ["Run 3 (current)", "Run 2", "Run 1"]


def test_an_earlier_run_stays_shown_while_the_current_one_moves(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    show_third_run(qtbot, window, engine_thread)
    window.detail.runs.actions()[2].trigger()
    qtbot.waitUntil(lambda: "the first" in window.detail.result.toPlainText())
    with qtbot.waitSignal(window._bridge.tasks_changed):
        engine_thread.do(lambda: engine_thread.engine.put(replace(ended(3, "the third"), pinned=True)))
    assert window.detail.shown is not None
    assert window.detail.shown.run == 1
    window.detail.runs.actions()[0].trigger()
    qtbot.waitUntil(lambda: "the third" in window.detail.result.toPlainText())


def test_a_new_run_takes_the_place_of_an_earlier_one(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    show_third_run(qtbot, window, engine_thread)
    window.detail.runs.actions()[1].trigger()
    window.actions_["retry"].trigger()
    qtbot.waitUntil(lambda: window.detail.shown is not None and window.detail.shown.run == 4)
    qtbot.waitUntil(lambda: entries(window.detail) == ["Run 4 (current)", "Run 3", "Run 2", "Run 1"])


def test_a_file_of_a_run_that_is_gone_is_explained(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    lost = Artifact(name="report.md", media_type="text/markdown", size=5, sha256="00")
    task = replace(ended(1, "kept"), result=Result(summary="kept", verification=VERIFICATION, artifacts=(lost,)))
    engine_thread.do(lambda: engine.put(task, event=True))
    qtbot.waitUntil(lambda: "report.md could not be read" in window.banner.text())
    assert "kept" in window.detail.result.page.markdown
