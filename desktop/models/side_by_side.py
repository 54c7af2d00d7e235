"""Whether models can be in memory at the same time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from desktop.models.fit import Fit, Footprint, ModelShape, Room, Wishes, fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model that is to be in memory beside others."""

    shape: ModelShape
    factor: float = 1.0  # what loads of it took here over what was expected (see `MeasuredLoads`)


def without(room: Room, loaded: Iterable[Footprint]) -> Room:
    """The room once what is loaded has gone."""
    for gone in loaded:
        gpu_free = min(room.gpu_free + gone.gpu, room.gpu_total)
        host_free = min(room.host_free + gone.host, room.host_total)
        room = replace(room, gpu_free=gpu_free, host_free=host_free)
    return room


def fit_side_by_side(candidates: Iterable[Candidate], room: Room, wishes: Wishes) -> bool:
    """Whether each of them can be loaded after the ones before it, and in the same way as into all of the room."""
    left = room
    for candidate in candidates:
        alone = fit(candidate.shape, room, wishes, factor=candidate.factor)
        found = fit(candidate.shape, left, wishes, factor=candidate.factor)
        if not found.fits or found.loading != alone.loading:
            return False
        left = _beside(left, found)
    return True


def _beside(room: Room, found: Fit) -> Room:
    takes = found.takes
    host = takes.host - takes.reclaimable + (takes.gpu if room.is_shared else 0)
    return replace(room, gpu_free=max(room.gpu_free - takes.gpu, 0), host_free=max(room.host_free - host, 0))
