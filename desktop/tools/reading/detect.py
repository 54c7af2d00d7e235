"""What a file really is: its content decides where the extension lies."""

import re
from pathlib import Path

from desktop.engine import UnreadableDocument
from desktop.tools import file_kinds as kinds
from desktop.tools.reading.archive import open_archive

_MOST = 256 * 1024**2
_BY_MEMBER = {"word/document.xml": kinds.DOCX, "xl/workbook.xml": kinds.XLSX, "ppt/presentation.xml": kinds.PPTX}
_BINARY = frozenset((kinds.PDF, kinds.DOCX, kinds.XLSX, kinds.XLS, kinds.PPTX, kinds.ODS, kinds.EPUB))
_FIELDS = re.compile(rb"(?:[!-9;-~]+:.*\r?\n(?:[ \t].*\r?\n)*){3,}")
_OF_PROGRAMS = re.compile(rb"^(?:MIME-Version|Message-ID|Received|Return-Path):", re.I | re.M)
_BY_MIMETYPE = {kinds.EPUB.encode(): kinds.EPUB, kinds.ODS.encode(): kinds.ODS}


def media_type_of_content(given: Path | bytes, promised: str, name: str) -> str:
    """The media type by the content, else the promised one. Raises `UnreadableDocument` for unsupported types."""
    start = _beginning(given, 4096)
    if b"%PDF-" in start[:1024]:
        return kinds.PDF
    if start.startswith(b"PK\x03\x04"):
        return _in_archive(given, name)
    if start.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _in_compound_file(given, name)
    lower = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if lower.startswith((b"<!doctype html", b"<html")):
        return kinds.HTML
    if promised in ("", kinds.TEXT) and _is_mail(start):
        return kinds.EMAIL
    if promised in _BINARY:
        raise UnreadableDocument(
            f"{name} is damaged: it does not begin as its type does. Other files go on.",
            hint="Open it in the program that made it and save it anew, or fetch it again.",
        )
    if promised:
        return promised
    raise unsupported(name)


def unsupported(name: str) -> UnreadableDocument:
    """The refusal of a type that has no reader."""
    return UnreadableDocument(
        f"{name} is of a type that is not supported; it was left out, other files go on.",
        hint=f"Supported are {kinds.SUPPORTED}. Save it as one of these.",
    )


def _beginning(given: Path | bytes, size: int) -> bytes:
    if isinstance(given, bytes):
        return given[:size]
    with given.open("rb") as file:
        return file.read(size)


def _is_mail(start: bytes) -> bool:
    """Whether it begins with header fields of which one is written by mail programs, and hardly by people."""
    fields = _FIELDS.match(start)
    return fields is not None and _OF_PROGRAMS.search(fields[0]) is not None and b"from:" in fields[0].lower()


def _in_archive(given: Path | bytes, name: str) -> str:
    with open_archive(given, name) as archive:
        names = set(archive.namelist())
        for member, media_type in _BY_MEMBER.items():
            if member in names:
                return media_type
        if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
            found = _BY_MIMETYPE.get(archive.read("mimetype").strip())
            if found:
                return found
    raise unsupported(name)


def _in_compound_file(given: Path | bytes, name: str) -> str:
    """Old Office formats and encrypted new ones share a container; the names in its directory tell them apart."""
    data = _beginning(given, _MOST)
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise UnreadableDocument(
            f"{name} is encrypted and was not read; other files go on.",
            hint="Open it with its password, save a copy without password, and choose that.",
        )
    if any(each.encode("utf-16-le") in data for each in ("Workbook", "Book\0")):
        return kinds.XLS
    raise unsupported(name)
