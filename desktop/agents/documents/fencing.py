"""Keeping document text inside the fence that prompts put around it."""

import re
from typing import Final

_FENCE: Final = re.compile(r"<{3,}|>{3,}")


def unfenced(text: str) -> str:
    """The text without what could end, or begin, a fence of `<<<` and `>>>`; its lines stay."""
    return _FENCE.sub(" ", text)
