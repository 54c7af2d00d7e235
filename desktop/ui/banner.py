"""The strip above the composer that says what is in the way, until the person has read it."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from desktop.ui.theme import Theme


class Banner(QFrame):
    """Hidden until there is something to say."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._theme = theme
        self._said = QLabel()
        self._said.setWordWrap(True)
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self._said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._said.setAccessibleName("Problem")
        self.dismiss = QToolButton()
        self.dismiss.setAccessibleName("Dismiss")
        self.dismiss.setToolTip("Dismiss")
        self.dismiss.setIconSize(QSize(16, 16))
        self.dismiss.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(self._said, 1)
        row.addWidget(self.dismiss, 0, Qt.AlignmentFlag.AlignTop)
        theme.changed.connect(self._paint_icon)
        self._paint_icon()
        self.hide()

    def text(self) -> str:
        """What it says, or said last."""
        return self._said.text()

    def say(self, text: str) -> None:
        """Say it, and stay until it is dismissed."""
        self.change(text)
        self.show()

    def change(self, text: str) -> None:
        """Say something else, if it is still there to say anything."""
        self._said.setText(text)

    def _paint_icon(self) -> None:
        self.dismiss.setIcon(self._theme.icon("close"))
