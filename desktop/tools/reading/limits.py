"""How much a document may cost."""

from collections.abc import Iterable
from dataclasses import dataclass

from desktop.engine import Part, UnreadableDocument

_MB = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one file may use."""

    memory_bytes: int
    max_text_bytes: int


def too_much_text(name: str, size: str, tokens: str, limits: Limits) -> UnreadableDocument:
    """The refusal of a document with more text than is read at once."""
    limit = limits.max_text_bytes / _MB
    return UnreadableDocument(
        f"{name} holds {size} of text, roughly {tokens} tokens; up to {limit:g} MB are read. Nothing was cut off.",
        hint="Split it into smaller files, or raise the limit for text in a file.",
    )


def check_text_size(name: str, size: int, limits: Limits) -> None:
    """Refuse a text file by its size before it is read; UTF-16 takes twice the bytes that its text needs."""
    if size > 2 * limits.max_text_bytes:
        raise too_much_text(name, f"{size / _MB:.0f} MB", f"{size // 4:,}", limits)


def within_limits(name: str, parts: Iterable[Part], limits: Limits) -> tuple[Part, ...]:
    """The parts, as long as their text stays within the limit."""
    kept: list[Part] = []
    size = 0
    for part in parts:
        size += len(part.text.encode("utf-8", "replace"))
        if size > limits.max_text_bytes:
            raise too_much_text(name, f"more than {size / _MB:.1f} MB", f"{size // 4:,} or more", limits)
        kept.append(part)
    return tuple(kept)
