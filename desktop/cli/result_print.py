"""How a task that has ended is shown: its summary on standard output, what else is to be known on standard error."""

from shlex import quote
from urllib.parse import urlsplit
from urllib.request import url2pathname

from desktop.api.representation import PublicTask
from desktop.cli.terminal import Terminal, one_line
from desktop.cli.wording import day, question_lines, size, usage_lines, verification_line
from desktop.engine import TaskStatus


def print_ending(terminal: Terminal, task: PublicTask, *, as_json: bool) -> None:
    """Show a task that was waited for."""
    if as_json:
        terminal.print_json(task)
    else:
        print_result(terminal, task)
        for line in usage_lines(task):
            terminal.say(line)
    say_state(terminal, task)


def print_result(terminal: Terminal, task: PublicTask) -> None:
    """The summary, how far it could be checked, and where the files are."""
    if task.result is None:
        return
    terminal.print(task.result.summary.rstrip())
    terminal.say(verification_line(task.result.verification))
    for artifact in task.result.artifacts:
        path = url2pathname(urlsplit(artifact.url).path)
        terminal.say(one_line(f"{artifact.name} ({size(artifact.size)}): {path}"))


def say_state(terminal: Terminal, task: PublicTask) -> None:
    """Why a task that is not completed is not, and what to do."""
    match task.status:
        case TaskStatus.FAILED:
            error = task.error
            terminal.say(f"The task failed: {one_line(error.message) if error else 'for no reason that was kept.'}")
            if error and error.hint:
                terminal.say(one_line(error.hint))
            _say_way_on(terminal, task)
        case TaskStatus.CANCELLED:
            terminal.say("The task was cancelled.")
            _say_way_on(terminal, task)
        case TaskStatus.PAUSED:
            terminal.say(f"The task is paused. 'legwork resume {task.task_id}' lets it go on, as does the window.")
        case TaskStatus.WAITING:
            for line in question_lines(task):
                terminal.say(line)
        case TaskStatus.QUEUED | TaskStatus.RUNNING:
            terminal.say(f"The task is {task.status}.")
        case TaskStatus.COMPLETED:
            until = "it is unpinned" if task.pinned else day(task.expires_at)
            terminal.say(f"Completed. Kept as {task.task_id} until {until}.")


def _say_way_on(terminal: Terminal, task: PublicTask) -> None:
    """How to use what is kept of an ended run."""
    if task.stopped_at is not None and any(step.done for step in task.progress.steps):
        step = quote(task.stopped_at)
        terminal.say(
            f"What it finished is kept: `legwork retry {task.task_id} --from {step}` goes on where it stopped."
        )
