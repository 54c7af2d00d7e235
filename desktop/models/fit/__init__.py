"""Whether a model fits, and how it is best loaded: computed from its file's head before anything is loaded.

`shape_of` reads what costs memory off a `Gguf`; `footprint` says what a way of loading it takes; `fit` chooses the best
way for the memory that is free; `step_down` gives the next smaller way, for where memory ran out all the same; a
`MeasuredLoads` corrects the estimate by what loads took on this machine.
"""

from desktop.models.fit.choice import Fit, Room, Wishes, best_gpu, fit, room_of, step_down
from desktop.models.fit.footprint import CacheKind, Footprint, Loading, cache_bytes, footprint
from desktop.models.fit.measured import MeasuredLoads
from desktop.models.fit.shape import LayerShape, ModelShape, shape_of

__all__ = [
    "CacheKind",
    "Fit",
    "Footprint",
    "LayerShape",
    "Loading",
    "MeasuredLoads",
    "ModelShape",
    "Room",
    "Wishes",
    "best_gpu",
    "cache_bytes",
    "fit",
    "footprint",
    "room_of",
    "shape_of",
    "step_down",
]
