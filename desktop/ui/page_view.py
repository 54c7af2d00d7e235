"""Shows a page of untrusted Markdown: loads nothing, and opens links only after a person has seen where they lead."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QTextBrowser, QWidget

from desktop.ui.bridge import Bridge
from desktop.ui.page import WHOLE, Page, is_web
from desktop.ui.theme import Colours, Theme

if TYPE_CHECKING:
    from collections.abc import Callable


class PageView(QTextBrowser):
    """A safe reader. `artifact_wanted(name)` is emitted for a link to one of the task's own files."""

    artifact_wanted = Signal(str)

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._theme = theme
        self._page = Page(markdown="")
        self._generation = 0
        self.confirm: Callable[[str], bool] = self._ask
        self.open_address: Callable[[QUrl], bool] = QDesktopServices.openUrl
        self.setOpenLinks(False)
        self.setAccessibleName("Text of the result")
        self.document().setDocumentMargin(4)
        self.anchorClicked.connect(self._on_link)
        theme.changed.connect(self._render)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Nothing, ever: no picture, no style, no page, from nowhere."""
        return QByteArray()

    @property
    def page(self) -> Page:
        """What is shown, or about to be."""
        return self._page

    def show_page(self, page: Page) -> None:
        """Show a page; it is made into HTML beside the window and appears when it is ready."""
        if page != self._page:
            self._page = page
            self._render()

    def _render(self) -> None:
        self._generation += 1
        generation, page, colours = self._generation, self._page, self._theme.colours
        self._bridge.work(lambda: _render(page, colours), lambda html: self._on_rendered(generation, html))

    def _on_rendered(self, generation: int, html: str) -> None:
        if generation != self._generation:
            return
        bar = self.verticalScrollBar()
        place = bar.value()
        self.setHtml(html)
        bar.setValue(place)

    def _on_link(self, url: QUrl) -> None:
        address = url.toString()
        if address.startswith(WHOLE):
            self.artifact_wanted.emit(address.removeprefix(WHOLE))
        elif is_web(address) and self.confirm(address):
            self.open_address(url)

    def _ask(self, address: str) -> bool:
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)  # else an address with a tag in it would be read as a page
        box.setText(f"Open this address in your browser?\n\n{address}")
        yes = box.addButton("Open", QMessageBox.ButtonRole.AcceptRole)
        box.addButton("Stay here", QMessageBox.ButtonRole.RejectRole)
        box.exec()
        return box.clickedButton() is yes


def _render(page: Page, colours: Colours) -> str:
    """Runs beside the window; the parser is imported by the first page, not by the start of the program."""
    from desktop.ui.markdown_page import render

    return render(page, colours)
