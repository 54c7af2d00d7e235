"""What the engine costs the model: tasks with journal and progress against the bare runtime, on the same prompts."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from desktop.engine import (
    TERMINAL,
    Engine,
    Input,
    Message,
    PlannedStep,
    Prompt,
    Result,
    Role,
    Run,
    Source,
    SystemClock,
    SystemIdentifiers,
    TaskRequest,
    TaskStatus,
    Verdict,
    Verification,
    Work,
)
from desktop.models import LocalModel, LocalModels
from desktop.notify import SilentNotifier
from desktop.store import RunFiles, open_store
from desktop.tools import PooledReader
from tests.bench.runtime import ask_bare

TASKS = 4
QUESTIONS_A_TASK = 4
ANSWER_TOKENS = 96
SUBJECTS = ("the sea", "a harbour", "the wind", "a ship", "the tide", "an anchor", "a lighthouse", "the crew")


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


async def throughput(model: str | None = None, rounds: int = 5) -> list[dict[str, Any]]:
    """Tokens per second of four tasks at once, and of four requests at once to the bare runtime, by turns."""
    with tempfile.TemporaryDirectory() as folder:
        models, reader, store = LocalModels(None, idle_seconds=3600), PooledReader(), open_store(Path(folder))
        engine = Engine(
            store=store,
            files=RunFiles(Path(folder)),
            models=models,
            reader=reader,
            agents=[Storyteller()],
            notifier=SilentNotifier(),
            clock=SystemClock(),
            identifiers=SystemIdentifiers(),
        )
        await engine.start()
        try:
            return await _pairs(engine, models.open(model), model, rounds)
        finally:
            await engine.stop()
            for adapter in (models, reader, store):
                await adapter.close()


async def _pairs(engine: Engine, model: LocalModel, name: str | None, rounds: int) -> list[dict[str, Any]]:
    await model.load()
    numbers = range(TASKS * QUESTIONS_A_TASK)
    await _bare(model, numbers)  # both find the prompts in the cache
    rows: list[dict[str, Any]] = []
    for turn in range(rounds):
        pair: dict[str, float] = {}
        for way in ("bare", "engine") if turn % 2 == 0 else ("engine", "bare"):
            began = time.perf_counter()
            tokens = await (_bare(model, numbers) if way == "bare" else _tasks(engine, name, numbers))
            pair[way] = tokens / (time.perf_counter() - began)
        rows.append({"bench": "throughput", "model": model.info.name, **pair, "ratio": pair["engine"] / pair["bare"]})
    ratio = statistics.median(row["ratio"] for row in rows)
    rows.append({"bench": "throughput", "model": model.info.name, "rounds": rounds, "median_ratio": ratio})
    return rows


async def _bare(model: LocalModel, numbers: Sequence[int]) -> int:
    running = model.runtime.running
    assert running is not None
    todo, tokens = iter(numbers), 0

    async def worker() -> None:
        nonlocal tokens
        for number in todo:
            tokens += await ask_bare(running, prompt(number))

    await asyncio.gather(*(worker() for _ in range(TASKS)))
    return tokens


async def _tasks(engine: Engine, model: str | None, numbers: Sequence[int]) -> int:
    shares = [" ".join(str(number) for number in numbers[start::TASKS]) for start in range(TASKS)]
    ended: asyncio.Queue[int] = asyncio.Queue()
    stop = engine.subscribe(
        lambda update: (
            ended.put_nowait(update.task.progress.tokens)
            if update.event is not None and update.task.status in TERMINAL
            else None
        )
    )
    for share in shares:
        await engine.submit(TaskRequest(kind="stories", goal=share, inputs=(Input(name="n", text="n"),), model=model))
    tokens = sum([await ended.get() for _ in shares])
    stop()
    counts = await engine.counts()
    if counts[TaskStatus.FAILED]:
        raise RuntimeError("a task failed; the figures would mean nothing")
    return tokens
