"""What a write would do to a file, for the person who decides about it."""

from dataclasses import dataclass
from difflib import unified_diff
from typing import Final

from desktop.engine import visible

_MOST_COMPARED: Final = 400_000
"""Bytes of a file that is compared line by line; of a larger one all lines are taken for new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A file before and after."""

    path: str
    old: bytes | None  # None: nothing is there
    new: bytes
    version: str | None  # of the old one

    @property
    def is_nothing(self) -> bool:
        """Whether nothing would change."""
        return self.old == self.new

    def preview(self) -> str:
        """The change as a unified diff, under a line that says what becomes of the file."""
        path = visible(self.path)
        if self.is_nothing:
            return f"{path} holds exactly this already; nothing would change."
        if self.old is None:
            return f"New file {path} ({len(self.new):,} bytes)\n{_diff('', self.new.decode(), path)}"
        heading = f"Replaces {path} ({len(self.old):,} bytes become {len(self.new):,})"
        try:
            old = self.old.decode()
        except UnicodeDecodeError:
            return f"{heading}\nWhat is there is no text and would be gone.\n{_diff('', self.new.decode(), path)}"
        if max(len(self.old), len(self.new)) > _MOST_COMPARED:
            return f"{heading}\nAll that is there would be gone.\n{_diff('', self.new.decode(), path)}"
        return f"{heading}\n{_diff(old, self.new.decode(), path)}"


def _diff(old: str, new: str, path: str) -> str:
    lines = unified_diff(_lines(old), _lines(new), path, path, lineterm="")
    return "\n".join(visible(line) for line in lines)


def _lines(text: str) -> list[str]:
    """The lines; one that does not end is told apart by words."""
    if not text:
        return []
    *lines, last = text.split("\n")
    return [*lines, f"{last}  (without an end of line)"] if last else lines
