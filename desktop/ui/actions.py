"""Everything that can be done, each with a key and a place in the menu bar."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenuBar

from desktop.engine import TERMINAL, Task, TaskStatus, may_follow, stopping_step
from desktop.ui.kind_chooser import KEY as KIND_KEY
from desktop.ui.sidebar import FILTERS

_PLAN: Final[tuple[tuple[str, tuple[tuple[str, str, str] | None, ...]], ...]] = (
    (
        "&File",
        (
            ("new", "&New task", "Ctrl+N"),
            ("start", "&Start", "Ctrl+Return"),
            ("kind", "Suggested &kind: take back or up", KIND_KEY),
            ("options", "O&ptions", "Ctrl+T"),
            None,
            ("templates", "T&emplates…", "Ctrl+L"),
            ("save_template", "Save as te&mplate…", "Ctrl+Shift+S"),
            None,
            ("add_files", "Add &files…", "Ctrl+O"),
            ("add_folder", "Add f&older…", "Ctrl+Shift+O"),
            None,
            ("settings", "Se&ttings…", "Ctrl+,"),
            None,
            ("close", "&Close window", "Ctrl+W"),
            ("quit", "&Quit", "Ctrl+Q"),
        ),
    ),
    (
        "&Task",
        (
            ("pause", "&Pause", "Ctrl+P"),
            ("resume", "Res&ume", "Ctrl+U"),
            ("cancel", "&Cancel", "Ctrl+."),
            ("answer", "Ans&wer", "Ctrl+K"),
            ("retry", "&Retry from the start", "Ctrl+R"),
            ("retry_on", "Retry &where it stopped", "Ctrl+Shift+R"),
            None,
            ("reuse", "&Edit as new task", "Ctrl+E"),
            ("copy_result", "Copy resul&t", "Ctrl+Shift+C"),
            ("copy_id", "Copy &identifier", "Ctrl+Shift+I"),
            ("save", "&Save file as…", "Ctrl+S"),
            ("open_folder", "Open f&older", "Ctrl+Shift+E"),
            None,
            ("pin", "P&in", "Ctrl+D"),
            ("unpin", "U&npin", "Ctrl+Shift+D"),
            ("delete", "&Move to Trash", "Del"),
            ("undo", "Undo &delete", "Ctrl+Z"),
            ("restore", "Restor&e", "Ctrl+Shift+Z"),
            ("purge", "Delete for &good…", "Shift+Del"),
            ("empty_trash", "Empty Tras&h…", "Ctrl+Shift+Del"),
        ),
    ),
    (
        "&View",
        (
            ("search", "&Search", "Ctrl+F"),
            ("next", "&Next task", "Alt+Down"),
            ("previous", "&Previous task", "Alt+Up"),
            None,
            ("models", "&Models…", "Ctrl+Shift+M"),
            ("deliveries", "&Deliveries…", "Ctrl+Shift+L"),
            None,
            ("result", "&Result", "Alt+1"),
            ("steps", "S&teps", "Alt+2"),
            ("evidence", "&Evidence", "Alt+3"),
            ("files", "&Files", "Alt+4"),
            None,
            *((f"filter_{row}", chosen.name, f"Ctrl+{row + 1}") for row, chosen in enumerate(FILTERS)),
        ),
    ),
    ("&Help", (("shortcuts", "&Keys", "F1"), ("about", "&About Legwork", "Shift+F1"))),
)


class Actions(QObject):
    """The actions by name, in a menu bar, enabled as the chosen task allows."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._actions: dict[str, QAction] = {}
        for _, entries in _PLAN:
            for entry in entries:
                if entry is not None:
                    self._add(*entry)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def all(self) -> tuple[QAction, ...]:
        """Every action."""
        return tuple(self._actions.values())

    def connect_all(self, handlers: dict[str, Callable[[], object]]) -> None:
        """Say what each action does. Every action needs a handler."""
        for name, action in self._actions.items():
            action.triggered.connect(lambda _checked=False, do=handlers[name]: do())

    def fill(self, bar: QMenuBar) -> None:
        """Put the actions into menus."""
        for title, entries in _PLAN:
            menu = bar.addMenu(title)
            for entry in entries:
                if entry is None:
                    menu.addSeparator()
                else:
                    menu.addAction(self._actions[entry[0]])

    def follow(self, task: Task | None) -> None:
        """Enable what can be done with the chosen task."""
        status = task.status if task else None
        in_trash = task is not None and task.trashed is not None
        pinned = task is not None and task.pinned
        allowed = {
            "pause": status is not None and may_follow(status, TaskStatus.PAUSED),
            "resume": status is TaskStatus.PAUSED,
            "cancel": status is not None and may_follow(status, TaskStatus.CANCELLED),
            "answer": status is TaskStatus.WAITING,
            "retry": status in TERMINAL and not in_trash,
            "retry_on": task is not None and status in TERMINAL and not in_trash and stopping_step(task) is not None,
            "pin": task is not None and not in_trash and not pinned,
            "unpin": pinned,
            "delete": status in TERMINAL and not in_trash and not pinned,
            "restore": in_trash,
            "purge": in_trash,
            "reuse": task is not None,
            "copy_id": task is not None,
            "copy_result": task is not None and bool(task.result or task.draft),
            "save": task is not None and task.result is not None and bool(task.result.artifacts),
            "open_folder": task is not None and task.result is not None and bool(task.result.artifacts),
        }
        for name, yes in allowed.items():
            self._actions[name].setEnabled(yes)

    def keys(self) -> list[tuple[str, str]]:
        """What each action is called, and its key."""
        return [
            (action.text().replace("&", ""), action.shortcut().toString(QKeySequence.SequenceFormat.NativeText))
            for action in self._actions.values()
        ]

    def _add(self, name: str, text: str, key: str) -> None:
        action = QAction(text, self)
        action.setObjectName(name)
        keys = [QKeySequence(key)]
        if name == "start":
            keys.append(QKeySequence("Ctrl+Enter"))
        action.setShortcuts(keys)
        action.setToolTip(f"{text.replace('&', '')} ({keys[0].toString(QKeySequence.SequenceFormat.NativeText)})")
        self._actions[name] = action
