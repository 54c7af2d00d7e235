"""The buttons below the list of models: those that the chosen one allows."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QWidget

from desktop.ui.model_commands import ModelCommands
from desktop.ui.model_row import ModelRow

EVERYTHING: Final = "Everything"


class ModelButtons(QWidget):
    """Shows what can be done with the chosen model, and does it."""

    def __init__(self, commands: ModelCommands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._commands = commands
        self._row: ModelRow | None = None
        self.get, self.pause, self.cancel = QPushButton("&Download"), QPushButton("&Pause"), QPushButton("&Cancel…")
        self.use, self.default, self.remove = QPushButton("&Use here"), QPushButton("Use &for…"), QPushButton("&Remove")
        self._all = (self.get, self.use, self.pause, self.cancel, self.default, self.remove)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        for button in self._all:
            button.setAutoDefault(False)
            line.addWidget(button)
        for button in (self.get, self.use):
            button.setProperty("primary", True)
        self.get.clicked.connect(self._with_row(lambda row: commands.download(download_key(row))))
        self.use.clicked.connect(self._with_row(lambda row: commands.add([Path(row.key)])))
        self.pause.clicked.connect(self._with_row(commands.pause))
        self.cancel.clicked.connect(self._with_row(commands.give_up))
        self.remove.clicked.connect(self._with_row(commands.remove))
        self.follow(None, {}, {})

    def follow(self, row: ModelRow | None, kinds: Mapping[str, str], chosen: Mapping[str, str]) -> None:
        """Offer what can be done with that model; `chosen` has the models that kinds of task have of their own."""
        self._row = row
        status = row.download if row else None
        is_here = row is not None and not row.is_offered and row.model.is_here
        allowed = {
            self.get: row is not None and row.can_be_downloaded,
            self.use: row is not None and not row.is_offered and not row.model.is_here,
            self.pause: status is not None and status.is_moving,
            self.cancel: status is not None,
            self.default: is_here,
            self.remove: is_here and row is not None and row.model.is_removable,
        }
        for button, yes in allowed.items():
            button.setVisible(yes)
            button.setEnabled(yes)  # a key may press it too
        self.get.setText("&Download" if status is None else "&Resume")
        self.remove.setText("&Remove" if row is not None and row.model.is_linked else "&Remove…")
        if row is not None and is_here:
            self._offer_kinds(row, kinds, chosen)

    def first(self) -> None:
        """Do what the chosen model is there for: download it, or use it."""
        for button in (self.get, self.use):
            button.click()

    def _offer_kinds(self, row: ModelRow, kinds: Mapping[str, str], chosen: Mapping[str, str]) -> None:
        """Everything, or one kind of task; a kind with a model of its own can let go of it."""
        menu = QMenu(self.default)
        menu.addAction(EVERYTHING).triggered.connect(lambda: self._commands.choose(row, None, EVERYTHING.lower()))
        menu.addSeparator()
        for kind, title in kinds.items():
            menu.addAction(f"{title} only").triggered.connect(partial(self._choose, row, kind, title))
        own = [kind for kind, name in chosen.items() if name == row.model.name]
        if own:
            menu.addSeparator()
        for kind in own:
            title = kinds.get(kind, kind)
            menu.addAction(f"No longer for {title}").triggered.connect(partial(self._let_go, kind, title))
        old = self.default.menu()
        self.default.setMenu(menu)
        if old is not None:
            old.deleteLater()

    def _choose(self, row: ModelRow, kind: str, title: str, _checked: bool = False) -> None:
        self._commands.choose(row, kind, title)

    def _let_go(self, kind: str, title: str, _checked: bool = False) -> None:
        self._commands.let_go(kind, title)

    def _with_row(self, do: Callable[[ModelRow], None]) -> Callable[[], None]:
        def on_clicked() -> None:
            if self._row is not None:
                do(self._row)

        return on_clicked


def download_key(row: ModelRow) -> str:
    """By what the depot knows the download of a model: its own identifier where it was begun."""
    return row.download.id if row.download is not None else row.key
