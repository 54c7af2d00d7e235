"""The reader process: what runs in it."""

import os
import stat
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO

from desktop.engine import Document, Source, UnreadableDocument
from desktop.tools import file_kinds as kinds
from desktop.tools.reading.detect import media_type_of_content
from desktop.tools.reading.failure import trace_of
from desktop.tools.reading.limits import Limits
from desktop.tools.reading.messages import LENGTH, failed_answer, read_answer, refused_answer, source_in
from desktop.tools.reading.readers import read_as
from desktop.tools.shown_name import shown_name


def serve(requests: BinaryIO, answers: BinaryIO, limits: Limits) -> None:
    """Answer requests one by one. Ends the process where there are no more, and where memory runs out."""
    waiting: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_take, args=(requests, waiting), name="requests", daemon=True).start()
    while True:
        answer = answer_to(waiting.get(), limits)
        answers.write(LENGTH.pack(len(answer)))
        answers.write(answer)
        answers.flush()


def _take(requests: BinaryIO, waiting: SimpleQueue[bytes]) -> None:
    """Hand the requests over while documents are read: their end is that of the parent."""
    try:
        while header := requests.read(LENGTH.size):
            waiting.put(requests.read(*LENGTH.unpack(header)))
    finally:
        os._exit(0)


def answer_to(request: bytes, limits: Limits) -> bytes:
    """What there is to say to a request. Raises `MemoryError`: a process that came to its limit reads nothing more."""
    try:
        return read_answer(read_source(source_in(request), limits))
    except UnreadableDocument as error:
        return refused_answer(error)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the edge of the process: the other side logs it
        return failed_answer(trace_of(error))


def read_source(source: Source, limits: Limits) -> Document:
    """Read one document. Raises `UnreadableDocument`, and whatever else a reader did not expect."""
    shown = shown_name(source.name)
    try:
        return _read(source, shown, limits)
    except PermissionError as error:
        hint = "Allow your user to read it, or choose a copy."
        raise UnreadableDocument(f"{shown} may not be read; it was left as it is.", hint=hint) from error
    except FileNotFoundError as error:
        hint = "Check whether it was moved or renamed."
        raise UnreadableDocument(f"{shown} is not there any more; other files go on.", hint=hint) from error


def _read(source: Source, shown: str, limits: Limits) -> Document:
    given: Path | bytes
    if source.text is not None:
        given, before = source.text.encode("utf-8", "replace"), None
        media_type = source.media_type or kinds.TEXT
    else:
        given = Path(source.path or "")
        before = _check_file(given, shown)
        media_type = media_type_of_content(given, source.media_type, shown)
    content = read_as(media_type, given, shown, limits)
    if isinstance(given, Path) and before != _version(given.stat()):
        raise UnreadableDocument(f"{shown} changed while it was read; nothing of it was used.", hint="Try again.")
    return Document(name=source.name, media_type=media_type, parts=tuple(content.parts), notes=tuple(content.notes))


def _version(found: os.stat_result) -> tuple[int, int]:
    return found.st_size, found.st_mtime_ns


def _check_file(path: Path, shown: str) -> tuple[int, int]:
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):  # whoever made the folder chose where it leads
        hint = "Give the file that it leads to."
        raise UnreadableDocument(f"{shown} is a link that leads out of its folder; it was not followed.", hint=hint)
    if stat.S_ISDIR(found.st_mode):
        os.scandir(path).close()  # a folder comes here only because it could not be opened: say why
        hint = "Choose it again, with what it holds."
        raise UnreadableDocument(f"{shown} is a folder that could not be opened before.", hint=hint)
    if not stat.S_ISREG(found.st_mode):  # opening a pipe would wait for ever
        raise UnreadableDocument(f"{shown} is no file but a device or a pipe.", hint="Save what it gives to a file.")
    if found.st_size == 0:
        raise UnreadableDocument(f"{shown} is empty; other files go on.", hint="Choose a file that holds text.")
    return _version(found)
