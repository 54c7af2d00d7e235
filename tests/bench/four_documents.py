"""Four documents at once against the bare runtime that is given the very same prompts, four at a time."""

import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from desktop.agents import DocumentsAgent
from desktop.engine import Answer, Input, LanguageModel, LoadedModel, ModelInfo, Prompt, RuntimeStatus, TaskRequest
from desktop.models import LocalModel, LocalModels
from tests.bench.measured_engine import MeasuredEngine, measured_engine
from tests.bench.runtime import ask_bare_in_turn

DOCUMENTS: Final = 4
_VERBS: Final = ("carried", "lost", "delivered", "repaired", "weighed", "counted", "sold", "inspected")
_THINGS: Final = ("copper", "grain", "rope", "timber", "coal", "paper", "glass", "salt", "wool", "engines")
_PLACES: Final = ("Bergen", "Hull", "Riga", "Porto", "Cork", "Bremen", "Malmö", "Calais")


@dataclass(slots=True)
class Recorder:
    """Implements `Models` and remembers what the models are asked."""

    models: LocalModels
    prompts: list[Prompt] = field(default_factory=list)

    def installed(self) -> tuple[ModelInfo, ...]:
        """What is there."""
        return self.models.installed()

    def open(self, name: str | None) -> LanguageModel:
        """A model that is listened to."""
        return _Recorded(self.models.open(name), self.prompts)

    def status(self) -> RuntimeStatus:
        """What the runtime does."""
        return self.models.status()

    async def fit_together(self, paths: Sequence[str]) -> bool:
        """Whether they fit."""
        return await self.models.fit_together(paths)

    async def close(self) -> None:
        """Its owner closes the models."""


@dataclass(slots=True)
class _Recorded:
    model: LocalModel
    prompts: list[Prompt]

    @property
    def info(self) -> ModelInfo:
        return self.model.info

    @property
    def pulse(self) -> int:
        return self.model.pulse

    @property
    def memory(self) -> int:
        return self.model.memory

    @property
    def is_loaded(self) -> bool:
        return self.model.is_loaded

    async def unload(self) -> None:
        await self.model.unload()

    def drop(self, reason: str) -> None:
        self.model.drop(reason)

    async def load(self) -> LoadedModel:
        return await self.model.load()

    async def answer(self, prompt: Prompt, *listener: Any) -> Answer:
        self.prompts.append(prompt)
        return await self.model.answer(prompt, *listener)

    async def token_ends(self, text: str) -> tuple[int, ...]:
        return await self.model.token_ends(text)


def four_documents(model: str | None = None, rounds: int = 3, words: int = 1_500) -> Iterator[dict[str, Any]]:
    """Tokens per second of four tasks with a document each, and of their prompts given to the bare runtime.

    Both begin with a runtime that has just been loaded, so that neither finds in its cache what the other one read.
    Who goes first changes from round to round.
    """
    with tempfile.TemporaryDirectory() as folder:
        recorders: list[Recorder] = []

        def listen(models: LocalModels) -> Recorder:
            recorders.append(Recorder(models))
            return recorders[0]

        with measured_engine(Path(folder), [DocumentsAgent()], model, listen) as measured:
            assert isinstance(measured.model, LocalModel)
            pair = _Pair(
                measured, measured.model, recorders[0], [_request(seed, words, model) for seed in range(DOCUMENTS)]
            )
            name = measured.model.info.name
            rows = [pair.round(bare_first=number % 2 == 1) for number in range(rounds)]
            yield from ({"model": name, **row} for row in rows)
            yield {"model": name, "rounds": rounds, "median_ratio": statistics.median(row["ratio"] for row in rows)}


@dataclass(slots=True)
class _Pair:
    """The engine and the bare runtime, each to be measured on the same prompts."""

    measured: MeasuredEngine
    model: LocalModel
    recorder: Recorder
    requests: list[TaskRequest]

    def round(self, *, bare_first: bool) -> dict[str, Any]:
        """What both give, one after the other; the bare runtime is asked what the engine asked last."""
        prompts = list(self.recorder.prompts)
        if bare_first:
            bare, engine = self._bare(prompts), self._engine()
        else:
            engine = self._engine()
            prompts = list(self.recorder.prompts)
            bare = self._bare(prompts)
        ratio = engine["tokens_per_second"] / bare["tokens_per_second"]
        return {"prompts": len(prompts), "bare_first": bare_first, "engine": engine, "bare": bare, "ratio": ratio}

    def _engine(self) -> dict[str, float]:
        self.recorder.prompts.clear()
        self._load_afresh()
        began = time.perf_counter()
        tasks = self.measured.wait(self.measured.work_off(self.requests))
        return _speed(sum(task.progress.tokens for task in tasks), time.perf_counter() - began)

    def _bare(self, prompts: list[Prompt]) -> dict[str, float]:
        self._load_afresh()
        began = time.perf_counter()
        written = self.measured.wait(ask_bare_in_turn(self.model, prompts, DOCUMENTS))
        return _speed(written, time.perf_counter() - began)

    def _load_afresh(self) -> None:
        self.measured.wait(self.model.runtime.end())
        self.measured.wait(self.model.load())


def _speed(tokens: int, seconds: float) -> dict[str, float]:
    return {"tokens": tokens, "seconds": round(seconds, 2), "tokens_per_second": round(tokens / seconds, 2)}


def _request(seed: int, words: int, model: str | None) -> TaskRequest:
    text = document(seed, words)
    return TaskRequest(
        kind=DocumentsAgent.kind,
        goal="Summarise this in five points",
        inputs=(Input(name=f"log-{seed}.txt", text=text),),
        model=model,
    )


def document(seed: int, words: int) -> str:
    """A ship's log of about that many words, which says something else for every seed."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    sentences = [_sentence(dice) for _ in range(words // 13)]
    paragraphs = [" ".join(sentences[at : at + 6]) for at in range(0, len(sentences), 6)]
    return "\n\n".join(paragraphs)


def _sentence(dice: random.Random) -> str:
    verb, thing, place = dice.choice(_VERBS), dice.choice(_THINGS), dice.choice(_PLACES)
    return f"Ship AX{dice.randrange(10)} {verb} {dice.randrange(2, 90)} tons of {thing} in {place} that day."
