"""What servers give: which of it can be read, as what, and in which encoding."""

import codecs
from typing import Final
from urllib.parse import unquote, urlsplit

from desktop.tools import file_kinds as kinds

_BINARY: Final = frozenset((kinds.PDF, kinds.DOCX, kinds.XLSX, kinds.PPTX, kinds.XLS, kinds.ODS, kinds.EPUB))
_KINDS: Final = {
    "text/html": kinds.HTML,
    "application/xhtml+xml": kinds.HTML,
    "application/json": "application/json",
    "application/xml": "text/xml",
    **{kind: kind for kind in _BINARY},
}
_SAYS_NOTHING: Final = frozenset(("", "application/octet-stream", "binary/octet-stream", "application/force-download"))
_MARKS: Final = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_ENCODINGS: Final = frozenset(
    (
        *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "koi8-r", "koi8-u", "mac-roman", "gb2312", "gbk", "gb18030"),
        *("big5", "euc_jp", "shift_jis", "iso2022_jp", "euc_kr", "cp866", "cp874", "cp932", "cp949"),
        *(f"cp125{number}" for number in range(9)),
        *(f"iso8859-{number}" for number in range(2, 17) if number != 12),
    )
)
"""Encodings of the web (https://encoding.spec.whatwg.org/), by Python's names; others take any time or are no text."""

_LATIN: Final = frozenset(("ascii", "iso8859-1"))
"""What the web calls so is Windows' western encoding (the same standard)."""


def is_readable(media_type: str) -> bool:
    """Whether there is a reader for that, or it may turn out that there is."""
    return bool(_kind(media_type)) or media_type in _SAYS_NOTHING


def kind_of(media_type: str, url: str) -> str:
    """What to read it as; where the server says nothing by the address's ending, empty where that says nothing too."""
    return _kind(media_type) or kinds.media_type_of(unquote(urlsplit(url).path))


def with_mark(content: bytes, kind: str, charset: str) -> bytes:
    """Text in UTF-8 with a mark, where the server says its encoding and that is true: it counts before the page's own.

    A mark that is there counts before the server's word.
    """
    name = _encoding(charset)
    if kind in _BINARY or not name or content.startswith(_MARKS):
        return content
    try:
        return codecs.BOM_UTF8 + content.decode(name).encode()
    except UnicodeError:
        return content


def _kind(media_type: str) -> str:
    if known := _KINDS.get(media_type):
        return known
    if media_type.startswith("text/") or media_type.endswith(("+json", "+xml")):
        return kinds.TEXT if media_type != "text/csv" else media_type
    return ""


def _encoding(charset: str) -> str:
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):  # a name that no codec can have
        return ""
    if name in _LATIN:
        return "cp1252"
    return name if name in _ENCODINGS else ""
