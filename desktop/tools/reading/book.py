"""EPUB: the chapters in the order of the book's spine."""

import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser

from desktop.engine import Part, UnreadableDocument
from desktop.tools.reading.archive import check, open_archive
from desktop.tools.reading.content import Content
from desktop.tools.reading.limits import Limits
from desktop.tools.reading.web import text_of_bytes


def read(given: Path | bytes, name: str, limits: Limits) -> Content:
    """The chapters, each labelled with its first line; notes name those that are missing."""
    archive = open_archive(given, name)
    check(archive, name, allow_doctype=True)  # an HTML parser reads it, which knows no entities of its own
    notes: list[str] = []
    return Content(parts=_chapters(archive, name, notes), notes=notes)


def _chapters(archive: zipfile.ZipFile, name: str, notes: list[str]) -> Iterator[Part]:
    with archive:
        known = set(archive.namelist())
        for member in _spine(archive, name):
            if member not in known:
                notes.append(f"chapter {member} is missing in the file")
                continue
            text = text_of_bytes(archive.read(member), name)
            yield Part(text=text, label=text.partition("\n")[0][:80])


def _spine(archive: zipfile.ZipFile, name: str) -> list[str]:
    try:
        container = LexborHTMLParser(archive.read("META-INF/container.xml").decode("utf-8", "replace"))
        where = (container.css("rootfile")[0].attributes.get("full-path")) or ""
        package = LexborHTMLParser(archive.read(where).decode("utf-8", "replace"))
    except (KeyError, IndexError) as error:
        raise UnreadableDocument(
            f"{name} is a broken book: it does not say where its chapters are. Other files go on.",
            hint="Fetch it again, or convert it to PDF or HTML.",
        ) from error
    items = {each.attributes.get("id"): each.attributes.get("href") or "" for each in package.css("item")}
    hrefs = [items.get(each.attributes.get("idref"), "") for each in package.css("itemref")]
    folder = posixpath.dirname(where)
    return [posixpath.normpath(posixpath.join(folder, unquote(href))) for href in hrefs if href]
