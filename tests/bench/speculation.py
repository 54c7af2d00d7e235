"""What guessing ahead from what stands in the prompt (n-gram speculation) gains or costs, against the same without."""

import asyncio
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

from desktop.agents.documents import prompts
from desktop.agents.documents.assignment import understand
from desktop.agents.documents.sentences import sentence_spans
from desktop.engine import Input, Message, Prompt, Role, TaskRequest
from desktop.models import LocalModel, LocalModels
from tests.bench.four_documents import document
from tests.bench.speculating_server import KIND
from tests.bench.throughput import prompt as story

PROGRAM: Final = (sys.executable, str(Path(__file__).with_name("speculating_server.py")))
KINDS: Final = "ngram_simple,ngram_map_k,ngram_mod,ngram_cache"


async def speculation(
    model_path: str | None = None, kinds: str = KINDS, rounds: int = 3, parallel: int = 1
) -> AsyncIterator[dict[str, Any]]:
    """Seconds without and with each kind, of the same questions by turns, and whether the answers are the same.

    `notes` are questions of the kind documents, whose answers repeat names and figures of the prompt; `copy` asks for
    the text word for word, the best case; `story` is free writing, the worst. Prompts are in the cache of both.
    """
    for kind in kinds.split(","):
        async with AsyncExitStack() as stack:
            plain = await stack.enter_async_context(_runtime(model_path, "none", parallel))
            guessing = await stack.enter_async_context(_runtime(model_path, kind, parallel))
            for work, asked in _works().items():
                yield {"kind": kind, "work": work, **await _compare(plain, guessing, asked, rounds, parallel)}


async def _compare(
    plain: LocalModel, guessing: LocalModel, asked: Sequence[Prompt], rounds: int, parallel: int
) -> dict[str, Any]:
    said = [await _seconds(model, asked, parallel) for model in (plain, guessing)]  # and the prompts are in the caches
    ratios = []
    for number in range(rounds):
        order = (plain, guessing) if number % 2 == 0 else (guessing, plain)
        seconds = {id(model): (await _seconds(model, asked, parallel))[0] for model in order}
        ratios.append(seconds[id(plain)] / seconds[id(guessing)])
    return {
        "model": plain.info.name,
        "same_text": said[0][1] == said[1][1],
        "speedup": round(statistics.median(ratios), 3),
        "speedups": [round(ratio, 3) for ratio in ratios],
    }


async def _seconds(model: LocalModel, asked: Sequence[Prompt], parallel: int) -> tuple[float, list[str]]:
    free = asyncio.Semaphore(parallel)

    async def ask(prompt: Prompt) -> str:
        async with free:
            return (await model.answer(prompt)).text

    began = time.perf_counter()
    texts = await asyncio.gather(*map(ask, asked))
    return time.perf_counter() - began, texts


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


def _works() -> dict[str, list[Prompt]]:
    return {
        "notes": [_notes(seed) for seed in range(2)],
        "copy": [_copy(seed) for seed in range(2)],
        "story": [story(number) for number in range(2)],
    }


def _notes(seed: int) -> Prompt:
    given = Input(name="log.txt", text="A log.")
    assignment = understand(TaskRequest(kind="documents", goal="Summarise this in five points", inputs=(given,)))
    text = document(seed, 400)
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    return prompts.note_prompt(assignment, sentences, "log.txt", 4)


def _copy(seed: int) -> Prompt:
    asked = f"Repeat this text word for word:\n\n{document(seed, 150)}"
    return Prompt(messages=(Message(role=Role.USER, content=asked),), max_tokens=200)
