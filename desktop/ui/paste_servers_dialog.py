"""Asks for a description of servers in JSON, as other programs keep it."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.tools.servers import ServerRefused, servers_in
from desktop.ui.labels import set_mood
from desktop.ui.settings_pages import explained

_ABOUT: Final = "Paste what another program keeps under “mcpServers”, or what a server's maker gives for it."
_EXAMPLE: Final = '{\n  "mcpServers": {\n    "time": {"command": "uvx", "args": ["mcp-server-time"]}\n  }\n}'


class PasteServersDialog(QDialog):
    """`pasted(servers)` is emitted once with the servers (`ServerChoice`) that the text describes."""

    pasted = Signal(tuple)

    def __init__(self, named: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._named = named
        self.text, self.problem = QPlainTextEdit(), QLabel()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.setWindowTitle("Add servers from JSON")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(560, 400)
        self.text.setObjectName("lines")
        self.text.setAccessibleName("Description in JSON")
        self.text.setPlaceholderText(_EXAMPLE)
        self.text.setTabChangesFocus(True)
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.hide()
        self.buttons.accepted.connect(self._take)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        for part in (explained(_ABOUT), self.text, self.problem, self.buttons):
            column.addWidget(part)

    def _take(self) -> None:
        try:
            servers = servers_in(self.text.toPlainText(), self._named)
        except ServerRefused as error:
            self.problem.setText(str(error))
            set_mood(self.problem, "failed")
            self.problem.show()
            return
        self.pasted.emit(servers)
        self.accept()
