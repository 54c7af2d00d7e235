"""`legwork run`, `resume` and `retry`: see a task through here and now, or in the Legwork that owns the data folder.

Whichever it is may change on the way: where the engine that took the task ends, this process takes the folder and goes
on with the same task at its first unfinished step.
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import Iterator
from typing import Final

from desktop.api.client import RunningEngine
from desktop.api.errors import Refused
from desktop.api.representation import AcceptedTask, PublicTask, accepted_task
from desktop.cli.archive import public_by_name, with_file_addresses
from desktop.cli.beginning import Beginning
from desktop.cli.exit_code import ExitCode, exit_code_of
from desktop.cli.owner import Patience, here_or_there
from desktop.cli.progress_display import ProgressDisplay
from desktop.cli.result_print import print_ending
from desktop.cli.terminal import Terminal
from desktop.cli.wording import expectation
from desktop.engine import (
    TERMINAL,
    Engine,
    ForbiddenTransition,
    TaskId,
    TaskUpdate,
)
from desktop.headless import opened_engine
from desktop.paths import Paths
from desktop.settings import Settings
from desktop.store import RunFiles

_LOOK_SECONDS: Final = 0.5


class RunCommand:
    """One task from its beginning to its end, wherever the engine runs."""

    def __init__(
        self, paths: Paths, settings: Settings, terminal: Terminal, beginning: Beginning, *, as_json: bool
    ) -> None:
        self._paths = paths
        self._settings = settings
        self._terminal = terminal
        self._beginning = beginning
        self._as_json = as_json
        self._files = RunFiles(paths.runs)
        self._display = ProgressDisplay(terminal)
        self._task_id: TaskId | None = None
        self._interrupted = False
        self._told_to_end = False
        self._patience = Patience()

    def execute(self) -> ExitCode:
        """See the task through to its end, or until it needs the person."""
        task = here_or_there(self._paths, self._patience, lambda: asyncio.run(self._here()), self._there)
        return self._conclude(task)

    async def _here(self) -> PublicTask:
        async with opened_engine(self._paths, self._settings) as engine:
            if self._task_id is None:
                self._accept(accepted_task(await self._beginning.here(engine), {}))
            assert self._task_id is not None  # noqa: S101 - accepted above, or by another engine before
            if self._interrupted:  # while another engine had it, which ended before it could be told
                return await self._leave(engine, self._task_id)
            with self._ended_by_signals():
                try:
                    return await self._watch(engine, self._task_id)
                except asyncio.CancelledError:
                    return await self._leave(engine, self._task_id)

    async def _watch(self, engine: Engine, task_id: TaskId) -> PublicTask:
        changed = asyncio.Event()

        def on_update(update: TaskUpdate) -> None:
            if update.task.task_id == task_id:
                changed.set()

        unsubscribe = engine.subscribe(on_update)
        try:
            while True:
                changed.clear()
                task = await self._look(engine, task_id)
                if task.rests:
                    return task
                self._show(task)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await changed.wait()
        finally:
            unsubscribe()

    async def _leave(self, engine: Engine, task_id: TaskId) -> PublicTask:
        """After Ctrl-C the task is cancelled. After SIGTERM it stays as it is, and goes on at the next start."""
        aio_task = asyncio.current_task()
        if aio_task is not None:
            aio_task.uncancel()
        if not self._told_to_end:
            with contextlib.suppress(ForbiddenTransition):  # it ended by itself in the meantime
                await engine.cancel(task_id)
        return await self._look(engine, task_id)

    async def _look(self, engine: Engine, task_id: TaskId) -> PublicTask:
        return public_by_name(await engine.task(task_id))

    @contextlib.contextmanager
    def _ended_by_signals(self) -> Iterator[None]:
        """SIGTERM and SIGHUP end the watching here. asyncio itself does so for Ctrl-C."""
        loop, aio_task = asyncio.get_running_loop(), asyncio.current_task()
        ending = [found for name in ("SIGTERM", "SIGHUP") if (found := getattr(signal, name, None)) is not None]

        def end() -> None:
            self._told_to_end = True
            if aio_task is not None:
                aio_task.cancel()

        with contextlib.suppress(NotImplementedError):  # Windows knows no such handlers
            for each in ending:
                loop.add_signal_handler(each, end)
        try:
            yield
        finally:
            with contextlib.suppress(NotImplementedError):
                for each in ending:
                    loop.remove_signal_handler(each)

    def _there(self, engine: RunningEngine) -> PublicTask:
        try:
            return self._follow(engine)
        except KeyboardInterrupt:
            if self._task_id is None:
                raise
            self._interrupted = True
            with contextlib.suppress(Refused):  # it ended by itself in the meantime
                engine.cancel(self._task_id)
            return engine.task(self._task_id)

    def _follow(self, engine: RunningEngine) -> PublicTask:
        if self._task_id is None:
            self._accept(self._beginning.there(engine))
            self._terminal.say(f"Handed over to the Legwork that runs already (process {engine.pid}).")
        assert self._task_id is not None  # noqa: S101 - accepted above, or by another engine before
        while True:
            task = engine.task(self._task_id)
            self._patience.renew()
            if task.rests:
                return task
            self._show(task)
            time.sleep(_LOOK_SECONDS)

    def _accept(self, accepted: AcceptedTask | PublicTask) -> None:
        self._task_id = accepted.task_id
        self._terminal.say(f"Task {accepted.task_id}: {expectation(accepted)}")

    def _show(self, task: PublicTask) -> None:
        if self._display.show(task) and self._as_json:
            self._terminal.print_json(task)

    def _conclude(self, task: PublicTask) -> ExitCode:
        located = with_file_addresses(task, self._files)
        if self._told_to_end and task.status not in TERMINAL:
            self._terminal.say(f"Legwork ends. Task {task.task_id} goes on where it was when Legwork starts again.")
        print_ending(self._terminal, located, as_json=self._as_json)
        return exit_code_of(task.status)
