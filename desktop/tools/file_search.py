"""From inputs to the documents behind them: folders are opened, nothing is read.

A link that the person gave is the file that it leads to. One that lies in a folder was made by whoever made the folder:
where it leads out, to what is hidden or to Legwork's own data, it is listed, and its reader says that it was not
followed.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from desktop.engine import Input, Source, UnreadableDocument
from desktop.tools.file_kinds import media_type_of
from desktop.tools.shown_name import shown_name


def find_sources(inputs: tuple[Input, ...], private: Path | None = None) -> tuple[Source, ...]:
    """The documents in a stable order. Raises `UnreadableDocument` for an input that is missing or may not be read.

    `private` is a folder that is passed over wherever it lies: Legwork's own data.
    """
    return tuple(source for each in inputs for source in _of_input(each, private))


def _of_input(given: Input, private: Path | None) -> Iterator[Source]:
    if given.text is not None:
        size = len(given.text.encode("utf-8", "replace"))
        media_type = media_type_of(given.label) or "text/plain"
        yield Source(name=given.label, path=None, text=given.text, media_type=media_type, size=size)
        return
    path = Path(given.path or "")
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            yield from _of_folder(path, private)
            return
        real = path.resolve()
    except (OSError, ValueError) as error:
        raise _unreachable(given.label, error) from error
    yield replace(_of_file(path, given.label, found.st_size), path=str(real))


def _unreachable(name: str, error: Exception) -> UnreadableDocument:
    shown = shown_name(name)
    if isinstance(error, PermissionError):
        return UnreadableDocument(
            f"{shown} may not be read; it was left as it is.", hint="Allow your user to read it, or choose a copy."
        )
    return UnreadableDocument(
        f"{shown} is not there; nothing was started with it.", hint="Check whether it was moved or renamed."
    )


def _of_folder(folder: Path, private: Path | None) -> Iterator[Source]:
    os.scandir(folder).close()  # a given folder that may not be read is an error; one deeper inside is one of the files
    closed: list[OSError] = []
    # links to folders are not followed, so that loops can't catch us
    for parent, folders, files in os.walk(folder, onerror=closed.append):
        yield from _unopened(folder, closed)
        if private is not None and _is_same(Path(parent), private):
            folders.clear()
            continue
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for file in sorted(each for each in files if not each.startswith(".")):
            path = Path(parent, file)
            name = path.relative_to(folder).as_posix()
            real = _within(path, folder, private) if path.is_symlink() else path
            try:
                size = real.lstat().st_size
            except OSError:
                size = 0  # reading it will say what is wrong
            yield replace(_of_file(path, name, size), path=str(real.absolute()))
    yield from _unopened(folder, closed)


def _within(link: Path, folder: Path, private: Path | None) -> Path:
    """Where the link leads, if that is an open place in the folder; else the link itself."""
    try:
        real, root = link.resolve(), folder.resolve()
    except (OSError, RuntimeError):  # a loop
        return link
    is_inside = real.is_relative_to(root) and not any(part.startswith(".") for part in real.relative_to(root).parts)
    is_private = private is not None and real.is_relative_to(private.resolve())
    return real if is_inside and not is_private else link


def _is_same(folder: Path, private: Path) -> bool:
    try:
        return folder.samefile(private)
    except OSError:  # one of them is not there
        return False


def _unopened(folder: Path, closed: list[OSError]) -> Iterator[Source]:
    """Folders that could not be opened stand among the files, so that reading them says so."""
    for error in closed:
        path = Path(error.filename)
        yield _of_file(path, path.relative_to(folder).as_posix(), 0)
    closed.clear()


def _of_file(path: Path, name: str, size: int) -> Source:
    return Source(name=name, path=str(path.absolute()), text=None, media_type=media_type_of(path.name), size=size)
