"""A terminal whose two streams a test can read, and a data folder."""

import io
from pathlib import Path

import pytest

from desktop.cli.terminal import Terminal
from desktop.paths import Paths, prepare


class Stream(io.TextIOWrapper):
    """A text stream in memory that may claim to be a terminal."""

    def __init__(self, *, live: bool) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors="backslashreplace", write_through=True)
        self._live = live

    def isatty(self) -> bool:
        return self._live

    @property
    def content(self) -> bytes:
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue()

    @property
    def text(self) -> str:
        return self.content.decode()


class Screen:
    """A terminal and what was written on it."""

    def __init__(self, *, live: bool = False) -> None:
        self.out = Stream(live=live)
        self.err = Stream(live=live)
        self.terminal = Terminal(self.out, self.err)


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def live_screen() -> Screen:
    return Screen(live=True)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    found = Paths(data=tmp_path / "data")
    prepare(found)
    return found
