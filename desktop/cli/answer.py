"""`legwork answer`: told to the Legwork that owns the data folder, or kept here, where nothing is started."""

import asyncio
from dataclasses import dataclass

from desktop.api.client import RunningEngine
from desktop.api.representation import PublicTask
from desktop.cli.archive import public_by_name, with_file_addresses
from desktop.cli.exit_code import ExitCode, exit_code_of
from desktop.cli.owner import Patience, here_or_there
from desktop.cli.result_print import say_state
from desktop.cli.terminal import Terminal
from desktop.engine import QuestionId, TaskId
from desktop.headless import resting_engine
from desktop.paths import Paths
from desktop.settings import Settings
from desktop.store import RunFiles


@dataclass(slots=True, kw_only=True)
class AnswerCommand:
    """Answers what a task asks when this is first found out, and nothing that it asks after that."""

    paths: Paths
    settings: Settings
    terminal: Terminal
    task_id: TaskId
    answer: str | None  # None: show the question
    as_json: bool
    _asked: QuestionId | None = None

    def execute(self) -> ExitCode:
        """Do it; without an answer the code says how the task stands."""
        task = here_or_there(self.paths, Patience(), lambda: asyncio.run(self._here()), self._there)
        if self.as_json:
            self.terminal.print_json(with_file_addresses(task, RunFiles(self.paths.runs)))
        else:
            say_state(self.terminal, task)
        return exit_code_of(task.status) if self.answer is None else ExitCode.COMPLETED

    async def _here(self) -> PublicTask:
        async with resting_engine(self.paths, self.settings) as engine:
            task = public_by_name(await engine.task(self.task_id))
            if self.answer is None:
                return task
            answered = public_by_name(await engine.answer(self.task_id, self.answer, self._asked_by(task)))
        if not self.as_json:
            self.terminal.say(f"The answer is kept. 'legwork watch {self.task_id}' lets the task go on with it.")
        return answered

    def _there(self, engine: RunningEngine) -> PublicTask:
        task = engine.task(self.task_id)
        if self.answer is None:
            return task
        return engine.answer(self.task_id, self.answer, self._asked_by(task))

    def _asked_by(self, task: PublicTask) -> QuestionId | None:
        """The question that this command answers, wherever it is sent once more."""
        if self._asked is None and task.question is not None:
            self._asked = task.question.question_id
        return self._asked
