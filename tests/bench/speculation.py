"""What guessing ahead from what stands in the prompt (n-gram speculation) gains or costs, against the same without."""

import asyncio
import os
import statistics
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import psutil

from desktop.agents.documents import prompts
from desktop.agents.documents.assignment import understand
from desktop.agents.evidence.sentences import sentence_spans
from desktop.engine import Answer, Input, Message, Prompt, Role, TaskRequest
from desktop.models import LocalModel, LocalModels
from tests.bench.four_documents import document
from tests.bench.speculating_server import KIND
from tests.bench.throughput import prompt as story

PROGRAM: Final = (sys.executable, "-m", "tests.bench.speculating_server")
KINDS: Final = "ngram_simple,ngram_map_k,ngram_mod,ngram_cache"


async def speculation(
    model_path: str | None = None, kinds: str = KINDS, rounds: int = 5, questions: int = 1, parallel: int = 1
) -> AsyncIterator[dict[str, Any]]:
    """How much faster answers are written with each kind, the same questions by turns, and how many are the same.

    `notes` are questions of the kind documents, whose answers repeat names and figures of the prompt; `copy` asks for
    the text word for word, the best case; `story` is free writing, the worst. Nothing is asked twice: some kinds
    remember all that was ever written. `speedup` is in processor time, which other programs disturb less.
    """
    for kind in kinds.split(","):
        async with AsyncExitStack() as stack:
            plain = await stack.enter_async_context(_runtime(model_path, "none", parallel))
            guessing = await stack.enter_async_context(_runtime(model_path, kind, parallel))
            for work, write in WORKS.items():
                asked = [[write(number * questions + each) for each in range(questions)] for number in range(rounds)]
                yield {"kind": kind, "work": work, **await _compare(plain, guessing, asked, parallel)}


@dataclass(frozen=True, slots=True)
class _Written:
    """Answers, and what writing them took."""

    answers: list[Answer]
    processor_seconds: float

    @property
    def tokens(self) -> int:
        return sum(answer.output_tokens for answer in self.answers)

    @property
    def seconds(self) -> float:
        """By the clock, as the runtime counts them."""
        return sum(answer.output_seconds for answer in self.answers)


async def _compare(
    plain: LocalModel, guessing: LocalModel, rounds: Sequence[Sequence[Prompt]], parallel: int
) -> dict[str, Any]:
    by_processor, by_clock, same, tokens = [], [], 0, 0
    for number, asked in enumerate(rounds):
        order = (plain, guessing) if number % 2 == 0 else (guessing, plain)
        written = {id(model): await _write(model, asked, parallel) for model in order}
        ours, theirs = written[id(plain)], written[id(guessing)]
        share = theirs.tokens / ours.tokens
        by_processor.append(round(ours.processor_seconds / theirs.processor_seconds * share, 3))
        by_clock.append(round(ours.seconds / theirs.seconds * share, 3))
        same += sum(one.text == other.text for one, other in zip(ours.answers, theirs.answers, strict=True))
        tokens += theirs.tokens
    return {
        "model": plain.info.name,
        "tokens": tokens,
        "same_texts": f"{same} of {sum(map(len, rounds))}",
        "speedup": statistics.median(by_processor),
        "speedups": by_processor,
        "speedup_by_clock": statistics.median(by_clock),
        "speedups_by_clock": by_clock,
    }


async def _write(model: LocalModel, asked: Sequence[Prompt], parallel: int) -> _Written:
    """What a model answers to prompts that it has read already."""
    free = asyncio.Semaphore(parallel)

    async def ask(prompt: Prompt) -> Answer:
        async with free:
            return await model.answer(prompt)

    for prompt in asked:
        await ask(replace(prompt, max_tokens=1))
    running = model.runtime.running
    if running is None:
        raise RuntimeError("the runtime ended before it was asked")
    process = psutil.Process(running.process.pid)
    before = process.cpu_times()
    answers = await asyncio.gather(*map(ask, asked))
    after = process.cpu_times()
    return _Written(answers, after.user + after.system - before.user - before.system)


@asynccontextmanager
async def _runtime(model_path: str | None, kind: str, slots: int) -> AsyncIterator[LocalModel]:
    os.environ[KIND] = kind
    models = LocalModels(None, slots=slots, context_tokens=4096, program=PROGRAM)
    try:
        model = models.open(model_path)
        await model.load()
        yield model
    finally:
        await models.close()


def _notes(seed: int) -> Prompt:
    given = Input(name="log.txt", text="A log.")
    assignment = understand(TaskRequest(kind="documents", goal="Summarise this in five points", inputs=(given,)))
    text = document(seed, 250)
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    return prompts.note_prompt(assignment, sentences, "log.txt", 4)


def _copy(seed: int) -> Prompt:
    asked = f"Repeat this text word for word:\n\n{document(seed, 120)}"
    return Prompt(messages=(Message(role=Role.USER, content=asked),), max_tokens=200)


WORKS: Final = {"notes": _notes, "copy": _copy, "story": story}
