"""What a run used, as programs see it."""

from dataclasses import dataclass

from desktop.engine import LoadedModel, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicUsage:
    """On what the current run ran, and what it read and wrote there; answers that were given up count too.

    `ran_on` has the model as it was loaded, each way once where that changed, the latest last. `cached_tokens` of the
    `prompt_tokens` were found in the cache. Speeds are over the seconds in which the model read, or wrote, for the run;
    0 where they are not known. `peak_memory` are the most bytes that the runtime's process held meanwhile; 0 as well.
    """

    ran_on: tuple[LoadedModel, ...]
    prompt_tokens: int
    cached_tokens: int
    output_tokens: int
    prompt_tokens_per_second: float
    tokens_per_second: float
    peak_memory: int


def public_usage(usage: Usage) -> PublicUsage | None:
    """The usage as programs see it; None while no model was used."""
    if usage == Usage():
        return None
    return PublicUsage(
        ran_on=usage.ran_on,
        prompt_tokens=usage.prompt_tokens,
        cached_tokens=usage.cached_tokens,
        output_tokens=usage.output_tokens,
        prompt_tokens_per_second=round(usage.prompt_tokens_per_second, 1),
        tokens_per_second=round(usage.tokens_per_second, 1),
        peak_memory=usage.peak_memory,
    )
