"""Heads of GGUF files, made byte by byte: right ones of any model, and any wrong one."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from desktop.models.gguf.kinds import BLOCKS

Property: TypeAlias = int | float | bool | str | Sequence[int] | Sequence[str]
Matrix: TypeAlias = tuple[str, tuple[int, ...], int]
"""Name, sides, kind."""
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY, UINT64 = 4, 5, 6, 7, 8, 9, 10
ALIGNMENT = 32


def head_bytes(metadata: Mapping[str, Property], tensors: Sequence[Matrix] = (), *, version: int = 3) -> bytes:
    """The head of a file with these properties and weights, padded to where the weights begin."""
    parts = [b"GGUF", struct.pack("<IQQ", version, len(tensors), len(metadata))]
    parts += [text(key) + value(content) for key, content in metadata.items()]
    offset = 0
    for name, shape, kind in tensors:
        parts.append(description(name, shape, kind, offset))
        offset += padded(size_of(shape, kind))
    head = b"".join(parts)
    return head.ljust(padded(len(head)), b"\0")


def write_sparse(path: Path, metadata: Mapping[str, Property], tensors: Sequence[Matrix]) -> Path:
    """A file as long as the model would be, whose weights are a hole that takes no room on the disk."""
    head = head_bytes(metadata, tensors)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + sum(padded(size_of(shape, kind)) for _, shape, kind in tensors))
    return path


def text(content: str) -> bytes:
    """A text with its length before it."""
    encoded = content.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def value(content: Property) -> bytes:
    """A value with its kind before it."""
    match content:
        case bool():
            return struct.pack("<I?", BOOL, content)
        case int():
            return struct.pack("<II", UINT32, content)
        case float():
            return struct.pack("<If", FLOAT32, content)
        case str():
            return struct.pack("<I", STRING) + text(content)
        case _:
            return _list(content)


def description(name: str, shape: Sequence[int], kind: int, offset: int) -> bytes:
    """What a head says of one tensor."""
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


def size_of(shape: Sequence[int], kind: int) -> int:
    """Bytes of a tensor."""
    weights = 1
    for side in shape:
        weights *= side
    per_block, block_bytes = BLOCKS[kind]
    return weights // per_block * block_bytes


def padded(size: int) -> int:
    """The next multiple of the alignment."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def _list(items: Sequence[int] | Sequence[str]) -> bytes:
    if items and isinstance(items[0], str):
        return struct.pack("<IIQ", ARRAY, STRING, len(items)) + b"".join(text(str(item)) for item in items)
    return struct.pack("<IIQ", ARRAY, INT32, len(items)) + struct.pack(f"<{len(items)}i", *map(int, items))
