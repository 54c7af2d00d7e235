"""What runs the models, on what, and how a task ran there, as the window shows it."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.engine import LoadedModel, RuntimeStatus, StorageFailed, TaskStatus, Usage
from desktop.settings import Settings, load_settings
from desktop.settings_file import SettingsFile
from desktop.ui import runtime_watch
from desktop.ui.bridge import Bridge
from desktop.ui.gpu_advice import GpuAdvice
from desktop.ui.how_it_ran_view import HowItRanView
from desktop.ui.runtime_watch import RuntimeWatch
from desktop.ui.sidebar import RuntimeCard
from desktop.ui.status_line import StatusLine
from desktop.ui.theme import Theme
from desktop.ui.window import Window
from tests.fakes.engine_double import START, EngineDouble, EngineThreadDouble, make_task
from tests.fakes.fixed_hardware import GIB, machine

pytestmark = pytest.mark.qt_log_ignore("does not support (propagateSizeHints|raise)")  # offscreen

MODEL = LoadedModel(name="<b>tiny</b>", context_tokens=4096, slots=4, device="CPU, 2 threads", fit="4 slots")
ADVICE = "The driver of the card is too old. Install a newer one."
USED = Usage(ran_on=(MODEL,), output_tokens=61, writing_seconds=1.0)


class Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802
        self.count += event.type() == QEvent.Type.Paint
        return False


@pytest.fixture
def line(qtbot: QtBot, theme: Theme) -> StatusLine:
    line = StatusLine(theme)
    qtbot.addWidget(line)
    line.resize(700, 32)
    with qtbot.waitExposed(line):
        line.show()
    return line


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path / "settings.json", Settings())


def test_the_line_follows_the_runtime_the_machine_and_the_speed(line: StatusLine) -> None:
    line.show_default("tiny")
    assert line.left.text() == "No model is loaded; the first task loads tiny"
    line.show_status(RuntimeStatus(model=MODEL, memory=2 * GIB))
    line.show_machine(machine(advice=ADVICE))
    line.show_speed(60.6)
    assert line.left.text() == "<b>tiny</b> · CPU, 2 threads, graphics card not used · 2.0 of 16 GB · 61 tok/s"
    assert line.left.toolTip().startswith("<p>&lt;b&gt;tiny&lt;/b&gt; ·")
    assert line.left.toolTip().endswith(f"<p>4 slots</p><p>{ADVICE}</p>")


def test_the_card_tells_device_model_and_its_part_of_the_memory(qtbot: QtBot, theme: Theme) -> None:
    card = RuntimeCard(theme)
    qtbot.addWidget(card)
    card.show_machine(machine())
    on_gpu = replace(
        MODEL, device="NVIDIA GeForce RTX 4070", gpu_layers=9, layers=9, gpu_memory=3 * GIB, gpu_total=12 * GIB
    )
    card.show_status(RuntimeStatus(model=on_gpu, memory=GIB))
    assert (card._device.text(), card._memory.text(), card._bar.value()) == ("RTX 4070", "3.0 of 12 GB", 250)
    card.show_status(RuntimeStatus(model=MODEL, memory=4 * GIB))
    assert (card._device.text(), card._memory.text(), card._bar.value()) == ("CPU, 2 threads", "4.0 of 16 GB", 250)


def test_what_changes_while_a_message_stands_is_shown_after_it(line: StatusLine) -> None:
    line.say("Saved")
    line.show_status(RuntimeStatus(loading="tiny"))
    assert line.left.text() == "Saved"
    line._timer.stop()
    line._timer.timeout.emit()
    assert line.left.text() == "Loading tiny…"


def test_nothing_is_painted_while_nothing_changes(qtbot: QtBot, line: StatusLine) -> None:
    paints = Paints()
    line.show_status(RuntimeStatus(model=MODEL, memory=2 * GIB))
    for part in (line, line.left, line._icon):
        part.repaint()
        part.installEventFilter(paints)
    QApplication.processEvents()
    before = paints.count
    for extra in range(50):
        line.show_status(RuntimeStatus(model=MODEL, memory=2 * GIB + extra))
        line.show_speed(0.1)
        QApplication.processEvents()
    assert paints.count == before
    line.show_speed(10.0)
    qtbot.waitUntil(lambda: paints.count > before)


def test_a_task_shows_how_it_ran_once_that_is_known(qtbot: QtBot, window: Window) -> None:
    view = window.detail.steps.usage
    window.detail.show_task(make_task(1))
    assert view.isHidden()
    window.detail.show_task(replace(make_task(1, status=TaskStatus.RUNNING), usage=USED))
    assert not view.isHidden()
    assert view._heading.text() == "How it runs"
    assert "Ran on: <b>tiny</b> · CPU, 2 threads" in view.text()
    ended = replace(make_task(1, status=TaskStatus.COMPLETED), usage=Usage(output_tokens=7), finished_at=START)
    window.detail.show_task(ended)
    assert (view._heading.text(), view.text()) == ("How it ran", "Wrote: 7 tokens")
    window.detail.show_task(make_task(2))
    assert view.isHidden()


def test_rows_that_are_not_needed_any_more_are_hidden(qtbot: QtBot) -> None:
    view = HowItRanView()
    qtbot.addWidget(view)
    view.show_task(replace(make_task(1), usage=replace(USED, prompt_tokens=9)))
    view.show_task(replace(make_task(1), usage=Usage(output_tokens=7)))
    assert [about.text() for about, _ in view._rows if not about.isHidden()] == ["Wrote"]


@pytest.fixture
def advice(qtbot: QtBot, bridge: Bridge, theme: Theme, file: SettingsFile) -> GpuAdvice:
    strip = GpuAdvice(bridge, theme)
    qtbot.addWidget(strip)
    strip.use_settings(file)
    return strip


def test_a_card_that_is_not_used_is_told_until_it_is_dismissed(
    qtbot: QtBot, bridge: Bridge, theme: Theme, advice: GpuAdvice, file: SettingsFile, tmp_path: Path
) -> None:
    advice.show_machine(machine(advice=ADVICE))
    qtbot.waitUntil(lambda: not advice.isHidden())
    assert advice.text() == ADVICE
    advice.dismiss.click()
    qtbot.waitUntil(lambda: load_settings(tmp_path / "settings.json").settings.read_advice == ADVICE)

    later = GpuAdvice(bridge, theme)
    qtbot.addWidget(later)
    later.use_settings(SettingsFile(tmp_path / "settings.json", load_settings(tmp_path / "settings.json").settings))
    later.show_machine(machine(advice=ADVICE))
    with qtbot.waitCallback() as passed:
        bridge.work(lambda: None, passed)
    assert later.isHidden()
    later.show_machine(machine(advice="The driver hangs."))
    qtbot.waitUntil(lambda: not later.isHidden())


def test_a_machine_without_a_card_is_told_nothing(qtbot: QtBot, bridge: Bridge, advice: GpuAdvice) -> None:
    advice.show_machine(machine())
    with qtbot.waitCallback() as passed:
        bridge.work(lambda: None, passed)
    assert advice.isHidden()


def test_a_dismissal_that_can_not_be_kept_is_said_and_holds_for_now(
    qtbot: QtBot, bridge: Bridge, advice: GpuAdvice, tmp_path: Path
) -> None:
    (tmp_path / "settings.json.new").mkdir()
    advice.say(ADVICE)
    with qtbot.waitSignal(bridge.failed) as failed:
        advice.dismiss.click()
    assert isinstance(failed.args[0], StorageFailed)
    assert advice.isHidden()


def test_without_settings_there_is_nothing_to_remember_it_in(qtbot: QtBot, bridge: Bridge, theme: Theme) -> None:
    strip = GpuAdvice(bridge, theme)
    qtbot.addWidget(strip)
    strip.show_machine(machine(advice=ADVICE))
    assert strip.isHidden()
    strip.say(ADVICE)
    strip.dismiss.click()
    assert strip.isHidden()


def test_the_machine_is_looked_at_once_after_the_start(qtbot: QtBot, window: Window, engine: EngineDouble) -> None:
    engine.hardware.found = machine(advice=ADVICE)
    assert "not used" not in window.status.left.text()
    assert window._watch._machine.isActive()
    window._watch._machine.start(0)
    qtbot.waitUntil(lambda: window.status.left.text().endswith("graphics card not used"))
    assert not window._watch._machine.isActive()


def test_the_runtime_is_watched_closely_only_while_there_is_work(
    qtbot: QtBot, window: Window, engine: EngineDouble, engine_thread: EngineThreadDouble
) -> None:
    watch = window._watch
    assert watch._poll.interval() == runtime_watch.IDLE_MILLISECONDS
    engine.status = RuntimeStatus(loading="tiny")
    task = make_task(1, status=TaskStatus.RUNNING)
    engine_thread.do(lambda: engine.put(task, event=True))
    qtbot.waitUntil(lambda: watch._poll.interval() == runtime_watch.BUSY_MILLISECONDS)
    qtbot.waitUntil(lambda: window.status.left.text() == "Loading tiny…")
    engine.status = RuntimeStatus(model=MODEL)
    engine_thread.do(lambda: engine.put(replace(task, status=TaskStatus.COMPLETED), event=True))
    qtbot.waitUntil(lambda: watch._poll.interval() == runtime_watch.IDLE_MILLISECONDS)
    qtbot.waitUntil(lambda: window.status.left.text() == "<b>tiny</b> · CPU, 2 threads")


def test_nobody_looks_for_a_window_that_is_hidden(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[None] = []
    monkeypatch.setattr(RuntimeWatch, "look", lambda _self: looks.append(None))
    window._watch._poll.timeout.emit()
    assert len(looks) == 1
    window.hide()
    window._watch._poll.timeout.emit()
    assert len(looks) == 1
    window.open_again()
    assert len(looks) == 2
