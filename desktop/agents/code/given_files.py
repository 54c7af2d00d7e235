"""The files that were given with a task, read once and kept as working files."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from desktop.engine import ExecutionRefused, Run, Source, UnreadableDocument, check_file_name

FIND_STEP: Final = "find"
READ_STEP: Final = "read"
READERS: Final = 4
"""Files read at the same time."""
MOST_BYTES: Final = 16 * 2**20
"""Of the texts of all files, which are held in memory together and lie beside each run of the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFile:
    """A file that was read, or why it was not."""

    name: str
    kept_as: str = ""  # the working file with its text
    size: int = 0  # bytes of that
    is_plain: bool = False  # whether its text is what is in the file, line by line
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenText:
    """A file with its text."""

    name: str  # relative, fit to lie beside a program
    text: str
    is_plain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    number: int
    name: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    sources: tuple[Source, ...] = ()
    trouble: str = ""


async def read_given(run: Run) -> tuple[list[GivenText], list[str]]:
    """The texts, and a sentence for each file that can't be used."""
    if not run.request.inputs:
        return [], []
    found = await run.step(FIND_STEP, partial(_find, run))
    texts = iter([given.text for given in run.request.inputs if given.text is not None])
    sources = [source if source.path is not None else replace(source, text=next(texts)) for source in found.sources]
    files = await run.map(READ_STEP, _with_names(sources), partial(_read, run), width=READERS)
    files = _within_bounds(files)
    given = [
        GivenText(name=file.name, text=(await run.read_file(file.kept_as)).decode(), is_plain=file.is_plain)
        for file in files
        if file.kept_as
    ]
    trouble = [found.trouble, *(file.trouble for file in files)]
    trouble += [
        f"{file.name} was only read: its bytes are no plain text, so it does not lie beside the program when it runs."
        for file in given
        if not file.is_plain
    ]
    return given, [each for each in trouble if each]


async def _find(run: Run) -> _Found:
    """The files without the texts that inputs carry, which are no matter for the journal."""
    try:
        return _Found(sources=tuple(replace(source, text=None) for source in await run.sources()))
    except UnreadableDocument as error:
        return _Found(trouble=f"None of the given files was used: {error.message}")


async def _read(run: Run, reading: _Reading) -> GivenFile:
    try:
        document = await run.read(reading.source)
    except UnreadableDocument as error:
        return GivenFile(name=reading.name, trouble=f"{reading.name} was not used: {error.message}")
    if sum(len(part.text) for part in document.parts) > MOST_BYTES:
        return _too_much(reading.name)
    is_plain = all(part.line is not None and part.page is None and not part.label for part in document.parts)
    text = ("" if is_plain else "\n\n").join(part.text for part in document.parts)
    kept_as = f"given-{reading.number:05}.txt"
    content = text.encode("utf-8", "replace")
    await run.write_file(kept_as, content)
    return GivenFile(name=reading.name, kept_as=kept_as, size=len(content), is_plain=is_plain)


def _within_bounds(files: Sequence[GivenFile]) -> list[GivenFile]:
    """As many of the files, in their order, as may be held in memory together; the others are refused."""
    kept, size = [], 0
    for file in files:
        fits = size + file.size <= MOST_BYTES
        size += file.size if fits else 0
        kept.append(file if fits else _too_much(file.name))
    return kept


def _too_much(name: str) -> GivenFile:
    return GivenFile(
        name=name, trouble=f"{name} was not used: the given files may have {MOST_BYTES // 2**20} MB of text in all."
    )


def _with_names(sources: Sequence[Source]) -> list[_Reading]:
    """Each under a name that it can have beside a program, and no other has."""
    readings: list[_Reading] = []
    taken: set[str] = set()
    for number, source in enumerate(sources, 1):
        name = _fit(source.name, number)
        while name in taken:
            name = f"{number}-{name}"
        taken.add(name)
        readings.append(_Reading(number=number, name=name, source=source))
    return readings


def _fit(name: str, number: int) -> str:
    try:
        check_file_name(name)
    except ExecutionRefused:
        return f"file-{number}"
    return name
