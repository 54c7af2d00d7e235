"""Errors at the edge of a reader process: a damaged file is told from a fault of a reader."""

import traceback

_PARSERS = frozenset(("zipfile", "zlib", "lxml", "docx", "pptx", "python_calamine", "pypdfium2"))


class ReaderFailed(Exception):
    """A reader met something it does not expect. Its only argument tells where, without the document's text."""


class ReaderEnded(Exception):
    """A reader process ended without an answer. Its only argument tells how."""


def is_damage(error: Exception) -> bool:
    """Whether a parser says by its own error that it can't make sense of the file."""
    module = type(error).__module__.partition(".")[0]
    return module in _PARSERS or isinstance(error, EOFError)


def trace_of(error: BaseException) -> str:
    """Where the error and those behind it were raised. Messages are left out: they may quote the document."""
    steps: list[str] = []
    current: BaseException | None = error
    while current is not None:
        name = f"{type(current).__module__}.{type(current).__qualname__}"
        steps.append("".join(traceback.format_tb(current.__traceback__)) + name)
        current = current.__cause__ or current.__context__
    return "\n-- after --\n".join(steps)
