"""What a notification says. Titles and summaries come from documents and models: they are shown as text, never obeyed.

On Linux the text passes through notify-send, which takes a leading dash for an option, and through a server that takes
`&`, `<` and `>` in the body for markup, with links and pictures. The heading is plain text everywhere. notify-send
also resolves backslashes in the body, and plyer puts text between apostrophes where it speaks to a portal.
"""

import html
import unicodedata
from typing import Final

from desktop.engine import Bulletin, Occasion, Task, TaskStatus

HEADING_CHARACTERS: Final = 80
BODY_CHARACTERS: Final = 200

_UNQUOTED: Final = str.maketrans({"'": "\N{RIGHT SINGLE QUOTATION MARK}", "\\": "\N{FULLWIDTH REVERSE SOLIDUS}"})

_OPENINGS: Final = {
    TaskStatus.COMPLETED: "Completed",
    TaskStatus.FAILED: "Failed",
    TaskStatus.WAITING: "Needs you",
}


def heading(task: Task) -> str:
    """What happened to which task. Begins with a word of ours, so that no title can begin it."""
    return _heading(task.status, task.title).translate(_UNQUOTED)


def heading_of(bulletin: Bulletin) -> str:
    """The same for what is told outside of this machine."""
    status = TaskStatus.WAITING if bulletin.occasion is Occasion.WAITING else bulletin.status
    return _heading(status, bulletin.title)


def _heading(status: TaskStatus, title: str) -> str:
    opening = _OPENINGS.get(status, status.value.capitalize())
    return f"{opening}: {one_line(title, HEADING_CHARACTERS)}"


def body(task: Task, *, markup: bool) -> str:
    """How long it took and what came of it, or what is asked; escaped where the desktop would read it as `markup`."""
    parts = [_duration(task), _outcome(task)]
    text = (" · ".join(part for part in parts if part) or "See Legwork for more.").translate(_UNQUOTED)
    return html.escape(text, quote=False) if markup else text


def _outcome(task: Task) -> str:
    if task.question is not None:
        return one_line(task.question.text, BODY_CHARACTERS)
    if task.failure is not None:
        return one_line(f"{task.failure.message} {task.failure.hint}", BODY_CHARACTERS)
    if task.result is not None:
        return one_line(first_line(task.result.summary), BODY_CHARACTERS)
    return ""


def first_line(summary: str) -> str:
    """The first line of a summary in Markdown that says something, without the marks of headings and lists."""
    for line in summary.splitlines():
        words = line.strip().lstrip("#*->•0123456789. ").strip()
        if words:
            return words.replace("**", "")
    return ""


def _duration(task: Task) -> str:
    if not task.progress.seconds:
        return ""
    seconds = max(1, round(task.progress.seconds))
    if seconds < 90:
        return f"after {seconds} s"
    minutes = round(seconds / 60)
    return f"after {minutes} min" if minutes < 90 else f"after {minutes // 60} h {minutes % 60} min"


def one_line(text: str, limit: int) -> str:
    """The text in one line of at most `limit` characters, without anything that steers a display."""
    visible = "".join(" " if unicodedata.category(mark) in ("Cc", "Cf", "Cs", "Zl", "Zp") else mark for mark in text)
    line = " ".join(visible.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"
