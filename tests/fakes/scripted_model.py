"""A language model whose answers are written by the test: a double of `Models` and `LanguageModel`."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from desktop.engine import (
    Answer,
    FinishReason,
    LoadedModel,
    ModelInfo,
    Prompt,
    PromptTooLong,
    RuntimeStatus,
    UnknownModel,
)

TOKEN = re.compile(r"\s*\S{1,6}|\s+\Z")
MESSAGE_TOKENS = 4  # what a chat template adds around each message

Script = Callable[[Prompt], Any]
"""Writes the answer to a prompt: a string, or a JSON value. May raise, to let the call fail."""


def token_ends(text: str) -> tuple[int, ...]:
    """Where each token ends: up to six characters of a word, with the white space before it."""
    return tuple(match.end() for match in TOKEN.finditer(text))


def prompt_tokens(prompt: Prompt) -> int:
    """What the prompt costs of the context."""
    return sum(len(token_ends(message.content)) + MESSAGE_TOKENS for message in prompt.messages)


def sample(schema: dict[str, Any]) -> Any:
    """A small JSON value that fits a schema of the plain kind (type, properties, items, enum, const, anyOf)."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return sample(schema[choice][0])
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: sample(of) for name, of in schema.get("properties", {}).items()}
    if kind == "array":
        return [sample(schema.get("items", {"type": "string"}))] * int(schema.get("minItems", 0))
    return {"string": "x", "integer": 1, "number": 1.5, "boolean": True, "null": None}[kind]


def echo(prompt: Prompt) -> Any:
    """The plainest script: what was said last, or a sample of the schema."""
    return sample(prompt.schema) if prompt.schema is not None else prompt.messages[-1].content


class ScriptedModel:
    """Implements `LanguageModel`. Every call is kept in `prompts`; `running` and `most_running` count calls.

    `pace` is awaited before each piece of text: a test holds it back to catch the model in the middle of an answer.
    """

    def __init__(
        self,
        script: Script = echo,
        *,
        name: str = "scripted",
        slots: int = 4,
        context_tokens: int = 4096,
        pace: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.script = script
        self.pace = pace
        self.prompts: list[Prompt] = []
        self.loads = 0
        self.running = 0
        self.most_running = 0
        self.cancelled = 0
        self.loaded = LoadedModel(name=name, context_tokens=context_tokens, slots=slots, device="a script")

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(name=self.loaded.name, path=f"/models/{self.loaded.name}.gguf", size=1000, source="a test")

    async def load(self) -> LoadedModel:
        self.loads += 1
        return self.loaded

    async def answer(self, prompt: Prompt, on_text: Callable[[str], None] | None = None) -> Answer:
        cost = prompt_tokens(prompt)
        if cost >= self.loaded.context_tokens:
            raise PromptTooLong(
                f"The prompt has {cost} tokens, {self.loaded.name} takes {self.loaded.context_tokens}.",
                hint="Use shorter passages.",
            )
        self.prompts.append(prompt)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            return await self._write(prompt, cost, on_text)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1

    async def _write(self, prompt: Prompt, cost: int, on_text: Callable[[str], None] | None) -> Answer:
        script = self.script(prompt)
        text = script if isinstance(script, str) else json.dumps(script, ensure_ascii=False)
        if prompt.schema is not None:
            json.loads(text)  # a script that breaks the port's promise fails its own test
        limit = min(prompt.max_tokens, self.loaded.context_tokens - cost)
        pieces = list(_pieces(text))
        for piece in pieces[:limit]:
            await self._next_turn()
            if on_text is not None:
                on_text(piece)
        return Answer(
            text="".join(pieces[:limit]),
            finish=FinishReason.STOP if len(pieces) <= limit else FinishReason.LENGTH,
            prompt_tokens=cost,
            cached_tokens=0,
            output_tokens=min(len(pieces), limit),
            prompt_seconds=cost / 1000,
            output_seconds=min(len(pieces), limit) / 100,
        )

    async def _next_turn(self) -> None:
        if self.pace is None:
            await asyncio.sleep(0)
        else:
            await self.pace()

    async def token_ends(self, text: str) -> tuple[int, ...]:
        return token_ends(text)


class ScriptedModels:
    """Implements `Models` over scripted models, the first one being the default; without any, one that echoes."""

    def __init__(self, *models: ScriptedModel) -> None:
        self.models = models or (ScriptedModel(),)
        self.closed = False

    def installed(self) -> tuple[ModelInfo, ...]:
        return tuple(model.info for model in self.models)

    def open(self, name: str | None) -> ScriptedModel:
        for model in self.models:
            if name in (None, model.info.name, model.info.path):
                return model
        raise UnknownModel(f"No model is called {name!r}.", hint=f"There is: {self.models[0].info.name}.")

    def status(self) -> RuntimeStatus:
        used = [model.loaded for model in self.models if model.loads and not self.closed]
        return RuntimeStatus(model=used[-1] if used else None)

    async def close(self) -> None:
        self.closed = True


def _pieces(text: str) -> Iterator[str]:
    start = 0
    for end in token_ends(text):
        yield text[start:end]
        start = end
