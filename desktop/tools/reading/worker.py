"""The reader process: what runs in it."""

import importlib
import multiprocessing
import os
import stat
import threading
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import cast

from desktop.engine import Document, Source, UnreadableDocument
from desktop.tools import file_kinds as kinds
from desktop.tools.reading.detect import media_type_of_content
from desktop.tools.reading.limits import Limits, within_limits
from desktop.tools.shown_name import shown_name

_READERS = {
    kinds.PDF: "pdf", kinds.DOCX: "word", kinds.XLSX: "sheets", kinds.XLS: "sheets", kinds.ODS: "sheets",
    kinds.PPTX: "slides", kinds.HTML: "web", kinds.EPUB: "book", kinds.EMAIL: "mail",
}  # fmt: skip


def begin(memory_bytes: int) -> None:
    """Prepare the process: limit its memory, and end it when the parent ends, however that happens."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), name="parent-watch", daemon=True).start()
    try:
        import resource
    except ImportError:  # Windows
        return
    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    except (ValueError, OSError):  # macOS refuses it; the time limit remains
        return


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def read_source(source: Source, limits: Limits) -> Document:
    """Read one document. Raises `UnreadableDocument`."""
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
    except Exception as error:  # the edge of the process: parsers raise anything on broken files
        hint = "Open it in the program that made it and save it anew, or save it as PDF, and try again."
        raise UnreadableDocument(f"{shown} is damaged and was not read; other files go on.", hint=hint) from error


def _read(source: Source, shown: str, limits: Limits) -> Document:
    data = source.text.encode("utf-8", "replace") if source.text is not None else None
    path = None if data is not None else Path(source.path or "")
    before = _check_file(path, shown) if path is not None else None
    if source.text is not None:
        media_type = source.media_type or kinds.TEXT
    else:
        media_type = media_type_of_content(cast("Path", path), source.media_type, shown)
    module = importlib.import_module(f"desktop.tools.reading.{_READERS.get(media_type, 'plain')}")
    content = module.read(path if path is not None else data, shown, limits)
    parts = tuple(part for part in within_limits(shown, content.parts, limits) if part.text.strip())
    if path is not None and before != _version(path.stat()):
        raise UnreadableDocument(f"{shown} changed while it was read; nothing of it was used.", hint="Try again.")
    if not parts:
        raise UnreadableDocument(f"{shown} holds no text; other files go on.", hint="Choose a file that holds text.")
    return Document(name=source.name, media_type=media_type, parts=parts, notes=tuple(content.notes))


def _version(found: os.stat_result) -> tuple[int, int]:
    return found.st_size, found.st_mtime_ns


def _check_file(path: Path, shown: str) -> tuple[int, int]:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):  # opening a pipe would wait for ever
        raise UnreadableDocument(f"{shown} is no file but a device or a pipe.", hint="Save what it gives to a file.")
    if found.st_size == 0:
        raise UnreadableDocument(f"{shown} is empty; other files go on.", hint="Choose a file that holds text.")
    return _version(found)
