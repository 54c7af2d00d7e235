"""A notification arrives at a real notification server on a session bus of its own, through plyer and notify-send."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.engine import Result, TaskStatus, Verdict, Verification
from desktop.notify import DesktopNotifier
from tests.e2e.conftest import Legwork
from tests.e2e.session_bus import Desktop, session_bus
from tests.fakes.engine_double import START, make_task, worked


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    with session_bus(tmp_path, "notification_server.py") as found:
        yield found


async def test_text_from_a_document_arrives_as_text(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", desktop.address)
    task = replace(
        make_task(1, title="--urgency=critical \x1b[2J & 'Umsätze' <b>2025</b>", status=TaskStatus.COMPLETED),
        started_at=START,
        finished_at=START,
        progress=worked(30),
        result=Result(
            summary='<a href="file:///etc">5 < 6 & \\n</a>', verification=Verification(verdict=Verdict.VERIFIED)
        ),
    )
    await DesktopNotifier().notify(task)
    assert desktop.next() == {
        "app": "Legwork",
        "summary": "Completed: --urgency=critical [2J & \u2019Umsätze\u2019 <b>2025</b>",
        "body": 'after 30 s · &lt;a href="file:///etc"&gt;5 &lt; 6 &amp; \uff3cn&lt;/a&gt;',
    }


def test_a_task_that_ends_is_told_on_the_desktop(desktop: Desktop, legwork: Legwork, sea: str) -> None:
    legwork.environment["DBUS_SESSION_BUS_ADDRESS"] = desktop.address
    Path(sea).write_bytes(bytes(range(256)) * 10)  # no text, so that the task fails, and quickly
    code, _, err = legwork("run", "documents", "Summarise the sea", sea)
    assert code == 1, err
    told = desktop.next()
    assert (told["app"], told["summary"]) == ("Legwork", "Failed: Summarise the sea")
    assert told["body"]
    assert "notifications: shown by the desktop" in legwork("doctor")[1]
