"""The engine's notices in the window."""

from pytestqt.qtbot import QtBot

from desktop.engine import Notice
from desktop.ui.window import Window
from tests.fakes.engine_double import EngineDouble, EngineThreadDouble

FULL = Notice(key="disk", message="The disk is <b>full</b>.", hint="Make room.")
RESTORED = Notice(key="restored", message="A backup was restored.")


def put(thread: EngineThreadDouble, *notices: Notice) -> None:
    thread.do(lambda: [thread.engine.board.put(notice) for notice in notices])


def texts(window: Window) -> list[str]:
    return [strip.text() for strip in window.notices.strips() if strip.isVisible()]


def test_notices_are_shown_as_they_come_and_go(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    assert window.notices.isHidden()
    put(engine_thread, FULL, RESTORED)
    qtbot.waitUntil(lambda: texts(window) == ["The disk is <b>full</b>. Make room.", "A backup was restored."])
    put(engine_thread, Notice(key="disk", message="The disk is fuller."))
    qtbot.waitUntil(lambda: texts(window) == ["The disk is fuller.", "A backup was restored."])
    engine_thread.do(lambda: engine.board.withdraw("restored"))
    qtbot.waitUntil(lambda: texts(window) == ["The disk is fuller."])
    engine_thread.do(lambda: engine.board.withdraw("disk"))
    qtbot.waitUntil(window.notices.isHidden)


def test_a_dismissed_notice_comes_back_only_when_it_is_raised_anew(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    put(engine_thread, FULL)
    qtbot.waitUntil(lambda: len(texts(window)) == 1)
    window.notices.strips()[0].dismiss.click()
    assert window.notices.isHidden()
    put(engine_thread, Notice(key="disk", message="The disk is fuller."), RESTORED)
    qtbot.waitUntil(lambda: texts(window) == ["A backup was restored."])
    engine_thread.do(lambda: engine.board.withdraw("disk"))
    put(engine_thread, FULL)
    qtbot.waitUntil(lambda: len(texts(window)) == 2)


def test_a_problem_of_the_window_stands_beside_the_notices(
    qtbot: QtBot, window: Window, engine_thread: EngineThreadDouble
) -> None:
    put(engine_thread, RESTORED)
    window.banner.say("That did not work.")
    qtbot.waitUntil(lambda: texts(window) == ["A backup was restored."])
    assert window.banner.isVisible()
