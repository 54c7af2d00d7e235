"""What a server says of its tools, for the person to accept or not."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.engine import Acquaintance, Tool, told_of
from desktop.tool_servers import Look
from desktop.ui.change_colours import ChangeColours
from desktop.ui.settings_pages import explained
from desktop.ui.theme import Theme

_ABOUT: Final = (
    "These are the server's own words. A model reads them, so they can lead it astray: accept what you would let "
    "somebody tell it. When the server changes them, you are asked again."
)
_STATES: Final = {
    Acquaintance.ACCEPTED: "accepted",
    Acquaintance.NEW: "new",
    Acquaintance.CHANGED: "changed",
    Acquaintance.OWN: "",
}
_LIST_WIDTH: Final = 240


class ServerToolsDialog(QDialog):
    """`accepted_tools(tools)` is emitted once with those that the person has ticked and accepts."""

    accepted_tools = Signal(tuple)

    def __init__(self, server: str, seen: Look, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seen = seen
        self.list, self.words = QListWidget(), QPlainTextEdit()
        self._changes = ChangeColours(self.words.document(), theme)
        self.accept_button = QPushButton("Accept what is ticked")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.setWindowTitle(f"Tools of {server}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(760, 520)
        self._fill()
        self._build()

    def ticked(self) -> tuple[Tool, ...]:
        """Those that are ticked."""
        rows = range(self.list.count())
        return tuple(
            tool
            for row, tool in zip(rows, self._seen.tools, strict=True)
            if self.list.item(row).checkState() is Qt.CheckState.Checked
        )

    def _fill(self) -> None:
        for tool in self._seen.tools:
            item = QListWidgetItem(f"{tool.name.partition('.')[2]}  ({_STATES[tool.acquaintance]})")
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            is_known = tool.acquaintance is Acquaintance.ACCEPTED
            item.setCheckState(Qt.CheckState.Checked if is_known else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.currentRowChanged.connect(self._show)
        self.list.itemChanged.connect(lambda _: self._follow())

    def _build(self) -> None:
        self.list.setAccessibleName("Tools")
        self.list.setFixedWidth(_LIST_WIDTH)
        self.list.setSpacing(4)
        self.words.setReadOnly(True)
        self.words.setObjectName("lines")
        self.words.setAccessibleName("What the server says of the tool")
        self.buttons.addButton(self.accept_button, QDialogButtonBox.ButtonRole.AcceptRole)
        everything = self.buttons.addButton("Tick all", QDialogButtonBox.ButtonRole.ActionRole)
        everything.clicked.connect(self._tick_all)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        middle = QHBoxLayout()
        middle.addWidget(self.list)
        middle.addWidget(self.words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addWidget(explained(_ABOUT))
        column.addLayout(middle, 1)
        column.addWidget(self.buttons)
        self.list.setCurrentRow(0)
        self._follow()

    def _show(self, row: int) -> None:
        self._changes.is_on = row >= 0 and self._seen.tools[row].acquaintance is Acquaintance.CHANGED
        self.words.setPlainText(self._words(row) if row >= 0 else "")

    def _words(self, row: int) -> str:
        tool = self._seen.tools[row]
        return _words_of(tool, self._seen.claims.get(tool.name, ""))

    def _follow(self) -> None:
        self.accept_button.setEnabled(bool(self.ticked()))

    def _tick_all(self) -> None:
        for row in range(self.list.count()):
            self.list.item(row).setCheckState(Qt.CheckState.Checked)

    def _accept(self) -> None:
        self.accepted_tools.emit(self.ticked())
        self.accept()


def tools_in_words(tools: tuple[Tool, ...]) -> str:
    """How many tools a server has, and how many of them are accepted."""
    known = sum(tool.acquaintance is Acquaintance.ACCEPTED for tool in tools)
    return f"It works, and has {len(tools)} tool{'' if len(tools) == 1 else 's'}, of which you have accepted {known}."


def _words_of(tool: Tool, claims: str) -> str:
    told = told_of(tool)
    return f"{told}\n\nIt says {claims}; nobody has checked it." if claims else told
