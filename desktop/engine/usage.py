"""What a run used: on what it ran, and how many tokens it read and wrote there."""

from dataclasses import dataclass
from typing import Protocol

from desktop.engine.inference import LoadedModel


class Figures(Protocol):
    """What is told of a run's use of models, to a person and to programs."""

    @property
    def ran_on(self) -> tuple[LoadedModel, ...]:
        """The model as it was loaded; where that changed during the run, each way once, the latest last."""

    @property
    def prompt_tokens(self) -> int:
        """Tokens of all questions, those found in the cache among them."""

    @property
    def cached_tokens(self) -> int:
        """Of the tokens of the questions, those found in the cache: they were not read again."""

    @property
    def output_tokens(self) -> int:
        """Tokens that the model wrote."""

    @property
    def prompt_tokens_per_second(self) -> float:
        """How fast questions were read, without what was found in the cache; 0 where nothing is known."""

    @property
    def tokens_per_second(self) -> float:
        """How fast the model wrote for the run, in all its slots together; 0 where nothing is known."""

    @property
    def peak_memory(self) -> int:
        """The most bytes that the runtime's process held while the run used it; 0 where nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a run has used so far, in all its sittings: implements `Figures`.

    Answers that were given up count with what was heard of them. Seconds in which several of the run's answers are read
    for, or written, count once.
    """

    ran_on: tuple[LoadedModel, ...] = ()
    prompt_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reading_seconds: float = 0.0
    writing_seconds: float = 0.0
    peak_memory: int = 0

    @property
    def prompt_tokens_per_second(self) -> float:
        """How fast questions were read."""
        return _rate(self.prompt_tokens - self.cached_tokens, self.reading_seconds)

    @property
    def tokens_per_second(self) -> float:
        """How fast the model wrote."""
        return _rate(self.output_tokens, self.writing_seconds)


def _rate(tokens: int, seconds: float) -> float:
    return tokens / seconds if seconds > 0 else 0.0
