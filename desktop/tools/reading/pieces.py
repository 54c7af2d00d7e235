"""Long text in pieces of bounded size, each with the number of its first line."""

from collections.abc import Iterator

from desktop.engine import Part

_LINES = 500
_CHARACTERS = 100_000


def pieces(text: str, label: str = "") -> Iterator[Part]:
    """The text in parts of at most 500 lines; put together again they are the text."""
    start, line = 0, 1
    while start < len(text):
        end = _end(text, start)
        yield Part(text=text[start:end], line=line, label=label)
        line += text.count("\n", start, end)
        start = end


def _end(text: str, start: int) -> int:
    """Where the part that begins at `start` ends: after whole lines, unless a single line is too long for a part."""
    limit = start + _CHARACTERS
    end = start
    for _ in range(_LINES):
        newline = text.find("\n", end, limit)
        if newline < 0:
            if len(text) <= limit:
                return len(text)
            return end if end > start else limit
        end = newline + 1
    return end
