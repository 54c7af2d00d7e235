"""The Files tab: what a task made, to open or to save elsewhere."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.engine import Artifact, StorageFailed, Task
from desktop.ui import wording
from desktop.ui.bridge import Bridge
from desktop.ui.labels import quiet
from desktop.ui.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Callable

HARMLESS: Final = frozenset({".md", ".txt", ".csv", ".json", ".log", ".pdf", ".png", ".jpg", ".jpeg"})
"""What may be opened with the system's program for it. Anything else could run: its folder is shown instead."""


class FilesView(QWidget):
    """Lists the artifacts. `said(text)` is emitted for the status line."""

    said = Signal(str)

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._theme = theme
        self._task: Task | None = None
        self._listed: tuple[Artifact, ...] | None = None
        self.open_address: Callable[[QUrl], bool] = QDesktopServices.openUrl
        self.ask_target: Callable[[str], str] = self._ask_target
        self.tree = QTreeWidget()
        self.open = QPushButton("Open")
        self.save = QPushButton("Save as…")
        self._empty = quiet(QLabel("The files that a task makes are listed here when it is done."))
        self._build()

    def show_task(self, task: Task) -> None:
        """List this task's files."""
        artifacts = task.result.artifacts if task.result else ()
        same = self._task is not None and self._task.task_id == task.task_id and self._listed == artifacts
        self._task, self._listed = task, artifacts
        if same:
            return
        self.tree.clear()
        for artifact in artifacts:
            item = QTreeWidgetItem([artifact.name, wording.size(artifact.size)])
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(0, f"{artifact.name}\n{artifact.media_type}\nSHA-256 {artifact.sha256}")
            item.setIcon(0, self._theme.icon("file-document-outline", "accent"))
            self.tree.addTopLevelItem(item)
        first = self.tree.topLevelItem(0)
        if first is not None:
            self.tree.setCurrentItem(first)
        for widget in (self.tree, self.open, self.save):
            widget.setVisible(bool(artifacts))
        self._empty.setVisible(not artifacts)

    def open_artifact(self, name: str) -> None:
        """Open a file, or show its folder where opening could run it."""
        path = self._path(name)
        if path is None:
            return
        safe = path.suffix.lower() in HARMLESS
        self.open_address(QUrl.fromLocalFile(str(path if safe else path.parent)))
        if not safe:
            self.said.emit(f"{name} could run as a program, so its folder was opened instead")

    def save_artifact(self, name: str) -> None:
        """Ask where to, and copy the file there."""
        path = self._path(name)
        target = self.ask_target(name) if path else ""
        if path is None or not target:
            return
        self._bridge.work(lambda: _copy(path, Path(target)), self._on_saved)

    @property
    def chosen(self) -> str:
        """The name of the file that is chosen, empty for none."""
        item = self.tree.currentItem()
        return item.text(0) if item is not None else ""

    def _build(self) -> None:
        self.tree.setHeaderLabels(["Name", "Size"])
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setAccessibleName("Files")
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._empty.setWordWrap(True)
        self.tree.itemActivated.connect(lambda item, _: self.open_artifact(item.text(0)))
        self.open.clicked.connect(lambda: self.open_artifact(self.chosen))
        self.save.clicked.connect(lambda: self.save_artifact(self.chosen))
        buttons = QHBoxLayout()
        buttons.addWidget(self.open)
        buttons.addWidget(self.save)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(self._empty)
        column.addWidget(self.tree, 1)
        column.addLayout(buttons)
        column.addStretch(0)

    def _path(self, name: str) -> Path | None:
        engine = self._bridge.engine
        if engine is None or self._task is None or not name:
            return None
        return engine.artifact_path(self._task, name)

    def _ask_target(self, name: str) -> str:
        return QFileDialog.getSaveFileName(self, "Save a copy", str(Path.home() / name))[0]

    def _on_saved(self, target: Path) -> None:
        self.said.emit(f"Saved as {target}")


def _copy(source: Path, target: Path) -> Path:
    try:
        shutil.copyfile(source, target)
    except OSError as error:
        raise StorageFailed(
            f"{source.name} could not be saved as {target} ({error.strerror}); Legwork still has it.",
            hint="Choose another folder, or free some space.",
        ) from error
    return target
