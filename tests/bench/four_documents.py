"""Four documents at once against the bare runtime that is given the very same prompts, four at a time."""

import random
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from desktop.agents import DocumentsAgent
from desktop.engine import Answer, Input, LanguageModel, LoadedModel, ModelInfo, Prompt, RuntimeStatus, TaskRequest
from desktop.models import LocalModel, LocalModels
from tests.bench.measured_engine import MeasuredEngine, measured_engine
from tests.bench.runtime import ask_bare_in_turn

DOCUMENTS: Final = 4
WORDS: Final = 3_000  # of each: about nine pages
SHIP: Final = "AX"
OTHER_SHIP: Final = "BX"
"""The bare runtime reads of another ship, so that it finds no more in its cache than the engine did."""
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

    async def close(self) -> None:
        """Its owner closes the models."""


@dataclass(slots=True)
class _Recorded:
    model: LocalModel
    prompts: list[Prompt]

    @property
    def info(self) -> ModelInfo:
        return self.model.info

    async def load(self) -> LoadedModel:
        return await self.model.load()

    async def answer(self, prompt: Prompt, *listener: Any) -> Answer:
        self.prompts.append(prompt)
        return await self.model.answer(prompt, *listener)

    async def token_ends(self, text: str) -> tuple[int, ...]:
        return await self.model.token_ends(text)


def four_documents(model: str | None = None, rounds: int = 3) -> Iterator[dict[str, Any]]:
    """Tokens per second of four tasks with a document each, and of their prompts given to the bare runtime."""
    with tempfile.TemporaryDirectory() as folder:
        recorders: list[Recorder] = []

        def listen(models: LocalModels) -> Recorder:
            recorders.append(Recorder(models))
            return recorders[0]

        with measured_engine(Path(folder), [DocumentsAgent()], model, listen) as measured:
            ratios = []
            for turn in range(rounds):
                row = _round(measured, recorders[0], turn, model)
                ratios.append(row["ratio"])
                yield {"model": measured.model.info.name, **row}
            yield {"model": measured.model.info.name, "rounds": rounds, "median_ratio": statistics.median(ratios)}


def _round(measured: MeasuredEngine, recorder: Recorder, turn: int, model: str | None) -> dict[str, Any]:
    recorder.prompts.clear()
    requests = [_request(turn * DOCUMENTS + number, model) for number in range(DOCUMENTS)]
    began = time.perf_counter()
    tasks = measured.wait(measured.work_off(requests))
    seconds = time.perf_counter() - began
    written = sum(task.progress.tokens for task in tasks)
    prompts = [_of_other_ship(prompt) for prompt in recorder.prompts]
    assert isinstance(measured.model, LocalModel)
    began = time.perf_counter()
    bare_written = measured.wait(ask_bare_in_turn(measured.model, prompts, DOCUMENTS))
    bare_seconds = time.perf_counter() - began
    speed, bare = written / seconds, bare_written / bare_seconds
    return {"prompts": len(prompts), "engine": speed, "bare": bare, "ratio": speed / bare}


def _request(seed: int, model: str | None) -> TaskRequest:
    text = document(seed)
    return TaskRequest(
        kind=DocumentsAgent.kind,
        goal="Summarise this in five points",
        inputs=(Input(name=f"log-{seed}.txt", text=text),),
        model=model,
    )


def document(seed: int) -> str:
    """A ship's log that says something else for every seed."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    sentences = [_sentence(dice) for _ in range(WORDS // 13)]
    paragraphs = [" ".join(sentences[at : at + 6]) for at in range(0, len(sentences), 6)]
    return "\n\n".join(paragraphs)


def _sentence(dice: random.Random) -> str:
    verb, thing, place = dice.choice(_VERBS), dice.choice(_THINGS), dice.choice(_PLACES)
    return f"Ship {SHIP}{dice.randrange(10)} {verb} {dice.randrange(2, 90)} tons of {thing} in {place} that day."


def _of_other_ship(prompt: Prompt) -> Prompt:
    messages = tuple(
        replace(message, content=re.sub(rf"\b{SHIP}(?=\d)", OTHER_SHIP, message.content)) for message in prompt.messages
    )
    return replace(prompt, messages=messages)
