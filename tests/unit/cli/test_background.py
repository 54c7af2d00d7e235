"""Starting an engine in the background, with programs that stand in for it."""

import stat
import sys
from pathlib import Path

import pytest

from desktop.api.errors import HandoverFailed
from desktop.api.ownership import is_owned, sole_owner
from desktop.cli.background import BackgroundEngine
from desktop.paths import Paths
from tests.e2e.conftest import until

TAKES_THE_FOLDER = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from desktop.api.ownership import sole_owner
from desktop.paths import Paths
here = Path.cwd()
with sole_owner(Paths(data=here)):
    print("it runs", os.environ["LEGWORK_DATA_DIR"], os.getsid(0) == os.getpid(), sys.stdin.read() == "", flush=True)
    fifo = here / "end"
    os.mkfifo(fifo)
    fifo.read_text()
"""
ROOT = str(Path(__file__).parents[3])


def background(paths: Paths, program: str) -> BackgroundEngine:
    return BackgroundEngine(paths, (sys.executable, "-c", program, "", ROOT))


def end(engine: BackgroundEngine, paths: Paths) -> None:
    until(lambda: True if (paths.data / "end").exists() else None)
    (paths.data / "end").write_text("")
    assert engine.process is not None
    assert engine.process.wait(60) == 0


def test_it_is_a_session_of_its_own_with_its_words_in_the_data_folder(paths: Paths) -> None:
    engine = background(paths, TAKES_THE_FOLDER)
    engine.ensure()
    assert is_owned(paths)
    until(lambda: True if (paths.data / "end").exists() else None)
    assert engine.log.read_text() == f"it runs {paths.data} True True\n"
    assert stat.S_IMODE(engine.log.stat().st_mode) == 0o600
    assert engine.log.parent == paths.log.parent
    engine.ensure()  # a second one is not started: it could not make its pipe
    end(engine, paths)
    assert engine.log.read_text().count("it runs") == 1


def test_none_is_started_where_one_runs(paths: Paths) -> None:
    engine = background(paths, "never")
    with sole_owner(paths):
        engine.ensure()
    assert not engine.log.exists()


def test_one_that_can_not_work_is_told_of_with_the_place_of_its_words(paths: Paths) -> None:
    engine = background(paths, "raise SystemExit('no room')")
    with pytest.raises(HandoverFailed, match="exit code 1") as failed:
        engine.ensure()
    assert str(engine.log) in failed.value.hint
    assert engine.log.read_text() == "no room\n"


def test_a_program_that_is_not_there_is_told_of(paths: Paths) -> None:
    with pytest.raises(HandoverFailed, match="could be started"):
        BackgroundEngine(paths, ("/nowhere/legwork",)).ensure()


def test_one_that_found_another_which_then_ended_is_started_again(paths: Paths) -> None:
    first_ends = "import os, sys\nif not os.path.exists('once'):\n    open('once', 'x').close()\n    sys.exit(0)\n"
    engine = background(paths, first_ends + TAKES_THE_FOLDER)
    engine.ensure()
    assert is_owned(paths)
    end(engine, paths)


def test_a_long_log_is_begun_anew(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.cli.background._MAX_LOG_BYTES", 10)
    engine = background(paths, "raise SystemExit('no')")
    for _ in range(5):  # four words are 12 bytes, and too much
        with pytest.raises(HandoverFailed):
            engine.ensure()
    assert engine.log.read_text() == "no\n"
