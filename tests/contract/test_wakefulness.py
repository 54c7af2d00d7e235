"""What every keeper of a machine's wakefulness promises: it returns at once, never raises, and may be asked again."""

import logging
import threading

import pytest

from desktop.engine import Wakefulness
from desktop.power import LeftAlone, SleepInhibitor
from tests.fakes.switched_wakefulness import SwitchedWakefulness


@pytest.fixture(params=[SleepInhibitor, LeftAlone, SwitchedWakefulness])
def wakefulness(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Wakefulness:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    made: Wakefulness = request.param()
    return made


async def test_it_can_be_asked_for_anything_in_any_order(wakefulness: Wakefulness) -> None:
    for wanted in (False, True, True, False, False, True, False, True):
        wakefulness.keep_awake(wanted)
    await wakefulness.close()
    await wakefulness.close()


async def test_closing_lets_go(wakefulness: Wakefulness) -> None:
    wakefulness.keep_awake(True)
    await wakefulness.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "keep awake"]


@pytest.mark.parametrize("address", ["", "unix:path=/nowhere", "nonsense"])
async def test_without_a_desktop_it_says_so_once_and_work_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    if address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    caplog.set_level(logging.INFO, logger="desktop")
    inhibitor = SleepInhibitor()
    for wanted in (True, False, True, False):
        inhibitor.keep_awake(wanted)
    await inhibitor.close()
    assert len([text for text in caplog.messages if "not kept awake" in text]) == 1


async def test_a_library_that_breaks_is_logged_and_breaks_nothing_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**_: object) -> None:
        raise OSError("no such call")

    monkeypatch.setattr("wakepy.keep.running", broken)
    caplog.set_level(logging.INFO, logger="desktop")
    inhibitor = SleepInhibitor()
    inhibitor.keep_awake(True)
    await inhibitor.close()
    assert "OSError: no such call" in caplog.text
