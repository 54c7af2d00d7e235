"""The watch on a window that starts: when it is painted, when it lists its tasks, and when it takes a key.

Only the widgets that are looked at are watched: a filter on the whole application would slow down what it measures.
"""

import importlib
import json
import os
import sys
import time
from functools import partial
from types import ModuleType
from typing import Any, Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent

from desktop.ui.window import Window

FIRST_PAINT, LIST_PAINTED, KEY_HANDLED = "first_paint", "list_painted", "key_handled"
MARKS: Final = (FIRST_PAINT, LIST_PAINTED, KEY_HANDLED)
_KEY: Final = "k"


def put_on(application: ModuleType, began: float, acts: str) -> None:
    """Let the application make its window with a watch on it."""

    def make_window(*parts: Any) -> Window:
        window = Window(*parts)
        application.watch = Watch(window, began, acts)  # type: ignore[attr-defined]
        return window

    application.Window = make_window  # type: ignore[attr-defined]


class Watch(QObject):
    """Takes the marks, types a key as soon as the window is painted, prints the marks and goes on with the acts."""

    def __init__(self, window: Window, began: float, acts: str) -> None:
        super().__init__(window)
        self._window = window
        self._began = began
        self._acts = acts
        self._marks: dict[str, float] = {}
        self._view = window.tasks.view.viewport()
        self._goal = window.composer.goal.viewport()
        for watched in (window, self._view, self._goal, window.banner):
            watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Note what is painted; a mark is taken when the loop goes on, with the whole window painted."""
        if event.type() == QEvent.Type.Show and watched is self._window.banner:
            QTimer.singleShot(0, self._give_up)
        if event.type() == QEvent.Type.Paint:
            if watched is self._window:
                self._mark_soon(FIRST_PAINT)
            elif watched is self._view and self._window.tasks.model.rowCount():
                self._mark_soon(LIST_PAINTED)
            elif watched is self._goal and self._window.composer.goal.toPlainText() == _KEY:
                self._mark_soon(KEY_HANDLED)
        return False

    def _mark_soon(self, mark: str) -> None:
        if mark not in self._marks:
            self._marks[mark] = 0.0
            QTimer.singleShot(0, partial(self._mark, mark))

    def _mark(self, mark: str) -> None:
        self._marks[mark] = time.monotonic() - self._began
        if mark == FIRST_PAINT:
            self._type()
        if all(self._marks.get(each) for each in MARKS):
            say(self._marks)
            self._go_on()

    def _type(self) -> None:
        """A key as it comes from the system: to the window, which gives it to whoever has the focus."""
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            key = QKeyEvent(kind, Qt.Key.Key_K, Qt.KeyboardModifier.NoModifier, _KEY)
            QCoreApplication.postEvent(self._window.windowHandle(), key)

    def _go_on(self) -> None:
        if not self._acts:
            self._window.leave()
            return
        from tests.e2e.window_driver import Person

        module, _, function = self._acts.partition(":")
        self._person = Person(getattr(importlib.import_module(module), function)(self._window))

    def _give_up(self) -> None:
        """A window with a problem in it is not the one that was to be measured."""
        sys.stderr.write(f"{self._window.banner.text()} {self._marks}\n")
        sys.stderr.flush()
        os._exit(1)


def say(row: dict[str, Any]) -> None:
    """Print a line for the bench."""
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()
