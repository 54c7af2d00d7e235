"""The Result tab: the report of a task that is done, or what there is so far."""

from html import escape
from typing import Final

from PySide6.QtWidgets import QWidget

from desktop.engine import TERMINAL, Result, Task, TaskStatus, Verdict, kept_steps, partial_result
from desktop.ui import wording
from desktop.ui.bridge import Bridge
from desktop.ui.page import Page, note
from desktop.ui.page_view import PageView
from desktop.ui.theme import Theme

REPORT: Final = "report.md"
_COLOUR: Final = {
    Verdict.VERIFIED: "done",
    Verdict.PARTLY: "needs",
    Verdict.NOT_VERIFIED: "needs",
    Verdict.FAILED: "failed",
}
_SHAPE: Final = {Verdict.VERIFIED: "✓", Verdict.PARTLY: "◐", Verdict.NOT_VERIFIED: "○", Verdict.FAILED: "✕"}


class ResultView(PageView):
    """Shows a task's report where there is one, else its summary or draft."""

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(bridge, theme, parent)
        self._task: Task | None = None
        self._report: tuple[str, int, str] | None = None
        theme.changed.connect(self._refresh)

    def show_task(self, task: Task) -> None:
        """Show what this task has to say now."""
        self._task = task
        self._refresh()
        wanted = (task.task_id, task.run)
        known = self._report is not None and self._report[:2] == wanted
        if task.result is not None and not known and _has_report(task.result):
            self._bridge.read_artifact(task, REPORT, lambda content: self._on_report(task, content))

    def _on_report(self, task: Task, content: bytes) -> None:
        self._report = (task.task_id, task.run, content.decode("utf-8", errors="replace"))
        self._refresh()

    def _refresh(self) -> None:
        if self._task is not None:
            self.show_page(self._page_of(self._task))

    def _page_of(self, task: Task) -> Page:
        if task.result is None:
            return Page(markdown=task.draft, lead=self._lead(task))
        text = task.result.summary
        if self._report is not None and self._report[:2] == (task.task_id, task.run):
            text = self._report[2]
        return Page(markdown=text, whole=REPORT if _has_report(task.result) else "", lead=self._verdict(task.result))

    def _verdict(self, result: Result) -> str:
        verdict = result.verification.verdict
        colour = self._theme.colour(_COLOUR[verdict]).name()
        said = wording.checks(result.verification)
        html = f'<p style="color:{colour}"><b>{_SHAPE[verdict]} {escape(said[:1].upper() + said[1:])}</b></p>'
        if result.verification.note:
            html += note(result.verification.note, self._theme.colours.quiet)
        return html

    def _lead(self, task: Task) -> str:
        quiet = self._theme.colours.quiet
        said = _held(task) if task.hold else _WITHOUT_RESULT[task.status]
        blocks = [note(said[1] if task.draft else said[0], quiet)]
        if task.failure is not None:
            failed = f'<p style="color:{self._theme.colours.failed}"><b>{escape(task.failure.message)}</b></p>'
            blocks = [failed, note(task.failure.hint, quiet)]
        kept = kept_steps(task) if task.status in TERMINAL else ""
        if kept:
            blocks.append(note(f"Kept, and not done again by a retry where it stopped: {kept}.", quiet))
        if (partial := partial_result(task)) is not None:
            colour = self._theme.colour(_COLOUR[Verdict.NOT_VERIFIED]).name()
            said_so = escape(f"{_SHAPE[Verdict.NOT_VERIFIED]} {partial.verification.note}")
            blocks.append(f'<p style="color:{colour}"><b>{said_so}</b></p>')
        return "".join(blocks)


_WITHOUT_RESULT: Final = {
    TaskStatus.QUEUED: ("This task waits for its turn.", "This task waits for its turn. So far there is:"),
    TaskStatus.RUNNING: ("The result appears here as it is written.", "So far; the check comes at the end."),
    TaskStatus.WAITING: ("This task waits for your answer.", "This task waits for your answer. So far there is:"),
    TaskStatus.PAUSED: ("Paused. Resume it to go on.", "Paused. So far there is:"),
    TaskStatus.COMPLETED: ("No result is stored for this task.", "No result is stored for this task."),
    TaskStatus.FAILED: ("This task failed.", "This task failed."),
    TaskStatus.CANCELLED: ("Cancelled before there was anything to show.", "Cancelled. What there was so far:"),
}


def _held(task: Task) -> tuple[str, str]:
    said = f"Paused, and goes on by itself. {task.hold}"
    return said, f"{said} So far there is:"


def _has_report(result: Result) -> bool:
    return any(artifact.name == REPORT for artifact in result.artifacts)
