"""A language model whose answers are written by the test: a double of `Models` and `LanguageModel`."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from desktop.engine import (
    Answer,
    FinishReason,
    LoadedModel,
    ModelInfo,
    Prompt,
    PromptRead,
    PromptRefused,
    PromptTooLong,
    RuntimeStatus,
    Sign,
    UnknownModel,
)

TOKEN = re.compile(r"\s*\S{1,6}|\s+\Z")
MESSAGE_TOKENS = 4  # what a chat template adds around each message
HELD = 300 * 2**20  # bytes, once it is loaded
READ_AT_ONCE = 512  # tokens of a prompt between two reports of how much is read

Script = Callable[[Prompt], Any]
"""Writes the answer to a prompt: a string, or a JSON value. May raise, to let the call fail."""

Pace = Callable[[], Awaitable[None]]


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
    plain = {"string": "x", "integer": 1, "number": 1.5, "boolean": True, "null": None}
    if kind not in plain:
        raise PromptRefused(f"The schema asks for a {kind}.", hint="Ask for something else.")
    return plain[kind]


def echo(prompt: Prompt) -> Any:
    """The plainest script: what was said last, or a sample of the schema."""
    return sample(prompt.schema) if prompt.schema is not None else prompt.messages[-1].content


class ScriptedModel:
    """Implements `LanguageModel`. Every call is kept in `prompts`; `running` and `most_running` count calls;
    `dropped` has the reasons for which the runtime was to end; `loads` and `unloads` leave out those in vain.

    `pace` is awaited before each piece of text, `reading_pace` before each stretch of the prompt, and `loading_pace` in
    each load: a test holds one back to catch the model in the middle of an answer, a prompt or a load.
    """

    def __init__(
        self,
        script: Script = echo,
        *,
        name: str = "scripted",
        slots: int = 4,
        context_tokens: int = 4096,
        host: str = "",
        pace: Pace | None = None,
        reading_pace: Pace | None = None,
        loading_pace: Pace | None = None,
    ) -> None:
        self.script = script
        self.pace = pace
        self.reading_pace = reading_pace
        self.loading_pace = loading_pace
        self.host = host
        self.prompts: list[Prompt] = []
        self.loads = 0
        self.is_loaded = False
        self._is_ready = False
        self.unloads = 0
        self.running = 0
        self.most_running = 0
        self.cancelled = 0
        self.pulse = 0
        self.memory = 0
        self.dropped: list[str] = []
        self.loaded = LoadedModel(name=name, context_tokens=context_tokens, slots=slots, device="a script")

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(
            name=self.loaded.name, path=f"/models/{self.loaded.name}.gguf", size=1000, source="a test", host=self.host
        )

    def drop(self, reason: str) -> None:
        self.dropped.append(reason)

    async def unload(self) -> None:
        self.unloads += self.is_loaded
        self.is_loaded = self._is_ready = False
        self.memory = 0

    async def load(self) -> LoadedModel:
        if not self.is_loaded:
            self.loads += 1
            self.is_loaded = True
        if not self._is_ready:
            if self.loading_pace is not None:
                await self.loading_pace()
            self.pulse += 1
            self.memory = self.memory or HELD
            self._is_ready = self.is_loaded
        return self.loaded

    async def answer(self, prompt: Prompt, on_sign: Callable[[Sign], None] | None = None) -> Answer:
        await self.load()
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
            await self._read(cost, on_sign or _deaf)
            return await self._write(prompt, cost, on_sign or _deaf)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1

    async def _read(self, cost: int, on_sign: Callable[[Sign], None]) -> None:
        for tokens in (*range(0, cost, READ_AT_ONCE), cost):
            if self.reading_pace is not None:
                await self.reading_pace()
            self.pulse += 1
            on_sign(PromptRead(tokens=tokens, cached=0, total=cost))

    async def _write(self, prompt: Prompt, cost: int, on_sign: Callable[[Sign], None]) -> Answer:
        script = self.script(prompt)
        text = script if isinstance(script, str) else json.dumps(script, ensure_ascii=False)
        if prompt.schema is not None:
            json.loads(text)  # a script that breaks the port's promise fails its own test
        limit = min(prompt.max_tokens, self.loaded.context_tokens - cost)
        pieces = list(_pieces(text[: _stop_in(text, prompt.stop)]))
        for piece in pieces[:limit]:
            await self._next_turn()
            self.pulse += 1
            on_sign(piece)
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
    """Implements `Models` over scripted models, the first one being the default; without any, one that echoes.

    `room` of them fit into memory at the same time (None: all).
    """

    def __init__(self, *models: ScriptedModel, room: int | None = None) -> None:
        self.models = models or (ScriptedModel(),)
        self.room = room
        self.closed = False

    def installed(self) -> tuple[ModelInfo, ...]:
        return tuple(model.info for model in self.models)

    def open(self, name: str | None) -> ScriptedModel:
        for model in self.models:
            if name in (None, model.info.name, model.info.path):
                return model
        raise UnknownModel(f"No model is called {name!r}.", hint=f"There is: {self.models[0].info.name}.")

    async def fit_together(self, paths: Sequence[str]) -> bool:
        return self.room is None or len(set(paths)) <= self.room

    def status(self) -> RuntimeStatus:
        used = [model.loaded for model in self.models if model.is_loaded and not self.closed]
        return RuntimeStatus(model=used[-1] if used else None)

    async def close(self) -> None:
        self.closed = True


def _deaf(sign: Sign) -> None:
    """Nobody listens."""


def _stop_in(text: str, stops: tuple[str, ...]) -> int:
    """Where the first of the stops begins."""
    return min((at for at in map(text.find, stops) if at >= 0), default=len(text))


def _pieces(text: str) -> Iterator[str]:
    start = 0
    for end in token_ends(text):
        yield text[start:end]
        start = end
