"""The head of a GGUF file, read and doubted before any native code sees the file.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Versions 2 and 3 are read, in
little-endian order.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

Scalar: TypeAlias = int | float | bool | str
Value: TypeAlias = Scalar | list[Scalar]

READ_BYTES: Final = 1 << 20
MAX_KEY_BYTES: Final = 65_535  # by the specification
MAX_DIMENSIONS: Final = 4
DEFAULT_ALIGNMENT: Final = 32
STRING: Final = 8
ARRAY: Final = 9
KEPT_ITEMS: Final = 4_096
"""Arrays up to this length are kept; longer ones only where `KEPT_KEYS` names them."""
KEPT_KEYS: Final = frozenset({"tokenizer.ggml.tokens", "tokenizer.ggml.token_type"})

SCALARS: Final[Mapping[int, struct.Struct]] = {
    0: struct.Struct("<B"),
    1: struct.Struct("<b"),
    2: struct.Struct("<H"),
    3: struct.Struct("<h"),
    4: struct.Struct("<I"),
    5: struct.Struct("<i"),
    6: struct.Struct("<f"),
    7: struct.Struct("<?"),
    10: struct.Struct("<Q"),
    11: struct.Struct("<q"),
    12: struct.Struct("<d"),
}

BLOCKS: Final[Mapping[int, tuple[int, int]]] = {
    0: (1, 4),  # F32
    1: (1, 2),  # F16
    2: (32, 18),  # Q4_0
    3: (32, 20),  # Q4_1
    6: (32, 22),  # Q5_0
    7: (32, 24),  # Q5_1
    8: (32, 34),  # Q8_0
    9: (32, 36),  # Q8_1
    10: (256, 84),  # Q2_K
    11: (256, 110),  # Q3_K
    12: (256, 144),  # Q4_K
    13: (256, 176),  # Q5_K
    14: (256, 210),  # Q6_K
    15: (256, 292),  # Q8_K
    16: (256, 66),  # IQ2_XXS
    17: (256, 74),  # IQ2_XS
    18: (256, 98),  # IQ3_XXS
    19: (256, 50),  # IQ1_S
    20: (32, 18),  # IQ4_NL
    21: (256, 110),  # IQ3_S
    22: (256, 82),  # IQ2_S
    23: (256, 136),  # IQ4_XS
    24: (1, 1),  # I8
    25: (1, 2),  # I16
    26: (1, 4),  # I32
    27: (1, 8),  # I64
    28: (1, 8),  # F64
    29: (256, 56),  # IQ1_M
    30: (1, 2),  # BF16
    34: (256, 54),  # TQ1_0
    35: (256, 66),  # TQ2_0
    39: (32, 17),  # MXFP4
}
"""Weights to a block, and bytes to a block, by the number of the tensor's type."""


class Malformed(Exception):
    """The file is not what it claims to be; the text says in what."""


class CutShort(Malformed):
    """The file ends before its contents do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GgufHead:
    """What the head of a GGUF file says."""

    metadata: Mapping[str, Value] = field(repr=False)
    tensors: int
    size: int  # bytes that the file has
    needed: int  # bytes that the file must have at least


def read_head(path: Path) -> GgufHead:
    """Read the head of a file. Raises `Malformed`, `CutShort` or `OSError`."""
    with path.open("rb", buffering=READ_BYTES) as file:
        return _HeadReader(file, path.stat().st_size).read()


class _HeadReader:
    """Reads forward, and believes no number that the rest of the file couldn't bear out."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._left = size

    def read(self) -> GgufHead:
        tensors, entries = self._read_preamble()
        metadata: dict[str, Value] = {}
        for _ in range(entries):
            key = self._text(MAX_KEY_BYTES)
            metadata[key] = self._value(self._number(4), key)
        data_end = max((self._tensor_end() for _ in range(tensors)), default=0)
        alignment = metadata.get("general.alignment", DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or alignment <= 0 or alignment & (alignment - 1):
            raise Malformed(f"its alignment is {alignment}")
        read = self._size - self._left
        needed = -(-read // alignment) * alignment + data_end if data_end else read
        if needed > self._size:
            raise CutShort(f"it has {self._size:,} bytes and should have {needed:,}")
        return GgufHead(metadata=metadata, tensors=tensors, size=self._size, needed=needed)

    def _read_preamble(self) -> tuple[int, int]:
        magic = self._file.read(4)
        if magic != b"GGUF":
            raise Malformed("it does not begin like one" if magic else "it is empty")
        self._left -= 4
        version = self._number(4)
        if version not in (2, 3):
            raise Malformed(f"version {version} of the format can't be read")
        tensors, entries = self._number(8), self._number(8)
        self._believe(tensors, 24, "weights")
        self._believe(entries, 13, "properties")
        return tensors, entries

    def _tensor_end(self) -> int:
        name = self._text(MAX_KEY_BYTES)
        dimensions = self._number(4)
        if dimensions > MAX_DIMENSIONS:
            raise Malformed(f"{name} has {dimensions} dimensions")
        weights = 1
        for _ in range(dimensions):
            weights *= self._number(8)
        kind, offset = self._number(4), self._number(8)
        per_block, block_bytes = BLOCKS.get(kind, (max(weights, 1), 0))  # of an unknown kind only the start is known
        if weights % per_block:
            raise Malformed(f"{name} is no whole number of blocks")
        return offset + weights // per_block * block_bytes

    def _value(self, kind: int, key: str) -> Value:
        if kind == STRING:
            return self._text()
        if kind == ARRAY:
            return self._array(key)
        return self._scalar(kind)

    def _scalar(self, kind: int) -> Scalar:
        if kind not in SCALARS:
            raise Malformed(f"a property is of the unknown kind {kind}")
        layout = SCALARS[kind]
        value: Scalar = layout.unpack(self._bytes(layout.size))[0]
        return value

    def _array(self, key: str) -> list[Scalar]:
        kind, count = self._number(4), self._number(8)
        kept = count <= KEPT_ITEMS or key in KEPT_KEYS
        if kind == STRING:
            self._believe(count, 8, key)
            texts: list[Scalar] = [self._text() for _ in range(count)]
            return texts if kept else []
        if kind not in SCALARS:
            raise Malformed(f"{key} is a list of the unknown kind {kind}")
        layout = SCALARS[kind]
        self._believe(count, layout.size, key)
        if not kept:
            self._skip(count * layout.size)
            return []
        return [value for (value,) in layout.iter_unpack(self._bytes(count * layout.size))]

    def _text(self, most: int | None = None) -> str:
        length = self._number(8)
        if most is not None and length > most:
            raise Malformed(f"a name of {length:,} bytes")
        return self._bytes(length).decode("utf-8", "replace")

    def _number(self, size: int) -> int:
        return int.from_bytes(self._bytes(size), "little")

    def _bytes(self, count: int) -> bytes:
        self._believe(count, 1, "bytes")
        content = self._file.read(count)
        if len(content) < count:
            raise CutShort("it ends in the middle of its head")
        self._left -= count
        return content

    def _skip(self, count: int) -> None:
        self._file.seek(count, 1)
        self._left -= count

    def _believe(self, count: int, size: int, what: str) -> None:
        if count * size > self._left:
            raise CutShort(f"{count:,} {what} are announced, and {self._left:,} bytes are left")
