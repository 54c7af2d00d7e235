"""Which states are worth a line."""

from dataclasses import replace

from desktop.api.representation import PublicTask
from desktop.cli.progress_display import ProgressDisplay
from tests.unit.cli.conftest import Screen
from tests.unit.cli.test_wording import running


class Watch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def at(fraction: float) -> PublicTask:
    task = running()
    return replace(task, progress=replace(task.progress, fraction=fraction))


def test_a_log_gets_a_line_for_each_change_that_matters(screen: Screen) -> None:
    watch = Watch()
    display = ProgressDisplay(screen.terminal, watch)
    assert display.show(at(0.30))
    assert not display.show(at(0.31))
    assert display.show(at(0.41))
    watch.seconds = 6
    assert display.show(at(0.41))
    assert not display.show(at(0.42))
    next_step = replace(at(0.42), progress=replace(at(0.42).progress, steps=()))
    assert display.show(next_step)
    assert len(screen.err.text.splitlines()) == 4
    assert "\r" not in screen.err.text


def test_a_terminal_gets_every_state_on_one_line(live_screen: Screen) -> None:
    display = ProgressDisplay(live_screen.terminal, Watch())
    for percent in range(30, 40):
        display.show(at(percent / 100))
    assert "\n" not in live_screen.err.text
    assert live_screen.err.text.count("\r") == 10
