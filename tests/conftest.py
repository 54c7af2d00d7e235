"""What holds for every test: no display, nobody's data, nothing left running, no surprise in the log, no skips."""

import logging
import os
import re
import tempfile
import threading
from collections.abc import Iterator
from typing import Any, TypeVar

import hypothesis
import pytest

# Before anything imports Qt, and before anything asks where the data lies.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["LEGWORK_DATA_DIR"] = tempfile.mkdtemp(prefix="legwork-tests-")

# Two busy cores make any deadline a coin toss; pytest-timeout catches what hangs.
hypothesis.settings.register_profile("legwork", deadline=None)
hypothesis.settings.load_profile("legwork")

ALLOWED_SKIPS: dict[str, str] = {}
"""Tests (by the beginning of their node id) that continuous integration may skip, each with the reason."""

_SECONDS_TO_END = 2.0
_OF_A_LOOP = ("asyncio_", "asyncio-waitpid-")
"""Threads of a loop, which may serve a whole module; a loop that nobody closes is a ResourceWarning, and so fails."""

_OF_PYTHON = "Unknown child process pid"
"""Asyncio warns so where a process ends by itself in the moment in which it is killed: the kill has collected it."""

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


class _Complaints(logging.Handler):
    """Keeps what is logged as a warning or worse."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if not (record.name == "asyncio" and message.startswith(_OF_PYTHON)):
            self.messages.append(f"{record.levelname} {record.name}: {message}")


_complaints = pytest.StashKey[_Complaints]()
_threads = pytest.StashKey[set[threading.Thread]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """A failing test of tests/faults names its seed; given here, it is drawn again."""
    parser.addoption("--fault-seed", type=int, help="the seed of tests in tests/faults (default: a fresh one each)")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Begin to listen to the log, and remember the threads of before."""
    item.stash[_complaints] = handler = _Complaints()
    item.config.stash.setdefault(_threads, set()).update(threading.enumerate())
    logging.getLogger().addHandler(handler)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Iterator[Any]:
    """Threads of a fixture that outlives one test are no leak of that test."""
    result = yield
    if fixturedef.scope != "function":
        request.config.stash.setdefault(_threads, set()).update(threading.enumerate())
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Fail the test that leaves a thread running, or that logs a warning nobody expected."""
    try:
        result = yield
    finally:
        handler = item.stash[_complaints]
        logging.getLogger().removeHandler(handler)
    expected = [pattern for mark in item.iter_markers("expected_log") for pattern in mark.args]
    unexpected = [text for text in handler.messages if not any(re.search(pattern, text) for pattern in expected)]
    if unexpected:
        pytest.fail("unexpected in the log (see the marker expected_log):\n" + "\n".join(unexpected), pytrace=False)
    left = [thread.name for thread in _leaked_threads(item.config.stash[_threads])]
    if left:
        pytest.fail(f"left running: {', '.join(left)}", pytrace=False)
    return result


def _leaked_threads(known: set[threading.Thread]) -> list[threading.Thread]:
    new = [thread for thread in threading.enumerate() if thread not in known and _is_ours(thread)]
    for thread in new:
        thread.join(_SECONDS_TO_END)
    known.update(new)  # one leak is one failure
    return [thread for thread in new if thread.is_alive()]


def _is_ours(thread: threading.Thread) -> bool:
    return type(thread) is not threading._DummyThread and not thread.name.startswith(_OF_A_LOOP)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[pytest.TestReport]:
    """In continuous integration a skipped test is a failure, unless it is listed with its reason."""
    return _judge((yield), item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[pytest.CollectReport]:
    """The same for a whole module that skips itself."""
    return _judge((yield), collector.nodeid)


def _judge(report: Report, nodeid: str) -> Report:
    listed = any(nodeid.startswith(beginning) for beginning in ALLOWED_SKIPS)
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail") and not listed:
        report.outcome = "failed"
        report.longrepr = f"skipped, and not listed in tests/conftest.py: {report.longrepr}"
    return report
