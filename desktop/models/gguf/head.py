"""The head of one GGUF file: its properties, its special tokens, and what it says of its weights."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

from desktop.models.gguf.kinds import ARRAY, SCALARS, STRING, UINT32
from desktop.models.gguf.refusals import CutShort, Malformed, OldFormat
from desktop.models.gguf.source import SHORT_LENGTH, Source
from desktop.models.gguf.tensors import MOST_TENSORS, Tensor, TensorReader, data_end
from desktop.models.gguf.vocabulary import KINDS_OF_TOKENS, TOKENS, special_tokens

Scalar: TypeAlias = int | float | bool | str
Value: TypeAlias = Scalar | tuple[Scalar, ...]

FIRST_VERSION: Final = 1
"""That of summer 2023, with short lengths and counts; only the runtime for old models reads it."""
VERSIONS: Final = (FIRST_VERSION, 2, 3)
GGML_MAGICS: Final = frozenset({b"lmgg", b"fmgg", b"tjgg", b"ccgg", b"algg"})
"""How files began before GGUF: GGML, GGMF, GGJT, GGCC, and adapters of that time."""
MOST_KEY_BYTES: Final = 65_535  # by the specification
MOST_PROPERTIES: Final = 10_000
MOST_ITEMS: Final = 1 << 20
"""Texts of a list: a vocabulary has up to 300,000, and as many merges."""
KEPT_ITEMS: Final = 1_024
"""Lists of numbers up to this length are kept: those with a number for each layer."""
KEPT_TEXT_BYTES: Final = 1 << 20
KEPT_BYTES: Final = 1 << 22
"""Of all properties together; the largest that is needed is the chat template."""
ALIGNMENT: Final = "general.alignment"
DEFAULT_ALIGNMENT: Final = 32
MOST_ALIGNMENT: Final = 1 << 16
SMALLEST_PROPERTY: Final = 5  # bytes beside a length: a kind, a byte
SMALLEST_TENSOR: Final = 16  # bytes beside two lengths: how many sides, a kind, an offset
EXPECTED: Final = {ALIGNMENT: UINT32, "general.architecture": STRING, "tokenizer.chat_template": STRING}
"""Runtimes take the kind of these for granted, and end where it is another."""
_KEY: Final = re.compile(r"[!-~]{1,65535}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GgufHead:
    """What the head of a GGUF file says.

    Of `metadata` lists of texts, lists of more than 1,024 numbers and texts of more than 1 MiB are empty: nobody needs
    them, and they may be any size.
    """

    version: int
    metadata: Mapping[str, Value] = field(repr=False)
    counts: Mapping[str, int] = field(repr=False)  # how many items each list has, those that are not kept too
    special_tokens: frozenset[str] = field(repr=False)  # texts that would steer the model if they were read as tokens
    tensors: tuple[Tensor, ...] = field(repr=False)
    size: int  # bytes that the file has
    needed: int  # bytes that the file must have at least

    @property
    def architecture(self) -> str:
        """The family that the model belongs to, "llama"; empty where the file does not say."""
        return str(self.metadata.get("general.architecture", ""))

    @property
    def weight_bytes(self) -> int:
        """Bytes of all weights, without what lies between them."""
        return sum(tensor.bytes for tensor in self.tensors)

    def whole(self, key: str, default: int = 0) -> int:
        """A property that is a whole number; `default` where there is none, or not such a one."""
        value = self.metadata.get(key, default)
        return value if isinstance(value, int) else default


def read_head(path: Path) -> GgufHead:
    """Read the head of a file. Raises `Malformed`, one of its kinds, or `OSError`."""
    with path.open("rb", buffering=0) as file:
        return read_head_from(file, path.stat().st_size)


def read_head_from(file: BinaryIO, size: int) -> GgufHead:
    """Read the head of an open file of so many bytes. Raises like `read_head`."""
    return _HeadReader(file, size).read()


class _HeadReader:
    def __init__(self, file: BinaryIO, size: int) -> None:
        self._source = Source(file, size)
        self._size = size
        self._metadata: dict[str, Value] = {}
        self._counts: dict[str, int] = {}
        self._places: dict[str, tuple[int, int]] = {}  # kind of the items, and where they begin
        self._kept = 0  # bytes of properties

    def read(self) -> GgufHead:
        version = self._version()
        tensors, properties = self._source.length(), self._source.length()
        length = self._source.layout.size
        self._believe("weights", tensors, SMALLEST_TENSOR + 2 * length, MOST_TENSORS)
        self._believe("properties", properties, SMALLEST_PROPERTY + length, MOST_PROPERTIES)
        for _ in range(properties):
            self._property()
        alignment = self._alignment()
        reader = TensorReader(self._source, alignment, self._size)
        found = tuple(reader.read() for _ in range(tensors))
        needed = data_end(found, self._source.position, alignment)
        if needed > self._size:
            raise CutShort(f"it has {self._size:,} bytes and should have {needed:,}")
        return GgufHead(
            version=version,
            metadata=self._metadata,
            counts=self._counts,
            special_tokens=self._special_tokens(),
            tensors=found,
            size=self._size,
            needed=needed,
        )

    def _version(self) -> int:
        magic = self._source.take(min(4, self._size))
        if magic in GGML_MAGICS:
            raise OldFormat("it is of the format GGML, which was given up for GGUF in August 2023")
        if magic != b"GGUF":
            raise Malformed("it does not begin like one" if magic else "it is empty")
        version = self._source.number(4)
        if int.from_bytes(version.to_bytes(4, "little"), "big") in VERSIONS:
            raise Malformed("it was made for processors that keep their numbers the other way round (big-endian)")
        if version not in VERSIONS:
            raise Malformed(f"version {version} of the format can't be read")
        if version == FIRST_VERSION:
            self._source.layout = SHORT_LENGTH
        return version

    def _believe(self, what: str, count: int, smallest: int, most: int) -> None:
        self._source.believe(count, smallest, what)
        if count > most:
            raise Malformed(f"{count:,} {what} are more than any model has")

    def _property(self) -> None:
        key = self._key()
        kind = self._source.number(4)
        if EXPECTED.get(key, kind) != kind:
            raise Malformed(f"{key} is of the wrong kind")
        self._metadata[key] = self._value(kind, key)

    def _key(self) -> str:
        length = self._source.length()
        if length > MOST_KEY_BYTES:
            raise Malformed(f"a property has a name of {length:,} bytes")
        key = self._source.take(length).decode("ascii", "replace")
        if _KEY.fullmatch(key) is None:
            raise Malformed(f"a property has the name {key[:40]!r}")
        if key in self._metadata:
            raise Malformed(f"{key} is there twice")
        self._keep(length)
        return key

    def _value(self, kind: int, key: str) -> Value:
        if kind == STRING:
            return self._text()
        if kind == ARRAY:
            return self._list(key)
        if kind not in SCALARS:
            raise Malformed(f"{key} is of the unknown kind {kind}")
        layout = SCALARS[kind]
        value: Scalar = layout.unpack(self._source.take(layout.size))[0]
        return value

    def _text(self) -> str:
        length = self._source.length()
        if length > KEPT_TEXT_BYTES:
            self._source.skip(length)
            return ""
        self._source.believe(length, 1, "bytes of a text")
        self._keep(length)
        return self._source.take(length).decode("utf-8", "replace")

    def _list(self, key: str) -> tuple[Scalar, ...]:
        kind, count = self._source.number(4), self._source.length()
        self._counts[key] = count
        self._places[key] = kind, self._source.position
        if kind == STRING:
            self._believe(f"texts of {key}", count, self._source.layout.size, MOST_ITEMS)
            for _ in self._source.texts(count):
                pass
            return ()
        if kind == ARRAY:
            raise Malformed(f"{key} is a list of lists")
        if kind not in SCALARS:
            raise Malformed(f"{key} is a list of the unknown kind {kind}")
        return self._numbers(kind, count, key)

    def _numbers(self, kind: int, count: int, key: str) -> tuple[Scalar, ...]:
        layout = SCALARS[kind]
        self._source.believe(count, layout.size, f"items of {key}")
        if count > KEPT_ITEMS:
            self._source.skip(count * layout.size)
            return ()
        self._keep(count * layout.size)
        return tuple(value for (value,) in layout.iter_unpack(self._source.take(count * layout.size)))

    def _keep(self, count: int) -> None:
        self._kept += count
        if self._kept > KEPT_BYTES:
            raise Malformed(f"its properties take more than {KEPT_BYTES:,} bytes")

    def _alignment(self) -> int:
        alignment = self._metadata.get(ALIGNMENT, DEFAULT_ALIGNMENT)
        assert isinstance(alignment, int)  # noqa: S101 - its kind was looked at
        if not 8 <= alignment <= MOST_ALIGNMENT or alignment & (alignment - 1):
            raise Malformed(f"its alignment is {alignment}")
        return alignment

    def _special_tokens(self) -> frozenset[str]:
        if self._places.get(TOKENS, (0, 0))[0] != STRING:
            return frozenset()
        return special_tokens(
            self._source,
            tokens=(self._places[TOKENS][1], self._counts[TOKENS]),
            kinds=(*self._places.get(KINDS_OF_TOKENS, (0, 0)), self._counts.get(KINDS_OF_TOKENS, 0)),
        )
