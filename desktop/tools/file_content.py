"""A file in an open folder: read whole, or written so that nothing is lost."""

import contextlib
import hashlib
import os
import secrets
import stat
from typing import Final

from desktop.engine import FileConflict, FileUnavailable, ReadFile, WrittenFile
from desktop.tools.folder_handle import FolderHandle
from desktop.tools.folder_paths import is_lookalike
from desktop.tools.shown_name import shown_name

MOST_BYTES: Final = 32 * 1024**2
"""Of a file that is read or written whole."""
_CHUNK: Final = 1024**2


def read_file(folder: FolderHandle, name: str, path: str) -> ReadFile:
    """The file. Raises `FileUnavailable` and `OSError`."""
    descriptor = folder.open(name)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        before = os.fstat(descriptor)
        if before.st_size > MOST_BYTES:
            raise _too_large(path, before.st_size)
        content = bytearray()
        while piece := file.read(_CHUNK):
            content += piece
            if len(content) > MOST_BYTES:  # some files say that they hold nothing
                raise _too_large(path, len(content))
        after = os.fstat(descriptor)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise FileUnavailable(f"{shown_name(path)} changed while it was read; nothing of it was used.", hint="Again.")
    return ReadFile(path=path, content=bytes(content), version=version_of(content))


def write_file(folder: FolderHandle, name: str, path: str, content: bytes, version: str | None) -> WrittenFile:
    """Write it under another name, then give it its own. Raises `FileConflict`, `FileUnavailable` and `OSError`."""
    if len(content) > MOST_BYTES:
        raise _too_large(path, len(content))
    mode = _check(folder, name, path, version)
    partial = f".legwork-{secrets.token_hex(8)}.part"
    descriptor = folder.create(partial)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if mode is not None and hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        _check(folder, name, path, version)  # whoever wrote meanwhile loses nothing
        if version is None:
            folder.rename_to_new(partial, name)
        else:
            folder.rename_over(partial, name)
        folder.sync()
    except FileExistsError as error:
        raise _conflict(folder, name, path) from error
    finally:
        with contextlib.suppress(OSError):  # it has its name by now
            folder.remove(partial)
    return WrittenFile(path=path, version=version_of(content), replaced=version)


def check_lookalikes(folder: FolderHandle, name: str, path: str) -> None:
    """Raise `FileConflict` where a new name differs from one that is there in nothing that a person sees."""
    for other in folder.names():
        if other != name and is_lookalike(other, name):
            raise FileConflict(
                f"Nearly the same name, {shown_name(other)}, is there already; {shown_name(path)} was not written.",
                hint="Use that name, or one that differs in more.",
            )


def version_of(content: bytes | bytearray) -> str:
    """What tells this content from all others."""
    return hashlib.sha256(content).hexdigest()


def _check(folder: FolderHandle, name: str, path: str, version: str | None) -> int | None:
    """That nothing is there, or what is of that version; the permissions of what is there."""
    try:
        found = folder.look(name)
    except FileNotFoundError:
        if version is None:
            check_lookalikes(folder, name, path)
            return None
        raise FileConflict(
            f"{shown_name(path)} is not there any more; nothing was written.", hint="Write it as a new file."
        ) from None
    if version is None or not stat.S_ISREG(found.st_mode) or read_file(folder, name, path).version != version:
        raise _conflict(folder, name, path)
    return stat.S_IMODE(found.st_mode) & 0o777


def _conflict(folder: FolderHandle, name: str, path: str) -> FileConflict:
    version = ""
    with contextlib.suppress(OSError, FileUnavailable):
        version = read_file(folder, name, path).version
    what = "Another file" if version else "Something that is no file to replace"
    return FileConflict(
        f"{what} is there by the name {shown_name(path)}; it was left as it is, and nothing was written.",
        hint="Read it before you replace it, or use another name." if version else "Use another name.",
        version=version,
    )


def _too_large(path: str, size: int) -> FileUnavailable:
    return FileUnavailable(
        f"{shown_name(path)} is too large ({size / 1024**2:.0f} MB); up to {MOST_BYTES // 1024**2} MB are read or "
        "written at once. It was left as it is.",
        hint="Split it into smaller files.",
    )
