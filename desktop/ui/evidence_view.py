"""The Evidence tab: every quotation with whether it was found in its source, and where."""

from html import escape
from typing import Final

from PySide6.QtWidgets import QWidget

from desktop.engine import Task
from desktop.ui.bridge import Bridge
from desktop.ui.evidence import FILES, Quote, parse_evidence
from desktop.ui.page import WHOLE, Page, note
from desktop.ui.page_view import PageView
from desktop.ui.theme import Theme

SHOWN: Final = 300
"""Quotations that are shown; the file has them all."""


class EvidenceView(PageView):
    """Reads the evidence when a task is shown, and lists it."""

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(bridge, theme, parent)
        self.setAccessibleName("Evidence")
        self._key: tuple[str, int, bool] | None = None
        self._quotes: tuple[Quote, ...] = ()
        self._file = ""
        theme.changed.connect(self._refresh)

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The quotations that are listed."""
        return self._quotes

    def show_task(self, task: Task) -> None:
        """List the quotations behind this task's result."""
        key = (task.task_id, task.run, task.result is not None)
        if key == self._key:
            return
        self._key, self._quotes = key, ()
        names = {artifact.name for artifact in task.result.artifacts} if task.result else set()
        self._file = next((name for name in FILES if name in names), "")
        self._refresh()
        if self._file:
            self._bridge.read_artifact(task, self._file, lambda content: self._parse(key, content))

    def _parse(self, key: tuple[str, int, bool], content: bytes) -> None:
        self._bridge.work(lambda: parse_evidence(content), lambda quotes: self._on_quotes(key, quotes))

    def _on_quotes(self, key: tuple[str, int, bool], quotes: tuple[Quote, ...]) -> None:
        if key == self._key:
            self._quotes = quotes
            self._refresh()

    def _refresh(self) -> None:
        self.show_page(Page(markdown="", lead=self._html()))

    def _html(self) -> str:
        colours = self._theme.colours
        if not self._quotes:
            done = self._key is not None and self._key[2]
            said = "This result quotes nothing." if done else "Quotations and their check appear here with the result."
            return note(said, colours.quiet)
        found = sum(quote.found for quote in self._quotes)
        html = note(f"{found:,} of {len(self._quotes):,} quotations were found in their source.", colours.quiet)
        html += "".join(self._quote(quote) for quote in self._quotes[:SHOWN])
        if len(self._quotes) > SHOWN:
            way = f"All {len(self._quotes):,} are in {self._file}"
            html += f'<p><a href="{WHOLE}{escape(self._file)}">{escape(way)}</a></p>'
        return html

    def _quote(self, quote: Quote) -> str:
        colours = self._theme.colours
        mark, colour = ("✓ found", colours.done) if quote.found else ("✕ not found", colours.failed)
        place = f" · {escape(quote.place)}" if quote.place else ""
        return (
            f'<p style="margin-bottom:2px">“{escape(quote.text)}”</p>'
            f'<p style="margin-top:0; color:{colours.quiet}"><b style="color:{colour}">{mark}</b>{place}</p>'
        )
