"""What every notifier promises: it tells of any task, it waits for nobody, it never raises."""

import asyncio
import logging
import os
from pathlib import Path

import pytest

from desktop.engine import Notifier, TaskStatus
from desktop.notify import DesktopNotifier, SilentNotifier
from tests.fakes.engine_double import make_task

RECORD = """#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word"; done > "$RECORD"
"""


@pytest.fixture(params=[DesktopNotifier, SilentNotifier])
def notifier(request: pytest.FixtureRequest) -> Notifier:
    made: Notifier = request.param()
    return made


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for notify-send that writes down the words it was called with."""
    program = tmp_path / "notify-send"
    program.write_text(RECORD)
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    monkeypatch.setenv("RECORD", str(tmp_path / "record"))
    return tmp_path / "record"


@pytest.mark.parametrize("status", list(TaskStatus))
async def test_it_takes_a_task_of_any_status(notifier: Notifier, record: Path, status: TaskStatus) -> None:
    await notifier.notify(make_task(1, title="--help \x1b[2J 'x' <b>", status=status))


async def test_it_takes_many_at_once(notifier: Notifier, record: Path) -> None:
    await asyncio.gather(*(notifier.notify(make_task(number)) for number in range(3)))


async def test_without_a_desktop_it_says_so_once_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PATH", "")
    caplog.set_level(logging.INFO)
    notifier = DesktopNotifier()
    for number in range(3):
        await notifier.notify(make_task(number))
    assert len([text for text in caplog.messages if "no notifications" in text]) == 1


@pytest.mark.expected_log("the notification could not be shown")
async def test_a_program_that_fails_is_logged_and_fails_nothing_else(
    record: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (record.parent / "notify-send").write_text("no program at all")
    monkeypatch.setenv("PATH", str(record.parent))
    await DesktopNotifier().notify(make_task(1))
    assert "the notification could not be shown" in caplog.text


async def test_the_title_is_never_taken_for_an_option(record: Path) -> None:
    await DesktopNotifier().notify(make_task(1, title="--version", status=TaskStatus.COMPLETED))
    assert words_given(record)[0] == "Completed: --version"


def words_given(record: Path) -> list[str]:
    return record.read_text().splitlines()
