"""The models that Legwork offers for download, and which of them suits a machine."""

import functools
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from desktop.engine import Gpu, Machine

_FILE: Final = Path(__file__).parents[2] / "resources" / "catalogue.toml"
CONTEXT_TOKENS: Final = 8_192
"""The context with which a recommended model must fit: enough for a chapter and what is written about it."""
BEARABLE_BILLIONS: Final = 4.5
"""On a processor alone, a model that works with more parameters than this for each token writes too slowly."""
_COMPUTING: Final = 1.1
"""What a loaded model takes beside weights and cache, in proportion, and a margin."""


_LEFT_TO_OTHERS: Final = 0.25
"""The part of a machine's memory that the system and other programs need."""
_LEFT_TO_SCREENS: Final = 0.1
"""The part of a graphics card's memory that is taken by what it shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueModel:
    """A model that can be downloaded. Sizes are approximate; the hub tells the real ones."""

    id: str
    name: str
    repository: str  # on the hub
    file: str  # of a model in several files the first
    licence: str
    parameters: float  # billions
    active: float  # billions that each token passes through; fewer than `parameters` for a mixture of experts
    bytes: int  # of the file or files
    cache_bytes: int  # for a token of context
    context: int  # tokens at most
    kinds: tuple[str, ...]  # of tasks that it does well
    about: str  # what it is good for, for a person

    @property
    def address(self) -> str:
        """What identifies the file on the hub: `owner/name/file`."""
        return f"{self.repository}/{self.file}"


@functools.cache
def catalogue() -> tuple[CatalogueModel, ...]:
    """All models, from the weakest to the strongest."""
    found = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(msgspec.convert(found["models"], list[CatalogueModel]))


def in_catalogue(name: str) -> CatalogueModel | None:
    """The model of that identifier, whatever the case; None where there is none."""
    return next((model for model in catalogue() if model.id == name.lower()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a machine runs models best."""

    memory: int  # bytes that a model may take there
    gpu: Gpu | None = None  # None: the processor


def best_place(machine: Machine) -> Place:
    """The card with most memory that the runtime can use, else the processor.

    What shares the processor's memory has no more of it, and gets at it no faster: it counts as the processor.
    """
    cards = (gpu for gpu in machine.usable_gpus if not gpu.shares_memory)
    gpu = max(cards, key=lambda each: each.memory_total, default=None)
    if gpu is None:
        return Place(memory=round(machine.memory_total * (1 - _LEFT_TO_OTHERS)))
    return Place(memory=round(gpu.memory_total * (1 - _LEFT_TO_SCREENS)), gpu=gpu)


def approximate_need(model: CatalogueModel) -> int:
    """About how many bytes of memory the model takes with a usual context."""
    tokens = min(CONTEXT_TOKENS, model.context)
    return round((model.bytes + tokens * model.cache_bytes) * _COMPUTING)


def recommend(
    memory: int,
    *,
    on_gpu: bool,
    kind: str | None = None,
    need: Callable[[CatalogueModel], int] = approximate_need,
) -> tuple[CatalogueModel, ...]:
    """The models for a machine, the best one first.

    `memory` is what a model may take: the graphics card's where it runs there (`on_gpu`), else the machine's, in bytes.
    `kind` is the kind of task that it is to do well; None: any. `need` tells what a model takes, in bytes.
    """
    return tuple(
        model
        for model in reversed(catalogue())
        if need(model) <= memory
        and (on_gpu or model.active <= BEARABLE_BILLIONS)
        and (kind is None or kind in model.kinds)
    )
