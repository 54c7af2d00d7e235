"""What a file from before GGUF says of its model, and whether it keeps its word to the last byte.

Such a file does not say of what family it is. So it is read in every way that its beginning allows, and belongs to the
family whose way leads through vocabulary and weights, with that family's names, to the very end.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import BinaryIO, Final

from desktop.models.ggml.layouts import (
    ANYTHING,
    CACHE_HEADS,
    CONTEXT,
    FALCON_TYPE,
    FALCON_TYPES,
    FAMILY_MARKS,
    HEADS,
    KIND,
    LAYERS,
    LIMITS,
    LIMITS_OF_MULTIPLE,
    MERGES,
    MOST_KIND,
    MULTIPLE,
    ROTATED,
    UNVERSIONED,
    VERSIONED,
    VOCABULARY,
    WIDTH,
    Layout,
)
from desktop.models.gguf import CutShort, Malformed
from desktop.models.gguf.kinds import BLOCKS
from desktop.models.gguf.source import Source

MAGIC_BYTES: Final = 4
NUMBER: Final = 4  # bytes
BYTES: Final = 256
MOST_TOKEN_BYTES: Final = 4_096
MOST_NAME_BYTES: Final = 128
MOST_TENSORS: Final = 20_000
MOST_DIMENSIONS: Final = 2
"""The runtime has room for two sides, and does not look whether there are more."""
MOST_NUMBERS: Final = 2**31
"""Of a tensor or a cache: the runtime counts in 32 bits with a sign."""
TENSOR_KINDS: Final = frozenset({0, 1, 2, 3, 6, 7, 8, 10, 11, 12, 13, 14})
_NAME: Final = re.compile(rb"[!-~]{1,128}")
_NUMBER: Final = re.compile(r"\d{1,4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GgmlHead:
    """What a file says of its model."""

    family: str  # as ctransformers calls it: "gpt2", "gptneox"
    layout: Layout = field(repr=False)
    numbers: Mapping[str, int] = field(repr=False)  # see `layouts`
    layers: tuple[int, ...] = field(repr=False)  # bytes of weights of each
    input_bytes: int
    output_bytes: int
    size: int  # bytes that the file has


def begins_ggml(path: Path) -> bool:
    """Whether a file begins like one from before GGUF; no for one that can't be read."""
    try:
        with path.open("rb", buffering=0) as file:
            magic = file.read(MAGIC_BYTES)
    except OSError:
        return False
    return magic in UNVERSIONED or magic in VERSIONED


def read_ggml(path: Path) -> GgmlHead:
    """Read a file's head, tokens and descriptions of weights. Raises `Malformed`, one of its kinds, or `OSError`."""
    with path.open("rb", buffering=0) as file:
        return read_ggml_from(file, path.stat().st_size)


def read_ggml_from(file: BinaryIO, size: int) -> GgmlHead:
    """Read an open file of so many bytes. Raises like `read_ggml`; of all ways that fail, the longest one says why."""
    source = Source(file, size, most=size)
    layouts = _layouts(source)
    start = source.position
    refusals: list[tuple[int, Malformed]] = []
    for layout in layouts:
        source.go_to(start)
        try:
            return _Reader(source, layout, size).read()
        except Malformed as error:
            refusals.append((source.position, error))
    raise max(refusals, key=lambda each: each[0])[1]


def _layouts(source: Source) -> tuple[Layout, ...]:
    magic = source.take(MAGIC_BYTES)
    if magic in UNVERSIONED:
        return UNVERSIONED[magic]
    if magic == b"algg":
        raise Malformed("it is an adapter, which changes a model and is none")
    if magic not in VERSIONED:
        raise Malformed("it does not begin like a model from before GGUF")
    version = source.number(NUMBER)
    if version not in VERSIONED[magic]:
        raise Malformed(f"version {version} of the format {magic[::-1].decode().upper()} can't be read")
    return VERSIONED[magic][version]


