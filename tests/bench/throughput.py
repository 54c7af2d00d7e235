"""What the engine and the window cost the model: tasks with journal and progress against the bare runtime."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from desktop.engine import (
    Input,
    Message,
    PlannedStep,
    Prompt,
    Result,
    Role,
    Run,
    Source,
    TaskRequest,
    Verdict,
    Verification,
    Work,
)
from desktop.models import LocalModel
from tests.bench.measured_engine import MeasuredEngine, measured_engine
from tests.bench.runtime import ask_bare_in_turn

TASKS: Final = 4
QUESTIONS_A_TASK: Final = 4
ANSWER_TOKENS: Final = 96
WAYS: Final = ("bare", "engine", "window")
SUBJECTS: Final = ("the sea", "a harbour", "the wind", "a ship", "the tide", "an anchor", "a lighthouse", "the crew")


def prompt(number: int) -> Prompt:
    """A question of its own for each number, with an answer that always has the full length."""
    subject = SUBJECTS[number % len(SUBJECTS)]
    text = f"Question {number}. Write a long story about {subject}, with many details, and do not come to an end."
    return Prompt(messages=(Message(role=Role.USER, content=text),), max_tokens=ANSWER_TOKENS)


class Storyteller:
    """An agent that asks a task's questions in a journaled map, and does nothing else."""

    kind: ClassVar[str] = "stories"
    title: ClassVar[str] = "Stories"

    def check(self, request: TaskRequest) -> None:
        """Anything goes."""

    def outline(self, request: TaskRequest, sources: Sequence[Source]) -> tuple[PlannedStep, ...]:
        """One step."""
        work = Work(output_tokens=ANSWER_TOKENS * QUESTIONS_A_TASK)
        return (PlannedStep(name="tell", title="Tell", work=work, total=QUESTIONS_A_TASK),)

    async def carry_out(self, run: Run) -> Result:
        """Ask them all."""

        async def tell(number: int) -> str:
            return (await run.ask(prompt(number))).text

        await run.map("tell", [int(number) for number in run.request.goal.split()], tell)
        return Result(summary="Told.", verification=Verification(verdict=Verdict.NOT_VERIFIED))


def throughput(model: str | None = None, rounds: int = 5) -> Iterator[dict[str, Any]]:
    """Tokens per second of four tasks without and with the window, and of four requests to the bare runtime, by turns.

    The prompts are the same and in the cache; which way goes first changes from round to round.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance() or QApplication(["bench"])  # noqa: F841 - there while it is referred to
    with tempfile.TemporaryDirectory() as folder, measured_engine(Path(folder), [Storyteller()], model) as measured:
        tokens_per_second(measured, "bare", model)  # the prompts are in the cache from here on
        rows = []
        for turn in range(rounds):
            order = [WAYS[(turn + place) % len(WAYS)] for place in range(len(WAYS))]
            speeds = {way: tokens_per_second(measured, way, model) for way in order}
            ratios = {f"{way}_ratio": speeds[way] / speeds["bare"] for way in WAYS[1:]}
            rows.append({"model": measured.model.info.name, **speeds, **ratios})
            yield rows[-1]
    medians = {f"median_{way}_ratio": statistics.median(row[f"{way}_ratio"] for row in rows) for way in WAYS[1:]}
    yield {"model": rows[0]["model"], "rounds": rounds, **medians}


def tokens_per_second(measured: MeasuredEngine, way: str, model: str | None, tasks: int = TASKS) -> float:
    """What one of `WAYS` gives where so many tasks, or requests, are under way at a time."""
    if way == "window":
        with measured.window():
            return tokens_per_second(measured, "engine", model, tasks)
    began = time.perf_counter()
    if way == "bare":
        assert isinstance(measured.model, LocalModel)
        prompts = [prompt(number) for number in range(tasks * QUESTIONS_A_TASK)]
        tokens = measured.wait(ask_bare_in_turn(measured.model, prompts, tasks))
    else:
        tokens = sum(task.progress.tokens for task in measured.wait(measured.work_off(_requests(model, tasks))))
    return tokens / (time.perf_counter() - began)


def _requests(model: str | None, tasks: int) -> list[TaskRequest]:
    numbers = range(tasks * QUESTIONS_A_TASK)
    shares = [" ".join(str(number) for number in numbers[start::tasks]) for start in range(tasks)]
    nothing = (Input(name="n", text="n"),)
    return [TaskRequest(kind="stories", goal=share, inputs=nothing, model=model) for share in shares]
