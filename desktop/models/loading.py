"""Loads a model with the best runtime that there is for it, and with the next best where that one does not work."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from desktop.engine import LegworkError, RuntimeFailed
from desktop.models.choosing import RuntimeChooser, Way
from desktop.models.fit import Fit, MeasuredLoads, Wishes, footprint
from desktop.models.hardware import usable_cores
from desktop.models.limits import RuntimeLimits
from desktop.models.old_runtime import old_wishes
from desktop.models.placing import Placed, place
from desktop.models.programs import FileFormat
from desktop.models.runtime_process import TRY_AGAIN, Order, RuntimeProcess
from desktop.models.weights import Weights, read_weights

logger = logging.getLogger(__name__)

MOST_BREAKS: Final = 2
"""So often in a row may a runtime break off on a graphics card, before the processor has a try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A process that serves a model, and how it came to be this one."""

    process: RuntimeProcess
    weights: Weights
    placed: Placed
    way: Way
    reason: str  # why it runs so, for a person, with what was tried before


class ModelLoader:
    """Starts processes for one model file; `on_life` is called whenever one shows that it is at work."""

    def __init__(
        self,
        path: Path,
        limits: RuntimeLimits,
        *,
        chooser: RuntimeChooser,
        measured: MeasuredLoads,
        on_life: Callable[[], None],
    ) -> None:
        self._path = path
        self._limits = limits
        self._chooser = chooser
        self._measured = measured
        self._on_life = on_life
        self._broke: list[str] = []  # how graphics cards failed since there was an answer

    async def load(self) -> Loaded:
        """A process that has loaded the model, with as much as there is memory for.

        A runtime that does not work is given up for the next one, and the reason says so. Raises what the last one
        raises: `ModelUnavailable`, `RuntimeUnusable` or `RuntimeFailed`.
        """
        weights = await asyncio.to_thread(read_weights, self._path)
        ways = await self._chooser.ways(FileFormat.EARLIER if weights.is_old else FileFormat.GGUF)
        refused: list[str] = []
        for way in ways[:-1]:
            if way.gpu is not None and len(self._broke) >= MOST_BREAKS:
                refused.append(_refused(way, f"it broke off {len(self._broke)} times in a row. {self._broke[-1]}"))
                logger.warning("%s", refused[-1])
                continue
            try:
                return await self._loaded(way, weights, refused)
            except LegworkError as error:
                refused.append(_refused(way, error.message))
                logger.warning("%s", refused[-1])
        return await self._loaded(ways[-1], weights, refused)

    def blame(self, way: Way, what: str) -> None:
        """A process broke off while it was used; `what` tells a person how. It counts where it used a graphics card."""
        if way.gpu is not None:
            self._broke.append(what)

    def forgive(self) -> None:
        """An answer came: what broke off before was no habit."""
        self._broke.clear()

    async def _loaded(self, way: Way, weights: Weights, refused: list[str]) -> Loaded:
        process, placed = await self._place(way, weights)
        reason = " ".join(filter(None, [*refused, way.reason]))
        return Loaded(process=process, weights=weights, placed=placed, way=way, reason=reason)

    async def _place(self, way: Way, weights: Weights) -> tuple[RuntimeProcess, Placed]:
        launch = partial(self._launch, way, weights)
        wishes = Wishes(
            slots=self._limits.slots, context_tokens=self._limits.context_tokens, uses_gpu=way.gpu is not None
        )
        if weights.is_old:
            wishes = old_wishes(weights.shape, wishes)
        if way.gpu is not None and not wishes.uses_gpu:
            family = weights.shape.architecture
            raise RuntimeFailed(f"{way.program.name} can't put models of the family {family} there.", hint=TRY_AGAIN)
        process, placed = await place(launch, weights.shape, way.room, wishes, self._measured.factor(weights.key))
        expected = footprint(weights.shape, placed.fit.loading)
        if not expected.gpu:
            learn = partial(self._measured.learn, weights.key, expected=expected.host, measured=process.memory)
            try:
                await asyncio.to_thread(learn)
            except BaseException:  # given up meanwhile
                await process.end()
                raise
        return process, placed

    async def _launch(self, way: Way, weights: Weights, found: Fit) -> RuntimeProcess:
        if way.gpu is not None and not found.loading.gpu_layers:
            raise RuntimeFailed("there is too little free memory on it for this model.", hint=TRY_AGAIN)
        order = Order(
            model=weights.path,
            loading=found.loading,
            kept_prompts=found.kept_prompts,
            threads=usable_cores(),
            family=weights.family,
            device="" if way.gpu is None else way.gpu.device,
        )
        process = await RuntimeProcess.launch(order, self._limits.load_seconds, self._on_life, way.program.command)
        if way.gpu is not None and not process.report.gpu_layers:
            await process.end()
            raise RuntimeFailed(f"{way.program.name} put no layer of the model there.", hint=TRY_AGAIN)
        return process


def _refused(way: Way, why: str) -> str:
    """What a person is told of a way that does not work."""
    return f"{way.program.name if way.gpu is None else f'The graphics card {way.gpu.name}'} was not used: {why}"
