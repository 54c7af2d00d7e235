"""`legwork watch`: an engine that ends in the middle, comes back, or never does."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from desktop.api.announcement import Announcement, publish
from desktop.api.client import RunningEngine
from desktop.api.errors import EngineGone
from desktop.api.representation import PublicTask
from desktop.api.streamed_event import StreamedEvent
from desktop.cli import owner, watch
from desktop.cli.archive import public_by_name
from desktop.cli.background import BackgroundEngine
from desktop.cli.exit_code import ExitCode
from desktop.cli.watch import WatchCommand
from desktop.engine import Task, TaskId, TaskStatus
from desktop.paths import Paths
from tests.fakes.engine_double import make_task
from tests.unit.cli.conftest import Screen

RUNNING = public_by_name(make_task(1, status=TaskStatus.RUNNING))
PAUSED = public_by_name(make_task(1, status=TaskStatus.PAUSED))
HELD = replace(PAUSED, hold="The disk is full.")
COMPLETED = public_by_name(make_task(1, status=TaskStatus.COMPLETED))
TASK_ID = RUNNING.task_id

Streamed = StreamedEvent | BaseException


def event(number: int, name: str = "StepStarted") -> StreamedEvent:
    return StreamedEvent(name=name, number=number, fields={"number": number, "type": name})


def state(task: PublicTask, name: str = "progress") -> StreamedEvent:
    return StreamedEvent(name=name, task=task)


class Elsewhere(RunningEngine):
    """The engine of another process: what it says of the task, and streams of what happens, one after another."""

    answers: ClassVar[list[PublicTask | BaseException]] = []
    streams: ClassVar[list[list[Streamed]]] = []
    resumed: ClassVar[list[int | None]] = []

    def task(self, task_id: TaskId) -> PublicTask:
        assert task_id == TASK_ID
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def events(self, task_id: TaskId, after: int | None = None) -> Iterator[StreamedEvent]:
        assert task_id == TASK_ID
        self.resumed.append(after)
        for each in self.streams.pop(0):
            if isinstance(each, BaseException):
                raise each
            yield each


class Background(BackgroundEngine):
    """Takes note that an engine was wanted, and has one appear."""

    wanted = 0
    appear: Callable[[], Any] = staticmethod(lambda: None)

    def ensure(self) -> None:
        if not watch.is_owned(self._paths):
            self.wanted += 1
            self.appear()


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, paths: Paths) -> type[Elsewhere]:
    publish(
        paths.engine,
        Announcement(
            address="http://127.0.0.1:1", token="", pid=77, version="0", started_at=datetime(2026, 1, 1, tzinfo=UTC)
        ),
    )
    for name in ("answers", "streams", "resumed"):
        monkeypatch.setattr(Elsewhere, name, [])
    monkeypatch.setattr("desktop.api.client.RunningEngine", Elsewhere)
    monkeypatch.setattr(owner, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(watch, "is_owned", lambda _paths: True)
    return Elsewhere


def watching(paths: Paths, screen: Screen, background: Background | None = None) -> WatchCommand:
    return WatchCommand(paths, screen.terminal, background or Background(paths), TASK_ID, as_json=True)


def rows(screen: Screen) -> list[object]:
    """Numbers of events, statuses of the task."""
    shown = [json.loads(line) for line in screen.out.text.splitlines()]
    return [row.get("number") or row["status"] for row in shown]


def test_what_happens_is_told_once_and_in_order_through_a_restart(
    elsewhere: type[Elsewhere], paths: Paths, screen: Screen
) -> None:
    elsewhere.answers += [RUNNING, RUNNING, COMPLETED]
    elsewhere.streams += [
        [state(RUNNING, "snapshot"), event(1), event(2), EngineGone("It ended.")],
        [event(3), event(4, "TaskCompleted")],
    ]
    assert watching(paths, screen).execute() is ExitCode.COMPLETED
    assert elsewhere.resumed == [None, 2]
    assert rows(screen) == ["running", 1, 2, 3, 4, "completed"]


def test_a_stream_that_is_cut_off_is_taken_up_again(elsewhere: type[Elsewhere], paths: Paths, screen: Screen) -> None:
    elsewhere.answers += [RUNNING, RUNNING, COMPLETED]
    elsewhere.streams += [[event(1)], [event(2)]]
    watching(paths, screen).execute()
    assert elsewhere.resumed == [None, 1]


def test_a_long_silence_before_the_end_of_the_engine_costs_no_patience(
    elsewhere: type[Elsewhere], paths: Paths, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere.answers += [RUNNING, COMPLETED]
    elsewhere.streams += [[EngineGone("It ended.")]]
    command = watching(paths, screen)
    command._patience._ends = float("-inf")
    assert command.execute() is ExitCode.COMPLETED


@pytest.mark.parametrize("sign", [event(5, "TaskPaused"), event(5, "QuestionAsked"), state(PAUSED)])
def test_a_task_that_needs_the_person_ends_the_watching(
    elsewhere: type[Elsewhere], paths: Paths, screen: Screen, sign: StreamedEvent
) -> None:
    elsewhere.answers += [RUNNING, PAUSED, PAUSED]
    elsewhere.streams += [[sign, event(6)]]
    assert watching(paths, screen).execute() is ExitCode.NEEDS_PERSON
    assert "is paused" in screen.err.text
    assert 6 not in rows(screen)


def test_a_task_that_goes_on_by_itself_is_watched_on(elsewhere: type[Elsewhere], paths: Paths, screen: Screen) -> None:
    elsewhere.answers += [RUNNING, HELD, COMPLETED]
    elsewhere.streams += [[event(5, "TaskPaused"), state(HELD), event(6)]]
    assert watching(paths, screen).execute() is ExitCode.COMPLETED
    assert 6 in rows(screen)


def test_ctrl_c_leaves_the_task_alone(elsewhere: type[Elsewhere], paths: Paths, screen: Screen) -> None:
    elsewhere.answers += [RUNNING]
    elsewhere.streams += [[event(1), KeyboardInterrupt()]]
    with pytest.raises(KeyboardInterrupt):
        watching(paths, screen).execute()
    assert "The task goes on." in screen.err.text


def kept_as(monkeypatch: pytest.MonkeyPatch, task: Task | PublicTask) -> None:
    async def kept(_self: WatchCommand) -> PublicTask:
        return task if isinstance(task, PublicTask) else public_by_name(task)

    monkeypatch.setattr(WatchCommand, "_kept", kept)


def test_where_nobody_works_on_it_an_engine_is_started(
    elsewhere: type[Elsewhere], paths: Paths, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    owned: list[bool] = []
    monkeypatch.setattr(watch, "is_owned", lambda _paths: bool(owned))
    kept_as(monkeypatch, RUNNING)
    background = Background(paths)
    background.appear = lambda: owned.append(True)
    elsewhere.answers += [COMPLETED]
    assert watching(paths, screen, background).execute() is ExitCode.COMPLETED
    assert background.wanted == 1


def test_a_task_that_rests_needs_no_engine(paths: Paths, screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_as(monkeypatch, COMPLETED)
    background = Background(paths)
    assert watching(paths, screen, background).execute() is ExitCode.COMPLETED
    assert background.wanted == 0


@pytest.mark.parametrize(("looks", "wanted"), [(3, 0), (10_000, 1)])
def test_an_engine_that_went_away_may_come_back_before_another_is_started(
    elsewhere: type[Elsewhere],
    paths: Paths,
    screen: Screen,
    monkeypatch: pytest.MonkeyPatch,
    looks: int,
    wanted: int,
) -> None:
    away = [0]

    def is_owned(_paths: Paths) -> bool:
        away[0] -= 1
        return away[0] < 0

    def goes() -> Iterator[StreamedEvent]:
        away[0] = looks
        raise EngineGone("It ended.")
        yield

    monkeypatch.setattr(watch, "is_owned", is_owned)
    monkeypatch.setattr(watch, "RETURN_SECONDS", 0.05)
    monkeypatch.setattr(Elsewhere, "events", lambda *_given: goes())
    kept_as(monkeypatch, RUNNING)
    background = Background(paths)
    background.appear = lambda: away.__setitem__(0, 0)
    elsewhere.answers += [RUNNING, COMPLETED]
    assert watching(paths, screen, background).execute() is ExitCode.COMPLETED
    assert background.wanted == wanted
    assert "Waiting for it to come back" in screen.err.text
