"""A person at the real window: run as a program in a process of its own, on a real X display.

    python -m tests.e2e.window_driver start GOAL FILE PICTURE     types, attaches, starts, waits for the result
    python -m tests.e2e.window_driver reopen PICTURE              finds the latest task again and reads its result

Prints one JSON line: the task's identifier, its status, the estimate that was shown before the start, and the text of
the rendered result. PICTURE gets a screenshot.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTextBrowser

from desktop.api.second_start import SecondStart
from desktop.app import run
from desktop.engine import TERMINAL, Engine
from desktop.headless import opened_engine
from desktop.paths import find_paths
from desktop.settings import Settings
from desktop.settings_file import SettingsFile
from desktop.ui.window import Window

LOOK_MILLISECONDS = 50

Wait = Callable[[], bool]
"""What the person waits to see."""


class Person:
    """Acts one step after the other: each `yield` waits until what it gives is true."""

    def __init__(self, acts: Iterator[Wait]) -> None:
        self._acts = acts
        self._seen: Wait = lambda: True
        self._timer = QTimer()
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        if self._seen():
            self._seen = next(self._acts, self._rest)

    def _rest(self) -> bool:
        self._timer.stop()
        return False


def the_window() -> Window:
    (window,) = (widget for widget in QApplication.topLevelWidgets() if isinstance(widget, Window))
    return window


def rendered(window: Window) -> str:
    """What the visible result says."""
    return "\n".join(page.toPlainText() for page in window.detail.findChildren(QTextBrowser) if page.isVisible())


def ended(window: Window) -> bool:
    task = window.detail.task
    return task is not None and task.status in TERMINAL


def start(goal: str, file: str, picture: str) -> Iterator[Wait]:
    window = the_window()
    yield window.composer.start.isEnabled
    window.composer.goal.setFocus()
    QTest.keyClicks(window.composer.goal, goal)
    window.composer.add_paths([Path(file)])
    yield lambda: "about" in window.composer.estimate.text()
    estimate = window.composer.estimate.text()
    QTest.mouseClick(window.composer.start, Qt.MouseButton.LeftButton)
    yield lambda: window.detail.task is not None
    yield lambda: ended(window)
    yield from tell(window, picture, estimate)


def reopen(picture: str) -> Iterator[Wait]:
    window = the_window()
    yield lambda: window.tasks.view.model().rowCount() > 0
    window.tasks.step(1)
    yield lambda: ended(window)
    yield from tell(window, picture, "")


def tell(window: Window, picture: str, estimate: str) -> Iterator[Wait]:
    window.actions_["result"].trigger()
    yield lambda: bool(rendered(window).strip())
    task = window.detail.task
    assert task is not None
    window.grab().save(picture)
    told = {"task_id": task.task_id, "status": task.status, "estimate": estimate, "result": rendered(window)}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    window.leave()


def main() -> int:
    app = QApplication(["legwork"])
    acts = {"start": start, "reopen": reopen}[sys.argv[1]](*sys.argv[2:])
    person = Person(acts)  # noqa: F841 - acts while it lives
    paths = find_paths(os.environ)
    kept = SettingsFile(paths.settings, Settings())

    def opening(on_raise: Callable[[], None]) -> AbstractAsyncContextManager[Engine]:
        return opened_engine(paths, Settings(), second_start=SecondStart(raise_window=on_raise))

    return run(opening, kept, app)


if __name__ == "__main__":
    sys.exit(main())
