"""What a GGUF file says of its weights, each tensor doubted by itself and all of them together."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

from desktop.models.gguf.kinds import BLOCKS
from desktop.models.gguf.refusals import CutShort, Malformed
from desktop.models.gguf.source import Source

MOST_TENSORS: Final = 100_000
"""The most that a model is known to have is 46,000: with its experts in tensors of their own."""
MOST_NAME_BYTES: Final = 63  # what fits where runtimes keep it
MOST_DIMENSIONS: Final = 4
MOST_WEIGHTS: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Tensor:
    """A matrix of weights."""

    name: str
    shape: tuple[int, ...]
    kind: int  # see `kinds.BLOCKS`
    offset: int  # of its first byte, from where all weights begin
    bytes: int


class TensorReader:
    """Reads one description after the other."""

    def __init__(self, source: Source, alignment: int, size: int) -> None:
        self._source = source
        self._alignment = alignment
        self._size = size
        self._names: set[str] = set()

    def read(self) -> Tensor:
        """The next one. Raises `Malformed`."""
        name = self._name()
        shape = self._shape(name)
        kind, offset = self._source.number(4), self._source.number(8)
        if offset % self._alignment:
            raise Malformed(f"the weights {name} do not begin at a multiple of {self._alignment} bytes")
        size = self._bytes(name, shape, kind)
        if offset + size > self._size:
            raise CutShort(f"the weights {name} lie outside of it")
        return Tensor(name, shape, kind, offset, size)

    def _name(self) -> str:
        length = self._source.length()
        if not 0 < length <= MOST_NAME_BYTES:
            raise Malformed(f"weights have a name of {length:,} bytes")
        name = self._source.take(length).decode("utf-8", "replace")
        if not name.isprintable():
            raise Malformed(f"weights have the name {name!r}")
        if name in self._names:
            raise Malformed(f"the weights {name} are there twice")
        self._names.add(name)
        return name

    def _shape(self, name: str) -> tuple[int, ...]:
        dimensions = self._source.number(4)
        if not 0 < dimensions <= MOST_DIMENSIONS:
            raise Malformed(f"the weights {name} have {dimensions} dimensions")
        shape = tuple(self._source.length() for _ in range(dimensions))
        if not 0 < prod(shape) <= MOST_WEIGHTS:
            raise Malformed(f"the weights {name} have sides of {' × '.join(map(str, shape))}")
        return shape

    @staticmethod
    def _bytes(name: str, shape: tuple[int, ...], kind: int) -> int:
        if kind not in BLOCKS:
            raise Malformed(f"the weights {name} are of the kind {kind}, which is not known")
        per_block, block_bytes = BLOCKS[kind]
        if shape[0] % per_block:
            raise Malformed(f"the weights {name} are no whole number of blocks")
        return prod(shape) // per_block * block_bytes


def data_end(tensors: Sequence[Tensor], head: int, alignment: int) -> int:
    """How many bytes a file has at least whose head takes `head`. Raises `Malformed` where weights overlap."""
    end, last = 0, ""
    for tensor in sorted(tensors, key=lambda each: each.offset):
        if tensor.offset < end:
            raise Malformed(f"the weights {tensor.name} begin within {last}")
        end, last = tensor.offset + tensor.bytes, tensor.name
    return -(-head // alignment) * alignment + end if tensors else head
