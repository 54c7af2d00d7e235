"""How a model is fed: up to eight answers at a time, what a shared beginning saves, and when the first word comes."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from desktop.engine import Message, Prompt, Role, Sign
from desktop.models import LocalModel, LocalModels
from tests.bench.four_documents import document
from tests.bench.measured_engine import measured_engine
from tests.bench.runtime import loaded, reread
from tests.bench.throughput import Storyteller, tokens_per_second

COUNTS: Final = "1,2,4,8"
WAYS: Final = ("bare", "engine")


def slots(
    model: str | None = None, rounds: int = 3, words: int = 400, questions: int = 4, counts: str = COUNTS
) -> Iterator[dict[str, Any]]:
    """The application against the bare runtime with each of these counts of slots; a shared prefix; the first token.

    With each number of slots both ways take turns on one runtime, with the same prompts, which are in its cache: as
    many tasks as slots, of so many questions each. The prefix is a document of so many words, a question behind it.
    """
    for count in counts.split(","):
        yield from _by_turns(model, int(count), rounds, questions)
    yield {"what": "a second question on a document", **asyncio.run(_second_question(model, words))}
    yield from asyncio.run(_first_tokens(model, rounds, words))


def _by_turns(model: str | None, count: int, rounds: int, questions: int) -> Iterator[dict[str, Any]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        measured_engine(Path(folder), [Storyteller()], model, slots=count) as measured,
    ):
        # From here on the prompts are in the cache.
        tokens_per_second(measured, "bare", model, tasks=count, questions=questions)
        rows = []
        for turn in range(rounds):
            order = WAYS if turn % 2 == 0 else WAYS[::-1]
            rows.append(
                {way: tokens_per_second(measured, way, model, tasks=count, questions=questions) for way in order}
            )
        yield {
            "what": "tokens per second",
            "model": measured.model.info.name,
            "slots": count,
            "rounds": rounds,
            **{way: round(statistics.median(row[way] for row in rows), 2) for way in WAYS},
            "ratio": round(statistics.median(row["engine"] / row["bare"] for row in rows), 4),
            "ratios": [round(row["engine"] / row["bare"], 4) for row in rows],
        }


def _question(seed: int, words: int, question: str) -> Prompt:
    return Prompt(messages=(Message(role=Role.USER, content=f"{document(seed, words)}\n\n{question}"),), max_tokens=8)


async def _second_question(model: str | None, words: int) -> dict[str, int]:
    first, second = (_question(1, words, text) for text in ("Which ships are there?", "What was lost in Hull?"))
    return await reread(model, first, second)


async def _first_tokens(model: str | None, rounds: int, words: int) -> list[dict[str, Any]]:
    """Seconds to the first token: with a runtime that has to start, one that is there, and the prompt known."""
    seconds: dict[str, list[float]] = {"cold": [], "warm": [], "known": []}
    for number in range(rounds):
        prompt = _question(number, words, "Which ships are there?")
        models = LocalModels(None)
        try:
            seconds["cold"].append(await _to_first_token(models.open(model), prompt))
        finally:
            await models.close()
        async with loaded(model) as warm:
            seconds["warm"].append(await _to_first_token(warm, prompt))
            seconds["known"].append(await _to_first_token(warm, prompt))
    return [
        {"what": "seconds to the first token", "when": when, "median": round(statistics.median(taken), 3), "all": taken}
        for when, taken in seconds.items()
    ]


async def _to_first_token(model: LocalModel, prompt: Prompt) -> float:
    began = time.perf_counter()
    first: list[float] = []

    def hear(sign: Sign) -> None:
        if isinstance(sign, str) and not first:
            first.append(time.perf_counter() - began)

    await model.answer(prompt, hear)
    return round(first[0], 3)
