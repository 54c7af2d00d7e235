"""What reaches the person's terminal, or the program that reads from us.

Titles, summaries and file names come from documents and models. On a terminal, characters in them that would steer it
(move the cursor, set its title, paste into it, turn the reading direction) are shown as �; into a pipe or a file the
text goes as it is.
"""

import json
import shutil
import sys
import unicodedata
from typing import Any, Final, TextIO

from desktop.api.representation import to_plain
from desktop.engine import LegworkError

_STEERING: Final = frozenset({"Cc", "Cs"})
_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_KEPT: Final = frozenset("\n\t")
_ERASE_LINE: Final = "\r\x1b[2K"


def harmless(text: str) -> str:
    """The text without anything that a terminal would obey."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _steers(mark) else mark for mark in text)


def one_line(text: str) -> str:
    """The text harmless and in one line, for lists and messages."""
    return harmless(" ".join(text.split()))


def _steers(mark: str) -> bool:
    return mark not in _KEPT and (mark in _TURNING or unicodedata.category(mark) in _STEERING)


class Terminal:
    """Results go to standard output, everything else to standard error, where one line may be live."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out = out
        self._err = err
        self.out_is_live = out.isatty()
        self.err_is_live = err.isatty()
        self._has_live_line = False

    @classmethod
    def of_process(cls) -> "Terminal":
        """The process's own streams, made to take any character."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        return cls(sys.stdout, sys.stderr)

    def print(self, text: str) -> None:
        """A piece of the result."""
        self.clear_live_line()
        self._out.write(f"{harmless(text) if self.out_is_live else text}\n")
        self._out.flush()

    def print_json(self, value: object) -> None:
        """One object on one line."""
        self.clear_live_line()
        plain: Any = to_plain(value)
        self._out.write(json.dumps(plain, ensure_ascii=self.out_is_live) + "\n")
        self._out.flush()

    def write_bytes(self, content: bytes) -> None:
        """A file's content as it is; shown as harmless text on a terminal."""
        if self.out_is_live or not hasattr(self._out, "buffer"):
            self.print(content.decode("utf-8", "replace"))
            return
        self._out.flush()
        self._out.buffer.write(content)
        self._out.buffer.flush()

    def say(self, text: str) -> None:
        """A remark, on a line of its own."""
        self.clear_live_line()
        self._err.write(f"{harmless(text) if self.err_is_live else text}\n")
        self._err.flush()

    def say_error(self, error: LegworkError) -> None:
        """What happened and what to do."""
        self.say(f"legwork: {error.message}")
        if error.hint:
            self.say(error.hint)

    def show_live_line(self, text: str) -> None:
        """Replace the live line; only for a terminal."""
        width = shutil.get_terminal_size().columns - 1
        line = one_line(text)
        shown = line if len(line) <= width else f"{line[: max(0, width - 1)]}…"
        self._err.write(f"{_ERASE_LINE}{shown}")
        self._err.flush()
        self._has_live_line = True

    def clear_live_line(self) -> None:
        """Take the live line away, if there is one."""
        if self._has_live_line:
            self._err.write(_ERASE_LINE)
            self._err.flush()
            self._has_live_line = False
