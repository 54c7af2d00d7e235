"""Text, Markdown, CSV and whatever else is made of lines."""

from pathlib import Path

from desktop.tools.reading.content import Content
from desktop.tools.reading.decode import decode
from desktop.tools.reading.limits import Limits, check_text_size
from desktop.tools.reading.pieces import pieces


def read(given: Path | bytes, name: str, limits: Limits) -> Content:
    """The lines as they are."""
    data = text_bytes(given, name, limits)
    return Content(parts=pieces(decode(data, name)))


def text_bytes(given: Path | bytes, name: str, limits: Limits) -> bytes:
    """The bytes of a file whose size is that of its text, if they are few enough."""
    check_text_size(name, given.stat().st_size if isinstance(given, Path) else len(given), limits)
    return given.read_bytes() if isinstance(given, Path) else given
