"""The best way to load a model into the memory that is free."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from desktop.engine import Gpu, Machine
from desktop.models.fit.footprint import CELL_STEP, CacheKind, Footprint, Loading, footprint, whole
from desktop.models.fit.shape import ModelShape

LEAST_CONTEXT: Final = 2_048
GOOD_CONTEXT: Final = 4_096
"""Below this, fewer slots are the lesser evil."""
MOST_CONTEXT: Final = 8_192
MOST_GPU_CONTEXT: Final = 16_384
BATCH: Final = 128
"""Tokens of prompt read at a stretch: after each the runtime gives a sign of life, and notices who has hung up."""
GPU_BATCH: Final = 512
"""The same on a GPU, which reads as many in a fraction of a second, and fewer at a time more slowly."""
MARGIN: Final = 0.05
"""Of the free memory, which is left over."""
LEAST_MARGIN: Final = 512 * 2**20
GIB: Final = 2**30
MOST_KEPT_PROMPTS: Final = GIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The memory that a model may have, in bytes."""

    gpu_total: int
    gpu_free: int
    host_total: int
    host_free: int
    is_shared: bool = False  # the GPU's memory is the processor's


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is asked for."""

    slots: int
    context_tokens: int | None = None  # per slot; None: as much as is good
    uses_gpu: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A way to load a model, and what it is expected to take."""

    loading: Loading
    takes: Footprint  # bytes
    layers: int  # that there are, as the runtime counts
    room: Room
    fits: bool  # otherwise it is the smallest way, and memory may run out

    @property
    def kept_prompts(self) -> int:
        """Bytes of memory in which the runtime may keep the caches of prompts that have no slot just now."""
        left = self.room.host_free - self.takes.host + self.takes.reclaimable
        return min(max(left, 0) // 2, MOST_KEPT_PROMPTS)

    @property
    def sentence(self) -> str:
        """For a person: "33 of 33 layers, 16k context, 4 slots, 5.1 of 12 GB"."""
        loading = self.loading
        if loading.gpu_layers:
            where = f"{loading.gpu_layers} of {self.layers} layers"
            memory = _of(self.takes.gpu, self.room.gpu_total)
        else:
            where, memory = "on the processor", _of(self.takes.host, self.room.host_total)
        slots = f"{loading.slots} slot{'' if loading.slots == 1 else 's'}"
        kept = "" if loading.cache is CacheKind.F16 else f", {loading.cache.name} cache"
        return f"{where}, {_thousands(loading.context_tokens)} context, {slots}{kept}, {memory}"


def room_of(machine: Machine, *, unloaded: Footprint | None = None) -> Room:
    """The room on a machine, once what is loaded now and will go has gone."""
    gpu = best_gpu(machine)
    gone = unloaded or Footprint(gpu=0, host=0)
    return Room(
        gpu_total=gpu.memory_total if gpu else 0,
        gpu_free=min(gpu.memory_free + gone.gpu, gpu.memory_total) if gpu else 0,
        host_total=machine.memory_total,
        host_free=min(machine.memory_available + gone.host, machine.memory_total),
        is_shared=gpu is not None and gpu.shares_memory,
    )


def best_gpu(machine: Machine) -> Gpu | None:
    """The card that models are loaded on: one with memory of its own if there is one, then the one with most free."""
    return max(machine.usable_gpus, key=lambda each: (not each.shares_memory, each.memory_free), default=None)


def fit(shape: ModelShape, room: Room, wishes: Wishes, *, factor: float = 1.0) -> Fit:
    """The best way: all on the GPU if it goes with a usable context, else as many layers as go, else the processor.

    `factor` is what loads of this model took here, over what was expected of them (see `MeasuredLoads`).
    """
    chooser = _Chooser(shape, room, wishes, factor)
    found = chooser.on_gpu() if wishes.uses_gpu and room.gpu_free else None
    return found or chooser.on_processor()


def step_down(loading: Loading) -> Loading | None:
    """The next smaller way, where memory ran out all the same: less context, then fewer slots, then fewer layers."""
    if loading.context_tokens > LEAST_CONTEXT:
        half = loading.context_tokens // 2 // CELL_STEP * CELL_STEP
        return replace(loading, context_tokens=max(half, LEAST_CONTEXT))
    if loading.slots > 1:
        return replace(loading, slots=loading.slots // 2)
    if loading.gpu_layers:
        return replace(loading, gpu_layers=loading.gpu_layers * 2 // 3)
    return None


class _Chooser:
    def __init__(self, shape: ModelShape, room: Room, wishes: Wishes, factor: float) -> None:
        self._shape = shape
        self._room = room
        self._wishes = wishes
        self._factor = factor

    def on_gpu(self) -> Fit | None:
        """With all layers, or as many as go; None where not even one does."""
        for loading in self._ways(whole(self._shape), GPU_BATCH, MOST_GPU_CONTEXT):
            if loading.context_tokens >= min(GOOD_CONTEXT, self._most(GOOD_CONTEXT)) and self._goes(loading):
                return self._fit(loading)
        usual = min(GOOD_CONTEXT, self._most(MOST_GPU_CONTEXT))
        for layers in range(len(self._shape.layers), 0, -1):
            loading = Loading(gpu_layers=layers, context_tokens=usual, slots=self._wishes.slots, batch=GPU_BATCH)
            if self._goes(loading):
                return self._fit(loading)
        return None

    def on_processor(self) -> Fit:
        """The best way without a GPU; the smallest where none goes."""
        smallest = None
        for loading in self._ways(0, BATCH, MOST_CONTEXT):
            smallest = loading
            if self._goes(loading):
                return self._fit(loading)
        assert smallest is not None  # noqa: S101 - there is always one way
        return self._fit(smallest, fits=False)

    def _ways(self, layers: int, batch: int, most: int) -> Iterator[Loading]:
        """From the best to the smallest: less context first, then a smaller cache, then fewer slots, then both."""
        slots = self._wishes.slots
        while slots:
            for cache in CacheKind if self._shape.packs_cache else (CacheKind.F16,):
                for context in self._contexts(most):
                    if context >= GOOD_CONTEXT or slots == 1 or context == self._most(most):
                        yield Loading(gpu_layers=layers, context_tokens=context, slots=slots, cache=cache, batch=batch)
            slots //= 2

    def _contexts(self, most: int) -> Iterator[int]:
        context = self._most(most)
        yield context
        while self._wishes.context_tokens is None and context > LEAST_CONTEXT:
            context = max(context * 3 // 4 // CELL_STEP * CELL_STEP, LEAST_CONTEXT)
            yield context

    def _most(self, most: int) -> int:
        return self._wishes.context_tokens or min(most, self._shape.trained_context)

    def _goes(self, loading: Loading) -> bool:
        takes = self._takes(loading)
        host = takes.host - takes.reclaimable + (takes.gpu if self._room.is_shared else 0)
        return takes.gpu <= _usable(self._room.gpu_free) and host <= _usable(self._room.host_free)

    def _takes(self, loading: Loading) -> Footprint:
        takes = footprint(self._shape, loading)
        return replace(takes, gpu=round(takes.gpu * self._factor), host=round(takes.host * self._factor))

    def _fit(self, loading: Loading, *, fits: bool = True) -> Fit:
        return Fit(loading=loading, takes=self._takes(loading), layers=whole(self._shape), room=self._room, fits=fits)


def _usable(free: int) -> int:
    return max(free - max(round(free * MARGIN), min(LEAST_MARGIN, free // 4)), 0)


def _of(taken: int, total: int) -> str:
    return f"{taken / GIB:.1f} of {total / GIB:.0f} GB"


def _thousands(tokens: int) -> str:
    return f"{tokens / 1024:.3g}k" if tokens >= 1024 else str(tokens)
