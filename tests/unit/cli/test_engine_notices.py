"""What the running engine wants a person to know is said beside what was asked for."""

import pytest

from desktop.api.announcement import Announcement, publish
from desktop.api.client import RunningEngine
from desktop.api.errors import EngineGone
from desktop.api.ownership import sole_owner
from desktop.cli import main
from desktop.engine import Notice
from desktop.paths import Paths
from tests.fakes.engine_double import START

ANNOUNCEMENT = Announcement(address="http://127.0.0.1:1", token="", pid=7, version="0", started_at=START)


@pytest.fixture
def told(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> list[Notice]:
    """The notices of an engine that is said to run."""
    notices: list[Notice] = []
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(paths.data))
    monkeypatch.setattr(RunningEngine, "notices", lambda _engine: tuple(notices))
    return notices


@pytest.mark.parametrize("command", ["list", "doctor"])
def test_each_notice_is_one_line_beside_the_answer(
    told: list[Notice], paths: Paths, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    told += [Notice(key="disk", message="The disk\nis full.", hint="Make room."), Notice(key="b", message="Restored.")]
    with sole_owner(paths):
        publish(paths.engine, ANNOUNCEMENT)
        assert main([command]) == 0
    streams = capsys.readouterr()
    assert streams.err.splitlines()[:2] == ["! The disk is full. Make room.", "! Restored."]
    assert "Restored" not in streams.out


def test_an_engine_that_is_gone_has_nothing_to_say(
    told: list[Notice], paths: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    told.append(Notice(key="disk", message="The disk is full."))
    publish(paths.engine, ANNOUNCEMENT)
    assert main(["list"]) == 0
    assert capsys.readouterr().err == "No tasks.\n"


def test_an_engine_that_does_not_answer_keeps_no_list_back(
    told: list[Notice], paths: Paths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def gone(_engine: RunningEngine) -> tuple[Notice, ...]:
        raise EngineGone("It is gone.")

    monkeypatch.setattr(RunningEngine, "notices", gone)
    with sole_owner(paths):
        publish(paths.engine, ANNOUNCEMENT)
        assert main(["list"]) == 0
    assert capsys.readouterr().err == "No tasks.\n"
