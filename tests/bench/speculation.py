"""What guessing ahead from what stands in the prompt (n-gram speculation) gains or costs, against the same without."""

import asyncio
import os
import statistics
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from desktop.agents.documents import prompts
from desktop.agents.documents.assignment import understand
from desktop.agents.documents.sentences import sentence_spans
from desktop.engine import Answer, Input, Message, Prompt, Role, TaskRequest
from desktop.models import LocalModel, LocalModels
from tests.bench.four_documents import document
from tests.bench.speculating_server import KIND
from tests.bench.throughput import prompt as story

PROGRAM: Final = (sys.executable, "-m", "tests.bench.speculating_server")
ASKED: Final = 2
"""Questions of a kind of work in a round."""
KINDS: Final = "ngram_simple,ngram_map_k,ngram_mod,ngram_cache"


async def speculation(
    model_path: str | None = None, kinds: str = KINDS, rounds: int = 3, parallel: int = 1
) -> AsyncIterator[dict[str, Any]]:
    """How much faster answers are written with each kind, the same questions by turns, and how many are the same.

    `notes` are questions of the kind documents, whose answers repeat names and figures of the prompt; `copy` asks for
    the text word for word, the best case; `story` is free writing, the worst. Nothing is asked twice: some kinds
    remember all that was ever written.
    """
    for kind in kinds.split(","):
        async with AsyncExitStack() as stack:
            plain = await stack.enter_async_context(_runtime(model_path, "none", parallel))
            guessing = await stack.enter_async_context(_runtime(model_path, kind, parallel))
            for work, write in WORKS.items():
                yield {"kind": kind, "work": work, **await _compare(plain, guessing, write, rounds, parallel)}


async def _compare(
    plain: LocalModel, guessing: LocalModel, write: Callable[[int], Prompt], rounds: int, parallel: int
) -> dict[str, Any]:
    ratios, same, tokens = [], 0, 0
    for number in range(rounds):
        asked = [write(number * ASKED + each) for each in range(ASKED)]
        order = (plain, guessing) if number % 2 == 0 else (guessing, plain)
        answers = {id(model): await _answers(model, asked, parallel) for model in order}
        ours, theirs = answers[id(plain)], answers[id(guessing)]
        ratios.append(_speed(theirs) / _speed(ours))
        same += sum(one.text == other.text for one, other in zip(ours, theirs, strict=True))
        tokens += sum(answer.output_tokens for answer in theirs)
    return {
        "model": plain.info.name,
        "tokens": tokens,
        "same_texts": f"{same} of {rounds * ASKED}",
        "speedup": round(statistics.median(ratios), 3),
        "speedups": [round(ratio, 3) for ratio in ratios],
    }


def _speed(answers: Sequence[Answer]) -> float:
    """Tokens per second of writing, by the runtime's own clock: prompts are read in the same way."""
    return sum(answer.output_tokens for answer in answers) / sum(answer.output_seconds for answer in answers)


async def _answers(model: LocalModel, asked: Sequence[Prompt], parallel: int) -> list[Answer]:
    free = asyncio.Semaphore(parallel)

    async def ask(prompt: Prompt) -> Answer:
        async with free:
            return await model.answer(prompt)

    return await asyncio.gather(*map(ask, asked))


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
