"""`legwork list`, `show` and `result`: they read what is kept, and change nothing."""

from datetime import datetime

from desktop.api.announcement import read_announcement
from desktop.api.client import RunningEngine
from desktop.api.errors import HandoverFailed
from desktop.api.ownership import is_owned
from desktop.api.representation import PublicTask, to_plain
from desktop.cli.archive import Archive, opened_archive
from desktop.cli.engine_notices import say_notices
from desktop.cli.exit_code import ExitCode, exit_code_of
from desktop.cli.keeping_line import keeping_line
from desktop.cli.result_print import print_result, say_state
from desktop.cli.terminal import Terminal, one_line
from desktop.cli.wording import progress_line, question_lines, size, step_lines, usage_lines, verification_line
from desktop.engine import TERMINAL, InvalidRequest, Task, TaskQuery, TaskStatus
from desktop.paths import Paths


async def list_tasks(paths: Paths, terminal: Terminal, query: TaskQuery, *, as_json: bool) -> ExitCode:
    """One task a line, newest first."""
    say_notices(paths, terminal)
    if not paths.has_history:
        terminal.say("No tasks.")
        return ExitCode.COMPLETED
    async with opened_archive(paths) as archive:
        page = await archive.find(query)
        for task in page.tasks:
            if as_json:
                terminal.print_json(archive.public(task))
            else:
                terminal.print(_row(task))
    if not page.tasks:
        terminal.say("No tasks.")
    elif page.cursor is not None:
        terminal.say(f"There are more. Go on with --after {page.cursor}")
    return ExitCode.COMPLETED


async def show_task(paths: Paths, terminal: Terminal, beginning: str, *, as_json: bool) -> ExitCode:
    """Everything about one task; as it is at this moment where an engine runs."""
    async with opened_archive(paths) as archive:
        kept = await archive.task(beginning)
        task = _live(paths, kept) or archive.public(kept)
    if as_json:
        terminal.print_json(task)
    else:
        for line in _description(task):
            terminal.print(line)
    return ExitCode.COMPLETED


async def show_result(
    paths: Paths, terminal: Terminal, beginning: str, *, artifact: str | None, as_json: bool
) -> ExitCode:
    """The summary of a result, one of its files, or all of it as JSON."""
    async with opened_archive(paths) as archive:
        kept = await archive.task(beginning)
        task = archive.public(kept)
        if task.result is None:
            say_state(terminal, task)
            return exit_code_of(task.status)
        if artifact is not None:
            terminal.write_bytes(await _artifact(archive, kept, artifact))
        elif as_json:
            terminal.print_json({**to_plain(task.result), "usage": to_plain(task.usage)})
        else:
            print_result(terminal, task)
    if task.result.partial:
        say_state(terminal, task)
    return exit_code_of(task.status)


async def _artifact(archive: Archive, task: Task, name: str) -> bytes:
    names = [artifact.name for artifact in task.result.artifacts] if task.result else []
    if name not in names:
        raise InvalidRequest(f"The result has no file '{name}'.", hint=f"It has: {', '.join(names) or 'none'}.")
    return await archive.read_artifact(task, name)


def _live(paths: Paths, task: Task) -> PublicTask | None:
    """An unfinished task as the running engine sees it; None where there is none, or it does not answer."""
    if task.status in TERMINAL or not is_owned(paths, wait_seconds=0):
        return None
    announcement = read_announcement(paths.engine)
    if announcement is None:
        return None
    try:
        found = RunningEngine(announcement).task(task.task_id)
    except HandoverFailed:
        return None
    return None if found.status in TERMINAL else found


def _row(task: Task) -> str:
    stalls = task.status is TaskStatus.RUNNING and task.progress.stalled_seconds > 0
    state = "stalled" if stalls else task.status.value
    pin = "pinned  " if task.pinned else ""
    asks = "" if task.question is None else f"  · asks: {one_line(task.question.text)}"
    return f"{task.task_id}  {state:<9}  {_moment(task.created_at)}  {pin}{one_line(task.title)}{asks}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def _description(task: PublicTask) -> list[str]:
    lines = [
        one_line(task.title),
        f"{task.task_id} · {task.kind} · {progress_line(task)}",
        f"submitted {_moment(task.created_at)} · run {task.run}",
        keeping_line(task),
    ]
    if task.model and task.usage is None:
        lines.append(f"model {one_line(task.model)}")
    lines += step_lines(task)
    lines += usage_lines(task)
    lines += question_lines(task)
    if task.retry_from:
        lines.append(f"may be retried from the start, or from: {one_line(', '.join(task.retry_from))}")
    if task.error is not None:
        lines.append(one_line(f"{task.error.message} {task.error.hint}"))
    if task.result is not None:
        lines.append(verification_line(task.result.verification))
        lines += [f"  {one_line(artifact.name)} ({size(artifact.size)})" for artifact in task.result.artifacts]
    return lines
