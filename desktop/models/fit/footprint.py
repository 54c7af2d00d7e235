"""What a way of loading a model takes of the memory, in bytes."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from desktop.models.fit.shape import LayerShape, ModelShape

CELL_STEP: Final = 256
"""Caches have a multiple of so many tokens."""
STATE_BYTES: Final = 4
MASK_BYTES: Final = 2
NUMBER_BYTES: Final = 4
PROGRAM_BYTES: Final = 35 * 2**20
"""The runtime's process without a model."""
TOKEN_BYTES: Final = 300
"""That the runtime keeps for each token of the vocabulary, with its merges and tables."""
WIDE_PIECES: Final = 3
NARROW_PIECES: Final = 5
"""How many rows as wide as the feed-forward part, and as the embedding, are held for each token that is read."""
GPU_PROGRAM_BYTES: Final = 256 * 2**20
"""What a driver takes of a GPU for each program that uses it."""


class CacheKind(Enum):
    """How numbers are kept in the cache: the runtime's name, bytes of a block, numbers in a block."""

    F16 = ("f16", 2, 1)
    Q8_0 = ("q8_0", 34, 32)

    def bytes(self, numbers: int) -> int:
        """That so many numbers take."""
        _, size, block = self.value
        return -(-numbers // block) * size


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """A way of loading a model."""

    gpu_layers: int  # as the runtime counts: the layers, and one for the output; the last ones go first
    context_tokens: int  # per slot
    slots: int
    cache: CacheKind = CacheKind.F16
    batch: int = 128  # tokens of a prompt read at a stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """Bytes by where they are."""

    gpu: int
    host: int
    reclaimable: int = 0  # of `host`: parts of the file that were read once, which the system takes back when it must


def footprint(shape: ModelShape, loading: Loading) -> Footprint:
    """What this way of loading this model takes."""
    first = max(len(shape.layers) + 1 - loading.gpu_layers, 0)  # on the GPU
    own, given = shape.layers[:first], shape.layers[first:]
    repacked = sum(layer.repacked_bytes for layer in own)
    host = shape.input_bytes + _layers(own, loading)
    host += PROGRAM_BYTES + TOKEN_BYTES * shape.vocabulary + loading.slots * shape.vocabulary * NUMBER_BYTES
    work = _work(shape, loading)
    if not loading.gpu_layers:
        repacked += shape.output_repacked_bytes
        return Footprint(gpu=0, host=host + shape.output_bytes + repacked + work, reclaimable=repacked)
    copied = shape.input_bytes if shape.ties_output else 0
    gpu = shape.output_bytes + copied + _layers(given, loading) + work + GPU_PROGRAM_BYTES
    return Footprint(gpu=gpu, host=host + repacked + work // 4, reclaimable=repacked)


def whole(shape: ModelShape) -> int:
    """The number of GPU layers with which all of a model is on the GPU."""
    return len(shape.layers) + 1


def cache_bytes(shape: ModelShape, loading: Loading) -> int:
    """What the caches of all layers take, wherever they are."""
    return sum(_cache(layer, loading) for layer in shape.layers)


def _layers(layers: tuple[LayerShape, ...], loading: Loading) -> int:
    return sum(layer.weight_bytes + _cache(layer, loading) for layer in layers)


def _cache(layer: LayerShape, loading: Loading) -> int:
    cells = _padded(loading.context_tokens)
    if layer.window:
        cells = min(cells, _padded(layer.window + loading.batch))
    kept = loading.cache.bytes(layer.key_width) + loading.cache.bytes(layer.value_width)
    return loading.slots * (cells * kept + layer.state_numbers * STATE_BYTES)


def _work(shape: ModelShape, loading: Loading) -> int:
    """What is computed between the layers, for all tokens that are read at a stretch; with flash attention."""
    rows = WIDE_PIECES * shape.feed_forward + NARROW_PIECES * shape.embedding
    mask = _padded(loading.context_tokens) * MASK_BYTES
    outputs = loading.slots * shape.vocabulary * NUMBER_BYTES
    return max(loading.batch * (rows * NUMBER_BYTES + mask), outputs)


def _padded(tokens: int) -> int:
    return -(-tokens // CELL_STEP) * CELL_STEP
