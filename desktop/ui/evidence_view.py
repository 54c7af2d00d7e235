"""The Evidence tab: quotations with whether they were found, sources, an assistant's turns, or a program's log."""

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QWidget

from desktop.engine import LegworkError, Task
from desktop.ui.bridge import Bridge
from desktop.ui.evidence import Quote
from desktop.ui.evidence_page import FILES, PART, EvidencePage, evidence_html, read_evidence
from desktop.ui.page import Page, note
from desktop.ui.page_view import PageView
from desktop.ui.theme import Theme

_NOTHING = "This result quotes nothing."
_READING = "Reading what is behind this result…"
_NOT_YET = "Quotations and their check appear here with the result."

Key = tuple[str, int, bool]


class EvidenceView(PageView):
    """Reads the evidence when a task is shown, and lists a part of it at a time."""

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(bridge, theme, parent)
        self.setAccessibleName("Evidence")
        self._key: Key | None = None
        self._found = EvidencePage(file="")
        self._first = 0
        self._problem = ""
        self._awaited = ""  # the file that is being read, or was
        self.anchorClicked.connect(self._on_part)
        theme.changed.connect(self._refresh)

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The quotations that are listed."""
        return self._found.quotes

    def show_task(self, task: Task) -> None:
        """List what is behind this task's result."""
        key = (task.task_id, task.run, task.result is not None)
        if key == self._key:
            return
        self._key, self._found, self._first, self._problem = key, EvidencePage(file=""), 0, ""
        names = {artifact.name for artifact in task.result.artifacts} if task.result else set()
        self._awaited = file = next((name for name in FILES if name in names), "")
        self._refresh()
        if file:
            self._bridge.read_artifact(task, file, lambda content: self._read(key, file, content))

    def _read(self, key: Key, file: str, content: bytes) -> None:
        self._bridge.work(
            lambda: _parsed(file, content),
            lambda found: self._on_found(key, found),
            lambda error: self._on_problem(key, error),
        )

    def _on_found(self, key: Key, found: EvidencePage) -> None:
        if key == self._key:
            self._found = found
            self._refresh()

    def _on_problem(self, key: Key, error: LegworkError) -> None:
        if key == self._key:
            self._problem = str(error)
            self._refresh()

    def _on_part(self, url: QUrl) -> None:
        number = url.toString().removeprefix(PART)
        if url.toString().startswith(PART) and number.isdecimal():
            self._first = int(number)
            self._refresh()
            self.verticalScrollBar().setValue(0)

    def _refresh(self) -> None:
        colours = self._theme.colours
        if self._problem:
            html = note(self._problem, colours.failed)
        elif self._found.count or self._found.log:
            html = evidence_html(self._found, self._first, colours)
        else:
            html = note(self._nothing(), colours.quiet)
        self.show_page(Page(markdown="", lead=html))

    def _nothing(self) -> str:
        if self._key is None or not self._key[2]:
            return _NOT_YET
        return _READING if self._awaited and not self._found.file else _NOTHING


def _parsed(file: str, content: bytes) -> EvidencePage:
    """Runs beside the window."""
    try:
        return read_evidence(file, content)
    except (ValueError, RecursionError) as error:
        raise LegworkError(
            f"{file} can't be understood; the result itself is kept.", hint="Look at it under Files."
        ) from error
