"""Tries a server out: what models it has, whether it lets us in, and what it can do."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

import aiohttp

from desktop.engine import Clock, ModelUnavailable, RuntimeFailed
from desktop.models.endpoints.choice import EndpointChoice, check_endpoint
from desktop.models.endpoints.hello import listed_models
from desktop.models.endpoints.line import Line, unreachable
from desktop.models.endpoints.model import EndpointModel
from desktop.models.endpoints.patience import EndpointLimits

TRIAL_SECONDS: Final = 120.0
"""A server may have to load the model first."""
_MOST_NAMED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a trial found."""

    models: tuple[str, ...]  # that the server lists
    sentence: str  # for a person


async def try_endpoint(choice: EndpointChoice, key: str, clock: Clock) -> Found:
    """Ask the server what it has, and a model there a small question.

    Raises `ModelUnavailable` or `RuntimeFailed`.
    """
    check_endpoint(choice)
    try:
        async with asyncio.timeout(TRIAL_SECONDS):
            return await _tried(choice, key, clock)
    except TimeoutError as error:
        raise RuntimeFailed(
            f"{choice.host} gave no answer within {TRIAL_SECONDS:.0f} seconds.",
            hint="It may still be loading the model: try again in a minute.",
        ) from error


async def _tried(choice: EndpointChoice, key: str, clock: Clock) -> Found:
    listed = await _listed(choice, key)
    chosen = choice.models or listed[:1]
    if missing := [model for model in choice.models if listed and model not in listed]:
        raise ModelUnavailable(
            f"{choice.host} has no model {missing[0]!r}.", hint=f"It has {_in_words(listed)}. Name one of these."
        )

    async def given(_choice: EndpointChoice) -> str:
        return key

    model = EndpointModel(
        replace(choice, models=chosen), chosen[0] if chosen else "", given, clock, limits=EndpointLimits()
    )
    try:
        loaded = await model.load()
    finally:
        await model.unload()
    has = f"{choice.host} has {_in_words(listed)}. " if listed else ""
    lacks = "".join(f" Not to be had there: {what}." for what in loaded.lacks)
    asked = chosen[0] if chosen else "The model"
    return Found(
        models=listed,
        sentence=f"{has}{asked} answers: {loaded.context_tokens:,} tokens of context, {loaded.slots} answers at "
        f"once.{lacks}",
    )


async def _listed(choice: EndpointChoice, key: str) -> tuple[str, ...]:
    line = Line(choice, key)
    try:
        return tuple(model.id for model in await listed_models(line))
    except (aiohttp.ClientError, OSError) as error:
        raise unreachable(line, error) from error
    finally:
        await line.close()


def _in_words(models: tuple[str, ...]) -> str:
    named = ", ".join(models[:_MOST_NAMED])
    more = len(models) - _MOST_NAMED
    return f"{named} and {more} more" if more > 0 else named
