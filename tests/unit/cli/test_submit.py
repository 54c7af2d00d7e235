"""`legwork submit`, with an engine that is there, one that is started, and one that breaks off."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from desktop.api.errors import HandoverFailed
from desktop.cli import owner
from desktop.cli.background import BackgroundEngine
from desktop.cli.beginning import Submission
from desktop.cli.exit_code import ExitCode
from desktop.cli.submit import SubmitCommand
from desktop.engine import TaskRequest
from desktop.paths import Paths
from tests.fakes.engine_double import EngineDouble
from tests.unit.cli.conftest import Screen
from tests.unit.cli.running_engine import running

REQUEST = TaskRequest(kind="documents", goal="Summarise")


class Started(BackgroundEngine):
    """Starts an engine in this process instead of another one."""

    def __init__(self, paths: Paths, engine: EngineDouble, stack: ExitStack) -> None:
        super().__init__(paths)
        self.times = 0
        self._start_it = lambda: stack.enter_context(running(paths, engine))

    def ensure(self) -> None:
        self.times += 1
        if self.times == 1:
            self._start_it()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "LOOK_SECONDS", 0.001)


def submit(paths: Paths, screen: Screen, background: BackgroundEngine, *, as_json: bool = False) -> ExitCode:
    return SubmitCommand(
        paths=paths, terminal=screen.terminal, submission=Submission(REQUEST), background=background, as_json=as_json
    ).execute()


def test_the_task_is_handed_to_an_engine_that_is_started_for_it(paths: Paths, screen: Screen) -> None:
    engine = EngineDouble()
    with ExitStack() as stack:
        assert submit(paths, screen, Started(paths, engine, stack)) is ExitCode.COMPLETED
    (task_id,) = engine.tasks
    assert engine.requests == [REQUEST]
    assert screen.out.text == f"{task_id}\n"
    assert f"estimating…\nSee how it goes with 'legwork watch {task_id}'.\n" in screen.err.text


def test_json_is_the_accepted_task(paths: Paths, screen: Screen) -> None:
    engine = EngineDouble()
    with running(paths, engine):
        submit(paths, screen, BackgroundEngine(paths, ("/nowhere",)), as_json=True)
    accepted = json.loads(screen.out.text)
    assert accepted["task_id"] in engine.tasks
    assert accepted["links"]["self"] == f"/tasks/{accepted['task_id']}"


def test_where_none_can_be_started_nothing_is_handed_over(paths: Paths, screen: Screen, tmp_path: Path) -> None:
    with pytest.raises(HandoverFailed, match="Nothing was handed over"):
        submit(paths, screen, BackgroundEngine(paths, (str(tmp_path / "missing"),)))
