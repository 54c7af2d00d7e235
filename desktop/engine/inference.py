"""What the engine asks of language models, and the port that `models` implements."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeAlias


class Role(StrEnum):
    """Who speaks in a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"  # what a model said before


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A question to a model. With `schema` (JSON Schema) the answer's text is JSON that fits it."""

    messages: tuple[Message, ...]
    max_tokens: int
    schema: dict[str, Any] | None = None
    temperature: float = 0.0
    seed: int = 0
    top_p: float = 1.0  # only the likeliest tokens that together have this probability are chosen from
    stop: tuple[str, ...] = ()  # the answer ends before any of these


class FinishReason(StrEnum):
    """Why a model stopped writing."""

    STOP = "stop"
    LENGTH = "length"  # max_tokens were reached, or the context is full


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A model's answer with what it cost."""

    text: str
    finish: FinishReason
    prompt_tokens: int
    cached_tokens: int  # of the prompt, found in the cache
    output_tokens: int
    prompt_seconds: float
    output_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """A model that can be asked, known without loading it."""

    name: str
    path: str
    size: int  # bytes; 0 where nobody knows
    source: str = ""  # where it came from, for a person: "comes with Legwork", "added by hand"
    host: str = ""  # the server that it runs on, where that is not this machine's own runtime: "gpu-box:8080"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """A model as the runtime has loaded it."""

    name: str
    context_tokens: int  # per slot: prompt and answer together
    slots: int  # answers that can be written at the same time
    device: str  # for a person: "CPU, 2 threads"
    fit: str = ""  # how it lies in memory, for a person: "33 of 33 layers, 16k context, 4 slots, 5.1 of 12 GB"
    given_up: tuple[str, ...] = ()  # what was done without because memory ran out, for a person, in order
    runtime: str = ""  # what runs it: "xllamacpp"
    reason: str = ""  # why that one and there, for a person; a fallback to the processor is never silent
    gpu_layers: int = 0  # on the graphics card, as the runtime says
    layers: int = 0  # that there are; 0 where nobody says
    gpu_memory: int = 0  # bytes of the graphics card's that it takes, as reckoned when it was loaded
    gpu_total: int = 0  # bytes that the card has
    lacks: tuple[str, ...] = ()  # what this runtime can't do, for a person: "answers in a given form"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRead:
    """How far a model has come with reading a prompt; heard several times while it reads a long one."""

    tokens: int  # read so far, those found in the cache among them
    cached: int  # of the prompt, found in the cache
    total: int


Sign: TypeAlias = PromptRead | str
"""What a model lets hear while it answers: how much of the prompt it has read, then the text piece by piece."""


class LanguageModel(Protocol):
    """One model. Its runtime starts with the first call that needs it."""

    @property
    def info(self) -> ModelInfo:
        """The model's name, file and size."""

    @property
    def pulse(self) -> int:
        """Another number than before whenever the runtime has shown that it lives: it loads, computes or answers."""

    @property
    def is_loaded(self) -> bool:
        """Whether it is in memory, or on its way there."""

    async def unload(self) -> None:
        """Give the memory back that the model takes; nobody may be using it. Does nothing to one that is not loaded."""

    @property
    def memory(self) -> int:
        """Bytes that the runtime's process holds now; 0 where none runs, or nobody can tell."""

    def drop(self, reason: str) -> None:
        """End the runtime whatever it does; calls in it fail with the reason, and the next one starts another."""

    async def load(self) -> LoadedModel:
        """Start the runtime unless it runs. Raises `ModelUnavailable`, `RuntimeUnusable` or `RuntimeFailed`."""

    async def answer(self, prompt: Prompt, on_sign: Callable[[Sign], None] | None = None) -> Answer:
        """Answer a prompt; `on_sign` gets each sign of it as it comes: reading first, then the text piece by piece.

        Cancelling the call frees the runtime's slot at once.

        Raises `PromptTooLong`, `PromptRefused`, or what `load` raises.
        """

    async def token_ends(self, text: str) -> tuple[int, ...]:
        """Where each of the model's tokens ends in `text`, as character offsets; the last one is `len(text)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeStatus:
    """What the runtime does now, for a status bar. `model` is None while nothing is loaded."""

    model: LoadedModel | None = None
    loading: str | None = None  # name of the model being loaded
    memory: int = 0  # bytes that the runtime's process holds
    problem: str = ""  # the last failure, for a person


class Models(Protocol):
    """The models on this machine."""

    def installed(self) -> tuple[ModelInfo, ...]:
        """All models that could be loaded, the default one first."""

    def open(self, name: str | None) -> LanguageModel:
        """The model of that name (None: the default one). Raises `UnknownModel`."""

    def status(self) -> RuntimeStatus:
        """What the runtime does now."""

    async def fit_together(self, paths: Sequence[str]) -> bool:
        """Whether the models in these files can be in memory at the same time, each as well as it would be alone.

        What is loaded now, and not among them, would go. A file that can't be read counts as none: loading it says why.
        """

    async def close(self) -> None:
        """End every runtime."""
