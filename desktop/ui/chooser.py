"""A button that shows what is chosen, and opens a menu of what else there is."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

WIDTH: Final = 240
"""The most pixels that what is chosen takes."""


class Chooser(QToolButton):
    """`chosen(object)` is emitted with the value that the person chooses."""

    chosen = Signal(object)

    def __init__(self, name: str, text: str, *, strong: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chooser")
        self.setProperty("strong", strong)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.setText(text)

    def offer(self, choices: Sequence[tuple[str, str | None]], chosen: str | None) -> QMenu:
        """Offer values under their titles, and show the one that is chosen; the menu, for what else belongs there."""
        menu = QMenu(self)
        menu.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        group = QActionGroup(menu)
        titles = {value: title for title, value in choices}
        for title, value in choices:
            action = QAction(title.replace("&", "&&"), group)
            action.setData(value)
            action.setCheckable(True)
            action.setChecked(value == chosen)
            menu.addAction(action)
        if chosen in titles:
            self.show_choice(titles[chosen])
        group.triggered.connect(lambda action: self._on_chosen(titles[action.data()], action.data()))
        old = self.menu()
        self.setMenu(menu)
        if old is not None:
            old.deleteLater()
        return menu

    def show_choice(self, title: str, note: str = "", about: str = "") -> None:
        """Show what is chosen, as far as there is room, and a note; all of it, and more about it, in the tooltip."""
        shown = self.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, WIDTH)
        self.setText(f"{shown} · {note}".replace("&", "&&") if note else shown.replace("&", "&&"))
        self.setToolTip(f"{self.accessibleName()}: {title}{about}")

    def _on_chosen(self, title: str, value: str | None) -> None:
        self.show_choice(title)
        self.chosen.emit(value)
