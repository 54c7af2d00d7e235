"""`legwork pin`, `unpin`, `delete` and `restore`: done by the Legwork that owns the data folder, or here."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from desktop.api.client import RunningEngine
from desktop.api.errors import Refused
from desktop.api.representation import PublicTask
from desktop.cli.archive import public_by_name, with_file_addresses
from desktop.cli.exit_code import ExitCode
from desktop.cli.keeping_line import keeping_line
from desktop.cli.owner import Patience, here_or_there
from desktop.cli.terminal import Terminal, one_line
from desktop.engine import ForbiddenTransition, TaskId
from desktop.headless import resting_engine
from desktop.paths import Paths
from desktop.settings import Settings
from desktop.store import RunFiles


class Keeping(StrEnum):
    """What is to become of the tasks."""

    PIN = "pin"
    UNPIN = "unpin"
    DELETE = "delete"
    RESTORE = "restore"
    PURGE = "purge"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingCommand:
    """Keeps ended tasks, or lets them go. No task is started."""

    paths: Paths
    settings: Settings
    terminal: Terminal
    keeping: Keeping
    as_json: bool

    def execute(self, task_ids: Sequence[TaskId]) -> ExitCode:
        """Do it for each task. One that is refused is named, leaves the others be, and makes the command fail."""
        code = ExitCode.COMPLETED
        for task_id in task_ids:
            try:
                self._tell(task_id, self._act(task_id))
            except (ForbiddenTransition, Refused) as error:
                self.terminal.say(task_id)
                self.terminal.say_error(error)
                code = ExitCode.FAILED
        return code

    def _act(self, task_id: TaskId) -> PublicTask | None:
        return here_or_there(
            self.paths,
            Patience(),
            lambda: asyncio.run(self._here(task_id)),
            lambda engine: self._there(engine, task_id),
        )

    async def _here(self, task_id: TaskId) -> PublicTask | None:
        async with resting_engine(self.paths, self.settings) as engine:
            retention = engine.retention
            match self.keeping:
                case Keeping.PIN:
                    task = await retention.pin(task_id)
                case Keeping.UNPIN:
                    task = await retention.unpin(task_id)
                case Keeping.DELETE:
                    task = await retention.delete(task_id)
                case Keeping.RESTORE:
                    task = await retention.restore(task_id)
                case Keeping.PURGE:
                    await retention.purge(task_id)
                    return None
            return public_by_name(task)

    def _there(self, engine: RunningEngine, task_id: TaskId) -> PublicTask | None:
        match self.keeping:
            case Keeping.PIN:
                return engine.pin(task_id)
            case Keeping.UNPIN:
                return engine.unpin(task_id)
            case Keeping.DELETE:
                return engine.delete(task_id)
            case Keeping.RESTORE:
                return engine.restore(task_id)
            case Keeping.PURGE:
                engine.purge(task_id)
                return None

    def _tell(self, task_id: TaskId, task: PublicTask | None) -> None:
        if task is None:
            if self.as_json:
                self.terminal.print_json({"task_id": task_id, "gone": True})
            else:
                self.terminal.say(f"{task_id} is gone for good.")
        elif self.as_json:
            self.terminal.print_json(with_file_addresses(task, RunFiles(self.paths.runs)))
        else:
            self.terminal.say(f"{one_line(task.title)}: {keeping_line(task)}")
