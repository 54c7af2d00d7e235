"""Loads a model in the best way that fits, and in a smaller one where memory runs out all the same."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import psutil

from desktop.engine import Machine, RuntimeFailed
from desktop.models.fit import Fit, Loading, ModelShape, Room, Wishes, fit, footprint, step_down
from desktop.models.obstacles import MemoryRanOut

logger = logging.getLogger(__name__)

MOST_STEPS: Final = 4
Placement = TypeVar("Placement")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """How a model was loaded."""

    fit: Fit
    given_up: tuple[str, ...] = ()  # what was done without because memory ran out, for a person, in order


def host_room_of(machine: Machine) -> Room:
    """The memory of a machine beside that of GPUs, as it was found."""
    return Room(gpu_total=0, gpu_free=0, host_total=machine.memory_total, host_free=machine.memory_available)


async def host_room() -> Room:
    """The memory beside that of GPUs, now."""
    memory = psutil.virtual_memory()
    return Room(gpu_total=0, gpu_free=0, host_total=memory.total, host_free=memory.available)


async def place(
    launch: Callable[[Fit], Awaitable[Placement]],
    shape: ModelShape,
    room: Room,
    wishes: Wishes,
    factor: float = 1.0,
) -> tuple[Placement, Placed]:
    """What `launch` made of the best way that fits into the room, and that way.

    Raises what `launch` raises; `MemoryRanOut` is raised by it for a way that does not go, and becomes `RuntimeFailed`
    where there is no smaller one. What was tried stands in the message.
    """
    found = fit(shape, room, wishes, factor=factor)
    given_up: list[str] = []
    while True:
        try:
            return await launch(found), Placed(fit=found, given_up=tuple(given_up))
        except MemoryRanOut as error:
            smaller = _smaller(found.loading, MOST_STEPS - len(given_up))
            if smaller is None:
                raise RuntimeFailed(_with_steps(error.message, given_up), hint=error.hint) from error
            given_up.append(_difference(found.loading, smaller))
            logger.warning("memory ran out while a model was loaded; the next try has %s", given_up[-1])
            found = replace(found, loading=smaller, takes=footprint(shape, smaller))
        except RuntimeFailed as error:
            if not given_up:
                raise
            raise RuntimeFailed(_with_steps(error.message, given_up), hint=error.hint) from error


def _with_steps(message: str, given_up: list[str]) -> str:
    if not given_up:
        return message
    return f"{message} Memory had run out before; it was tried with {', then '.join(given_up)}."


def _smaller(loading: Loading, steps_left: int) -> Loading | None:
    """The next way to try; the last one is without the graphics card."""
    if steps_left == 1 and loading.gpu_layers:
        return replace(loading, gpu_layers=0)
    return step_down(loading) if steps_left else None


def _difference(before: Loading, after: Loading) -> str:
    if after.context_tokens != before.context_tokens:
        return f"{after.context_tokens:,} tokens of context instead of {before.context_tokens:,}"
    if after.slots != before.slots:
        return f"{after.slots} instead of {before.slots} answers at the same time"
    return f"{after.gpu_layers} instead of {before.gpu_layers} layers on the graphics card"
