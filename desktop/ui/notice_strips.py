"""The engine's notices above the composer, one strip each, until they are dismissed or no longer so."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.engine import Notice
from desktop.ui.banner import Banner
from desktop.ui.theme import Theme


class NoticeStrips(QWidget):
    """Hidden while there is nothing to show. A dismissed notice stays away until it is withdrawn and raised anew."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._strips: dict[str, Banner] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.hide()

    def show_notices(self, notices: tuple[Notice, ...]) -> None:
        """Show these and no others."""
        for key in self._strips.keys() - {notice.key for notice in notices}:
            strip = self._strips.pop(key)
            self._column.removeWidget(strip)
            strip.deleteLater()
        for notice in notices:
            if notice.key in self._strips:
                self._strips[notice.key].change(str(notice))
            else:
                self._add(notice)
        self._follow()

    def strips(self) -> list[Banner]:
        """What is shown, from the top."""
        return [strip for strip in self._strips.values() if not strip.isHidden()]

    def _add(self, notice: Notice) -> None:
        strip = self._strips[notice.key] = Banner(self._theme)
        strip.dismiss.clicked.connect(self._follow)
        self._column.addWidget(strip)
        strip.say(str(notice))

    def _follow(self) -> None:
        self.setVisible(bool(self.strips()))
