"""What a server says, as it may reach a person or a model: nothing that can't be seen, and not without end."""

from collections.abc import Iterable
from typing import Final

from desktop.engine import HIDDEN_MARKS

_LINES: Final = "\n\t"
_JOINERS: Final = "\u200c\u200d\ufe0e\ufe0f"
"""Marks without width that some scripts, and pictures among letters, are not written right without."""
_SHORTEST: Final = 4
"""Characters of a secret. What is shorter is in every other word."""


def shown_text(text: str, most: int) -> str:
    """What a server says of itself: at most so many characters, and each that can't be seen replaced by one that can.

    Hidden marks are how words for a model alone are put into words for a person.
    """
    return cut(_visible(text[: most + 1]), most)


def output_text(text: str, most: int) -> str:
    """What a tool gives back: the same, but for the marks without width that texts in some scripts need."""
    return cut(_visible(text[: most + 1], _JOINERS), most, of=len(text))


def has_hidden(text: str, but: str = "") -> bool:
    """Whether there are characters in it that can't be seen, line breaks included, unless they are among `but`."""
    return any(each not in but and (each in _LINES or HIDDEN_MARKS.match(each)) for each in text)


def without(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets, since programs and servers repeat what they were given."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, "…")
    return text


def cut(text: str, most: int, *, of: int = 0) -> str:
    """The text, at most so many characters of it, with a word about it where there was more."""
    if len(text) <= most:
        return text
    return f"{text[:most]}…\n[cut: {of:,} characters]" if of else f"{text[: most - 1]}…"


def _visible(text: str, kept: str = "") -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return HIDDEN_MARKS.sub(lambda match: match[0] if match[0] in kept else "\N{REPLACEMENT CHARACTER}", plain)
