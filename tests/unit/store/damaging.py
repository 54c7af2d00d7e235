"""Ways in which files are damaged while nothing runs."""

from collections.abc import Callable
from pathlib import Path
from random import Random

PAGE = 4096

Damage = Callable[[Path, Random], None]


def cut(file: Path, chance: Random) -> None:
    """The end is missing."""
    content = file.read_bytes()
    file.write_bytes(content[: chance.randrange(1, len(content))])


def zero(file: Path, _: Random) -> None:
    """All of it is overwritten with nothing."""
    file.write_bytes(bytes(file.stat().st_size))


def empty(file: Path, _: Random) -> None:
    """Nothing is left in it."""
    file.write_bytes(b"")


def replace_with_text(file: Path, _: Random) -> None:
    """It is another file."""
    file.write_text("Dear diary, today I was a database. " * 1000)


def remove(file: Path, _: Random) -> None:
    """It is gone."""
    file.unlink()


def spoil_header(file: Path, chance: Random) -> None:
    """A byte of the first hundred is another one."""
    _change(file, chance.randrange(100), chance)


def flip(file: Path, chance: Random) -> None:
    """A bit is another one."""
    _change(file, chance.randrange(file.stat().st_size), chance)


def zero_page(file: Path, chance: Random) -> None:
    """A page is overwritten with nothing."""
    content = bytearray(file.read_bytes())
    at = chance.randrange(len(content) // PAGE) * PAGE
    content[at : at + PAGE] = bytes(PAGE)
    file.write_bytes(content)


def _change(file: Path, at: int, chance: Random) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= 1 << chance.randrange(8)
    file.write_bytes(content)


OF_THE_WHOLE: tuple[Damage, ...] = (cut, zero, empty, replace_with_text, remove, spoil_header)
"""What no start can overlook."""

OF_A_PART: tuple[Damage, ...] = (flip, zero_page)
"""What is met when that part is read."""
