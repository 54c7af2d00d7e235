"""The reader process: what runs in it."""

import multiprocessing
import os
import stat
import threading
from multiprocessing.process import BaseProcess
from pathlib import Path

from desktop.engine import Document, Source, UnreadableDocument
from desktop.tools import file_kinds as kinds
from desktop.tools.reading.detect import media_type_of_content
from desktop.tools.reading.failure import ReaderFailed, trace_of
from desktop.tools.reading.limits import Limits
from desktop.tools.reading.readers import read_as
from desktop.tools.shown_name import shown_name


def begin(memory_bytes: int) -> None:
    """Prepare the process: limit its memory, and end it when the parent ends, however that happens."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), name="parent-watch", daemon=True).start()
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would keep the document, and takes long to write
    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    except (ValueError, OSError):  # macOS refuses it; the time limit remains
        return


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def read_source(source: Source, limits: Limits) -> Document:
    """Read one document. Raises `UnreadableDocument`, and `ReaderFailed` for what may be a fault of a reader."""
    shown = shown_name(source.name)
    try:
        return _read(source, shown, limits)
    except (UnreadableDocument, MemoryError):
        raise
    except PermissionError as error:
        hint = "Allow your user to read it, or choose a copy."
        raise UnreadableDocument(f"{shown} may not be read; it was left as it is.", hint=hint) from error
    except FileNotFoundError as error:
        hint = "Check whether it was moved or renamed."
        raise UnreadableDocument(f"{shown} is not there any more; other files go on.", hint=hint) from error
    except Exception as error:  # noqa: BLE001 - the edge of the process: the other side logs it
        raise ReaderFailed(trace_of(error)) from None


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
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        os.scandir(path).close()  # a folder comes here only because it could not be opened: say why
        hint = "Choose it again, with what it holds."
        raise UnreadableDocument(f"{shown} is a folder that could not be opened before.", hint=hint)
    if not stat.S_ISREG(found.st_mode):  # opening a pipe would wait for ever
        raise UnreadableDocument(f"{shown} is no file but a device or a pipe.", hint="Save what it gives to a file.")
    if found.st_size == 0:
        raise UnreadableDocument(f"{shown} is empty; other files go on.", hint="Choose a file that holds text.")
    return _version(found)
