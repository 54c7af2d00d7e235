"""`legwork pause` and `cancel`: done by the Legwork that owns the data folder, or here, where nothing is started."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from desktop.api.client import RunningEngine
from desktop.api.representation import PublicTask
from desktop.cli.archive import public_by_name, with_file_addresses
from desktop.cli.exit_code import ExitCode
from desktop.cli.owner import Patience, here_or_there
from desktop.cli.result_print import say_state
from desktop.cli.terminal import Terminal
from desktop.engine import TaskId
from desktop.headless import resting_engine
from desktop.paths import Paths
from desktop.settings import Settings
from desktop.store import RunFiles


class Halt(StrEnum):
    """What is to become of the task."""

    PAUSE = "pause"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltCommand:
    """Takes one task out of work. It does not matter whether it was running."""

    paths: Paths
    settings: Settings
    terminal: Terminal
    task_id: TaskId
    halt: Halt
    as_json: bool

    def execute(self) -> ExitCode:
        """Do it; the code says that it was done, not how the task stands."""
        task = here_or_there(self.paths, Patience(), lambda: asyncio.run(self._here()), self._there)
        if self.as_json:
            self.terminal.print_json(with_file_addresses(task, RunFiles(self.paths.runs)))
        else:
            say_state(self.terminal, task)
        return ExitCode.COMPLETED

    async def _here(self) -> PublicTask:
        async with resting_engine(self.paths, self.settings) as engine:
            act = engine.pause if self.halt is Halt.PAUSE else engine.cancel
            return public_by_name(await act(self.task_id))

    def _there(self, engine: RunningEngine) -> PublicTask:
        act = engine.pause if self.halt is Halt.PAUSE else engine.cancel
        return act(self.task_id)