class _Reader:
    """Follows one layout through a file."""

    def __init__(self, source: Source, layout: Layout, size: int) -> None:
        self._source = source
        self._layout = layout
        self._size = size
        self._numbers: dict[str, int] = {}
        self._by_layer: Counter[int] = Counter()
        self._input = self._output = 0
        self._names: set[str] = set()

    def read(self) -> GgmlHead:
        self._read_numbers()
        family = self._vocabulary()
        if self._layout.has_merges:
            self._merges()
        while self._source.position < self._size:
            self._tensor()
        layers = self._numbers[LAYERS]
        if self._by_layer.keys() != set(range(layers)) or self._layout.input not in self._names:
            raise CutShort(f"it says that it has {layers} layers, and there are weights of {len(self._by_layer)}")
        return GgmlHead(
            family=family,
            layout=self._layout,
            numbers=self._numbers,
            layers=tuple(self._by_layer[number] for number in range(layers)),
            input_bytes=self._input,
            output_bytes=self._output,
            size=self._size,
        )

    def _read_numbers(self) -> None:
        for name in self._layout.numbers:
            value = self._source.number(NUMBER)
            if name != ANYTHING:
                self._believe(name, value)
                self._numbers[name] = value
        if self._layout.counts_tokens_again and self._source.number(NUMBER) != self._numbers[VOCABULARY]:
            raise Malformed("it gives its vocabulary two sizes")
        self._compare(self._numbers)

    def _compare(self, numbers: Mapping[str, int]) -> None:
        """Refuse numbers that do not go together."""
        head, odd = divmod(numbers[WIDTH], numbers[HEADS])
        rotated = numbers.get(ROTATED, 0)
        if odd or rotated > head or rotated % 2 or (self._layout.rotates_all and rotated != head):
            raise Malformed(f"{numbers[WIDTH]:,} numbers do not go into {numbers[HEADS]} heads")
        if numbers[HEADS] % numbers.get(CACHE_HEADS, 1):
            raise Malformed(f"{numbers[HEADS]} heads do not share {numbers[CACHE_HEADS]}")
        context = numbers.get(CONTEXT, 0) if self._layout.reserves_context else 0
        if context * numbers[WIDTH] * numbers[LAYERS] >= MOST_NUMBERS:
            raise Malformed(f"its context of {context:,} tokens is more than the runtime can count")

    def _believe(self, name: str, value: int) -> None:
        if name == KIND:
            sound = value < MOST_KIND and value % 1_000 in self._layout.kinds
        elif name == FALCON_TYPE:
            sound = value in FALCON_TYPES
        else:
            least, most = LIMITS_OF_MULTIPLE if name == MULTIPLE else LIMITS[name]
            sound = least <= value <= most
        if not sound:
            raise Malformed(f"{value:,} is no number of {name} that a model has")

    def _vocabulary(self) -> str:
        """Pass over the tokens; the family that the model belongs to by them."""
        count, family = self._numbers[VOCABULARY], self._layout.family
        extra = NUMBER if self._layout.scores_tokens else 0
        self._source.believe(count, NUMBER + extra, "tokens")
        spelt: set[bytes] = set()
        for _ in range(count):
            token = self._text("a token")
            self._source.skip(extra)
            family = FAMILY_MARKS.get((self._layout.family, token), family)
            if family == "mpt":
                _check_unicode(token)
            elif len(token) == 1:
                spelt.add(token)
        if self._layout.spells_bytes and len(spelt) < BYTES:
            raise Malformed(f"{BYTES - len(spelt)} bytes are no tokens of it, which the runtime would not survive")
        return family

    def _merges(self) -> None:
        count = self._source.number(NUMBER)
        if count != self._numbers[MERGES]:
            raise Malformed("it gives its merges two numbers")
        self._source.believe(count, 2 * NUMBER, MERGES)
        for _ in range(2 * count):
            self._text("a merge")

    def _text(self, what: str) -> bytes:
        length = self._source.number(NUMBER)
        if length > MOST_TOKEN_BYTES:
            raise Malformed(f"{what} has {length:,} bytes")
        return self._source.take(length)

    def _tensor(self) -> None:
        dimensions, length, kind = (self._source.number(NUMBER) for _ in range(3))
        if not 0 < dimensions <= MOST_DIMENSIONS or not 0 < length <= MOST_NAME_BYTES or kind not in TENSOR_KINDS:
            raise Malformed(f"weights have {dimensions:,} dimensions, a name of {length:,} bytes and the kind {kind:,}")
        shape = tuple(self._source.number(NUMBER) for _ in range(dimensions))
        name = self._name(length)
        per_block, block_bytes = BLOCKS[kind]
        if not 0 < prod(shape) < MOST_NUMBERS or shape[0] % per_block:
            raise Malformed(f"the weights {name} have sides of {' × '.join(map(str, shape))}")
        if name == self._layout.input and shape != (self._numbers[WIDTH], self._numbers[VOCABULARY]):
            raise Malformed(f"the weights {name} do not fit the vocabulary")
        self._source.skip(-self._source.position % self._layout.alignment)
        size = prod(shape) // per_block * block_bytes
        self._source.believe(size, 1, f"bytes of the weights {name}")
        self._source.skip(size)
        self._count(name, size)

    def _name(self, length: int) -> str:
        name = self._source.take(length)
        if _NAME.fullmatch(name) is None:
            raise Malformed(f"weights have the name {name[:40]!r}")
        text = name.decode("ascii")
        if text in self._names or len(self._names) == MOST_TENSORS:
            raise Malformed(f"the weights {text} are there twice, or one of too many")
        self._names.add(text)
        return text

    def _count(self, name: str, size: int) -> None:
        number = _NUMBER.match(name.removeprefix(self._layout.layer)) if name.startswith(self._layout.layer) else None
        if number is not None:
            self._by_layer[int(number[0])] += size
        elif name.startswith(self._layout.output):
            self._output += size
        else:
            self._input += size


def _check_unicode(token: bytes) -> None:
    try:
        token.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("a token of it is no text, which the runtime would not survive") from None
