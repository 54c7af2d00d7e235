"""A person who cannot make up their mind: submits and steers tasks at random, and remembers what they were promised."""

import random
from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from desktop.api.client import RunningEngine
from desktop.api.errors import EngineGone, HandoverFailed, Refused
from desktop.api.representation import PublicTask
from desktop.engine import TERMINAL, QuestionAnswered, QuestionId, TaskId, TaskStatus
from tests.faults.image import Image
from tests.faults.kinds import Asking

MOST_OPEN: Final = 8  # tasks that have not ended at a time


@dataclass(slots=True)
class Person:
    """Acts once at a time, on the engine that happens to run."""

    chance: random.Random
    folder: Path  # for files
    accepted: set[TaskId] = field(default_factory=set)
    promised: dict[TaskId, TaskStatus] = field(default_factory=dict)  # ends that an answer told, and nobody touched
    answers: dict[tuple[TaskId, QuestionId], str] = field(default_factory=dict)  # that were accepted
    open: set[TaskId] = field(default_factory=set)  # not known to have ended
    unanswered: int = 0  # requests that may have become tasks
    acts: Tally[str] = field(default_factory=Tally)

    def act(self, engine: RunningEngine) -> None:
        """Do something. An engine that ends meanwhile is nothing new."""
        try:
            if len(self.open) < MOST_OPEN:
                self._submit(engine)
            else:
                self._steer(engine)
        except EngineGone:
            self.acts["in vain"] += 1

    def resume_all(self, engine: RunningEngine) -> None:
        """Let everything go on."""
        for task_id in sorted(self.open):
            if engine.task(task_id).status is TaskStatus.PAUSED:
                engine.resume(task_id)

    def answer_all(self, engine: RunningEngine) -> None:
        """Answer whatever is asked now."""
        for task_id in sorted(self.open):
            self._answer(engine, task_id)

    def take_in(self, image: Image) -> Iterator[str]:
        """See what became of the tasks; what is not as promised."""
        yield from (f"{task_id} was accepted and is lost" for task_id in sorted(self.accepted - image.tasks.keys()))
        if len(image.tasks.keys() - self.accepted) > self.unanswered:
            yield f"there are tasks that nobody asked for: {sorted(image.tasks.keys() - self.accepted)}"
        for task_id, status in self.promised.items():
            if (task := image.tasks.get(task_id)) is not None and task.status is not status:
                yield f"{task_id} was said to be {status} and is {task.status}"
        for (task_id, question_id), answer in self.answers.items():
            given = [event for _, event in image.events.get(task_id, ()) if isinstance(event, QuestionAnswered)]
            if [event.answer for event in given if event.question_id == question_id] != [answer]:
                yield f"{task_id} was answered {answer!r}, and has {given}"
        self.open = {task_id for task_id, task in image.tasks.items() if task.status not in TERMINAL}

    def _submit(self, engine: RunningEngine) -> None:
        try:
            task_id = engine.submit(Asking(self.chance, self.folder).request()).task_id
        except HandoverFailed:
            self.unanswered += 1
        else:
            self.acts["submit"] += 1
            self.accepted.add(task_id)
            self.open.add(task_id)

    def _steer(self, engine: RunningEngine) -> None:
        actions = {
            "look": engine.task,
            "answer": lambda task_id: self._answer(engine, task_id),
            "pause": engine.pause,
            "resume": engine.resume,
            "cancel": engine.cancel,
            "retry": engine.retry,
        }
        action = self.chance.choices(tuple(actions), (2, 6, 4, 5, 2, 2))[0]
        task_id = self.chance.choice(sorted(self.accepted if action == "retry" else self.open))
        self.acts[action] += 1
        if action == "retry":
            self.promised.pop(task_id, None)
        try:
            task = actions[action](task_id)
        except Refused:
            return
        if task.status in TERMINAL:
            self.promised[task_id] = task.status
            self.open.discard(task_id)
        elif action == "retry":
            self.open.add(task_id)

    def _answer(self, engine: RunningEngine, task_id: TaskId) -> PublicTask:
        """Choose an answer where the task asks something, the last one (no) the least often."""
        task = engine.task(task_id)
        if (asked := task.question) is not None:
            (answer,) = self.chance.choices(asked.choices, [3] * (len(asked.choices) - 1) + [1])
            task = engine.answer(task_id, answer, asked.question_id)
            self.answers[task_id, asked.question_id] = answer
            self.acts["answered"] += 1
        return task
