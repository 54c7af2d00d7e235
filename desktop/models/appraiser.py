"""Says of a model what it would take of this machine, and whether that goes, before anything is loaded."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from desktop.engine import Appraisal, Clock, Fits, Hardware, Machine, ModelUnavailable, Recommendation, SystemClock
from desktop.models.catalogue import (
    BEARABLE_BILLIONS,
    CONTEXT_TOKENS,
    CatalogueModel,
    approximate_need,
    best_place,
    recommend,
)
from desktop.models.fit import Loading, footprint
from desktop.models.fit.footprint import whole
from desktop.models.weights import read_weights

LEFT_BY_NEED: Final = 0.05
"""The part of any memory that no model gets."""
ONE_LOOK_SECONDS: Final = 60.0
"""How long what was found out about the machine is good enough: how much memory there is seldom changes."""
BEST: Final = 3
"""So many of the strongest are recommended, besides the best one for each kind of task."""

NOT_WHOLE_ON_CARD: Final = (
    "It takes more of the graphics card than there is room for, so a part of it runs on the processor, slowly."
)
LITTLE_ELSE: Final = "It goes only while little else runs."
SLOW: Final = "It is slow without a graphics card."


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a model takes, in bytes, where it runs on a graphics card and where on the processor."""

    gpu: int
    host: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What a model's file says, whatever the machine."""

    key: str  # what its loads are remembered under
    on_gpu: int  # bytes
    on_host: int  # bytes
    family: str
    licence: str
    context: int  # tokens


class Appraiser:
    """Looks at the machine now and then, and at each file once. Of one event loop, which it does not hold.

    `factor` gives what loads of the model with that key (`Weights.key`) took on this machine, over what was expected.
    """

    def __init__(
        self, hardware: Hardware, factor: Callable[[str], float] = lambda _: 1.0, clock: Clock | None = None
    ) -> None:
        self._hardware = hardware
        self._factor = factor
        self._clock = clock or SystemClock()
        self._machine: Machine | None = None
        self._looked_at = 0.0
        self._looking = asyncio.Lock()
        self._facts: dict[tuple[Path, int, int], FileFacts] = {}

    async def machine(self) -> Machine:
        """What models can use here."""
        async with self._looking:
            now = self._clock.monotonic()
            if self._machine is None or now - self._looked_at > ONE_LOOK_SECONDS:
                self._machine, self._looked_at = await self._hardware.look(), now
            return self._machine

    async def offered(self, entry: CatalogueModel) -> Appraisal:
        """Of a model that is not here, by the catalogue."""
        need = approximate_need(entry)
        return judge(Need(gpu=need, host=need), await self.machine(), billions=entry.active)

    async def of_file(self, path: Path, billions: float = 0.0) -> Appraisal:
        """Of a model that is here, by the head of its file; `billions` of parameters at work, where known."""
        machine = await self.machine()
        try:
            facts = await asyncio.to_thread(self._facts_of, path)
        except ModelUnavailable as error:
            return Appraisal(fits=Fits.UNKNOWN, note=error.message)
        factor = self._factor(facts.key)
        need = Need(gpu=round(facts.on_gpu * factor), host=round(facts.on_host * factor))
        judged = judge(need, machine, billions=billions)
        return replace(judged, family=facts.family, licence=facts.licence, context=facts.context)

    async def recommend(self) -> Recommendation:
        """What of the catalogue suits this machine."""
        machine = await self.machine()
        place = best_place(machine)
        best = recommend(place.memory, on_gpu=place.gpu is not None)
        kinds = sorted({kind for model in best for kind in model.kinds})
        first = {next(model.id for model in best if kind in model.kinds) for kind in kinds}
        keys = tuple(model.id for rank, model in enumerate(best) if rank < BEST or model.id in first)
        return Recommendation(machine=sentence(machine), advice=machine.advice, keys=keys)

    def _facts_of(self, path: Path) -> FileFacts:
        """What the file says, read again where it is another one by now. Raises `ModelUnavailable`."""
        try:
            found = path.stat()
            key = path, found.st_mtime_ns, found.st_size
        except OSError:
            key = path, 0, 0  # reading it says what is wrong
        if key not in self._facts:
            self._facts[key] = _read_facts(path)
        return self._facts[key]


def judge(need: Need, machine: Machine, *, billions: float = 0.0) -> Appraisal:
    """Whether what a model needs goes into the memory of a machine."""
    place = best_place(machine)
    goes_beside = need.host <= machine.memory_total * (1 - LEFT_BY_NEED)
    if place.gpu is not None:
        on_card = Appraisal(fits=Fits.WELL, need=need.gpu, memory=place.gpu.memory_total, where=place.gpu.name)
        if need.gpu <= place.memory:
            return on_card
        if goes_beside:
            return replace(on_card, fits=Fits.TIGHTLY, note=NOT_WHOLE_ON_CARD)
        return replace(on_card, fits=Fits.NOT)
    here = Appraisal(fits=Fits.NOT, need=need.host, memory=machine.memory_total, where="memory")
    if need.host <= place.memory:
        return replace(here, fits=Fits.WELL, note=SLOW if billions > BEARABLE_BILLIONS else "")
    return replace(here, fits=Fits.TIGHTLY, note=LITTLE_ELSE) if goes_beside else here


def sentence(machine: Machine) -> str:
    """What there is, for a person: “RTX 4070, 12 GB · 32 GB of memory · 210 GB free on the disk”."""
    card = best_place(machine).gpu
    parts = [f"{card.name}, {_gigabytes(card.memory_total)}"] if card else ["No graphics card that models can use"]
    parts.append(f"{_gigabytes(machine.memory_total)} of memory")
    return " · ".join(parts)


def _gigabytes(count: int) -> str:
    return f"{count / 2**30:.0f} GB"


def _read_facts(path: Path) -> FileFacts:
    weights = read_weights(path)
    shape = weights.shape
    tokens = min(CONTEXT_TOKENS, shape.trained_context)
    on_gpu = footprint(shape, Loading(gpu_layers=whole(shape), context_tokens=tokens, slots=1))
    on_host = footprint(shape, Loading(gpu_layers=0, context_tokens=tokens, slots=1))
    return FileFacts(
        key=weights.key,
        on_gpu=on_gpu.gpu,
        on_host=on_host.host - on_host.reclaimable,
        family=shape.architecture,
        licence=weights.licence,
        context=shape.trained_context,
    )
