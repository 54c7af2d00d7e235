"""Keeping document text inside the fence that prompts put around it."""

import re
from collections.abc import Sequence
from typing import Final

_FENCE: Final = re.compile(r"<{3,}|>{3,}")


def unfenced(text: str) -> str:
    """The text without what could end, or begin, a fence of `<<<` and `>>>`; its lines stay."""
    return _FENCE.sub(" ", text)


def fence(text: str) -> str:
    """Document text on one line, unable to end the fence that it stands in."""
    return unfenced(" ".join(text.split()))


def numbered(lines: Sequence[str]) -> str:
    """The lines with a number in front of each, inside a fence."""
    return "<<<\n" + "\n".join(f"[{number}] {fence(line)}" for number, line in enumerate(lines, start=1)) + "\n>>>"
