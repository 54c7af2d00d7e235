"""`legwork watch`: follow a task to its end, through restarts of the engine that works on it."""

import asyncio
import time
from typing import Final

from desktop.api.client import RunningEngine
from desktop.api.ownership import in_use, is_owned
from desktop.api.representation import PublicTask
from desktop.api.streamed_event import StreamedEvent
from desktop.cli.archive import opened_archive, with_file_addresses
from desktop.cli.background import BackgroundEngine
from desktop.cli.exit_code import ExitCode, exit_code_of
from desktop.cli.owner import LOOK_SECONDS, Patience, here_or_there
from desktop.cli.progress_display import ProgressDisplay
from desktop.cli.result_print import print_ending
from desktop.cli.terminal import Terminal
from desktop.engine import QuestionAsked, TaskId, TaskPaused
from desktop.paths import Paths
from desktop.store import RunFiles

RETURN_SECONDS: Final = 10.0
"""How long an engine that went away may take to come back before another one is started in its place."""

_RESTS: Final = frozenset({QuestionAsked.__name__, TaskPaused.__name__})
"""The events after which a task may need the person."""


class WatchCommand:
    """Shows what happens to one task. It changes nothing about it."""

    def __init__(
        self, paths: Paths, terminal: Terminal, background: BackgroundEngine, task_id: TaskId, *, as_json: bool
    ) -> None:
        self._paths = paths
        self._terminal = terminal
        self._background = background
        self._task_id = task_id
        self._as_json = as_json
        self._display = ProgressDisplay(terminal)
        self._patience = Patience()
        self._seen: int | None = None  # the number of the last event that was shown
        self._has_followed = False

    def execute(self) -> ExitCode:
        """Watch until the task has ended or needs the person."""
        try:
            task = here_or_there(self._paths, self._patience, self._here, self._there)
        except KeyboardInterrupt:
            self._terminal.say(f"The task goes on. 'legwork watch {self._task_id}' shows it again.")
            raise
        located = with_file_addresses(task, RunFiles(self._paths.runs))
        print_ending(self._terminal, located, as_json=self._as_json)
        return exit_code_of(task.status)

    def _here(self) -> PublicTask:
        """The task as it is kept, where it rests and nobody works on it."""
        if not is_owned(self._paths):
            task = asyncio.run(self._kept())
            if task.rests:
                return task
            self._wait_for_return()
            self._background.ensure()
            self._patience.renew()
        raise in_use(self._paths)

    def _wait_for_return(self) -> None:
        """Give an engine that is being restarted by somebody its time."""
        if not self._has_followed:
            return
        self._terminal.say("The Legwork that worked on the task has ended. Waiting for it to come back.")
        ends = time.monotonic() + RETURN_SECONDS
        while not is_owned(self._paths) and time.monotonic() < ends:
            time.sleep(LOOK_SECONDS)

    async def _kept(self) -> PublicTask:
        async with opened_archive(self._paths) as archive:
            return archive.public(await archive.task(self._task_id))

    def _there(self, engine: RunningEngine) -> PublicTask:
        while not (task := engine.task(self._task_id)).rests:
            self._has_followed = True
            self._show(task)
            self._follow(engine)
        return task

    def _follow(self, engine: RunningEngine) -> None:
        """Tell what happens until the stream ends, which it does with the task, or the task rests without an end."""
        try:
            for streamed in engine.events(self._task_id, self._seen):
                self._tell(streamed)
                if _may_rest(streamed) and engine.task(self._task_id).rests:
                    return
        finally:  # it was there until now
            self._patience.renew()

    def _tell(self, streamed: StreamedEvent) -> None:
        if streamed.task is not None:
            self._show(streamed.task)
            return
        self._seen = streamed.number
        if self._as_json:
            self._terminal.print_json(streamed.fields)

    def _show(self, task: PublicTask) -> None:
        if not task.rests and self._display.show(task) and self._as_json:
            self._terminal.print_json(task)


def _may_rest(streamed: StreamedEvent) -> bool:
    """Whether the task may need the person. The stream goes on then, since a person may come."""
    return streamed.name in _RESTS or (streamed.task is not None and streamed.task.rests)
