"""ZIP archives, which office documents and books are: refused where they would inflate without end."""

import zipfile
from io import BytesIO
from pathlib import Path

from desktop.engine import UnreadableDocument

_MOST = 512 * 1024**2
_SUSPICIOUS = 16 * 1024**2  # below this the ratio does not matter
_RATIO = 250
_BLOCK = 1024**2


def is_archive(given: Path | bytes) -> bool:
    """Whether it is a ZIP archive."""
    return zipfile.is_zipfile(given if isinstance(given, Path) else BytesIO(given))


def open_archive(given: Path | bytes, name: str) -> zipfile.ZipFile:
    """Open it. Raises `UnreadableDocument` where it is cut short or overwritten."""
    try:
        return zipfile.ZipFile(given if isinstance(given, Path) else BytesIO(given))
    except zipfile.BadZipFile as error:
        raise UnreadableDocument(
            f"{name} is damaged and was not read; other files go on.",
            hint="Open it in the program that made it and save it anew, or fetch it again.",
        ) from error


def check_file(given: Path | bytes, name: str) -> None:
    """Refuse an office document that is a bomb, before a library inflates it."""
    with open_archive(given, name) as archive:
        check(archive, name)


def check(archive: zipfile.ZipFile, name: str, *, allow_doctype: bool = False) -> None:
    """Refuse bombs by declared and by actual size, and XML that declares entities (no office program writes any)."""
    members = archive.infolist()
    if any(each.flag_bits & 1 for each in members):
        raise UnreadableDocument(
            f"{name} is encrypted and was not read; other files go on.",
            hint="Open it with its password, save a copy without password, and choose that.",
        )
    _check_sizes(name, sum(each.file_size for each in members), sum(each.compress_size for each in members))
    total = 0
    for member in members:
        with archive.open(member) as file:
            start = file.read(_BLOCK)
            if not allow_doctype and member.filename.endswith((".xml", ".rels")) and _declares(start):
                raise UnreadableDocument(
                    f"{name} declares XML entities, as documents made for an attack do; it was not read.",
                    hint="Save it anew from the program that made it, or as PDF, if you trust it.",
                )
            total += len(start)
            while block := file.read(_BLOCK):
                total += len(block)
                _check_sizes(name, total, 0)


def _declares(start: bytes) -> bool:
    plain = start.replace(b"\0", b"")  # UTF-16
    return b"<!DOCTYPE" in plain or b"<!ENTITY" in plain


def _check_sizes(name: str, size: int, packed: int) -> None:
    if size > _MOST or (size > _SUSPICIOUS and packed and size > _RATIO * packed):
        raise UnreadableDocument(
            f"{name} would unpack to {size // 1024**2} MB, as a zip bomb does; it was not opened.",
            hint="Save it anew without its large pictures, or as PDF, if you trust it.",
        )
