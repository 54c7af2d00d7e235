"""The log never stands in the way of the program."""

import logging
import threading

import pytest

from desktop.cli import logfile
from desktop.paths import Paths


@pytest.fixture(autouse=True)
def _levels(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("", "desktop"):
        logger = logging.getLogger(name)
        monkeypatch.setattr(logger, "level", logger.level)
    monkeypatch.setattr(logging, "raiseExceptions", True)


def test_what_is_said_is_in_the_file_when_the_program_ends(paths: Paths) -> None:
    logfile.start_log(paths)
    logging.getLogger("desktop.test").info("the sea is %s", "wide")
    logfile.stop_log()
    assert "INFO desktop.test: the sea is wide" in paths.log.read_text()


def test_a_disk_that_hangs_holds_up_neither_who_says_something_nor_the_end(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logfile, "_STOP_SECONDS", 0.01)
    begun, go_on, hanging = threading.Event(), threading.Event(), []

    def hang(handler: logging.Handler, _record: logging.LogRecord) -> None:
        hanging.append(handler)
        begun.set()
        go_on.wait()

    monkeypatch.setattr(logging.handlers.RotatingFileHandler, "emit", hang)
    logfile.start_log(paths)
    logging.getLogger("desktop.test").info("the sea is wide")
    begun.wait()
    logging.getLogger("desktop.test").info("and deep")
    logfile.stop_log()
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "log-end":
            thread.join()  # while nothing is written yet
    hanging[0].close()  # what hangs is left to the end of the process, which is not here


def test_a_disk_without_room_costs_the_log_and_nothing_else(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_given: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(logging.handlers.RotatingFileHandler, "_open", full)
    logfile.start_log(paths)
    logging.getLogger("desktop.test").info("the sea is wide")
    logfile.stop_log()
    assert capsys.readouterr().err == ""


def test_a_folder_that_can_not_be_written_has_no_log(paths: Paths) -> None:
    paths.log.parent.write_text("in the way")
    logfile.start_log(paths)
    logging.getLogger("desktop.test").info("the sea is wide")
    logfile.stop_log()
