"""Bytes to text, in whatever encoding they are."""

import codecs

from charset_normalizer import CharsetMatch, from_bytes

from desktop.engine import UnreadableDocument
from desktop.tools.reading.binary import is_binary, wide_encoding

# the marks of UTF-32 begin with those of UTF-16, so they come first
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 256 * 1024


def decode(data: bytes, name: str, declared: str = "") -> str:
    """The text with its line ends as line feeds. Raises `UnreadableDocument` where the bytes are no text."""
    return _decode(data, name, declared).replace("\r\n", "\n").replace("\r", "\n")


def _decode(data: bytes, name: str, declared: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    sample = data[:_SAMPLE]
    if b"\0" in sample:
        return data.decode(_wide(sample, name), "replace")
    if is_binary(sample):
        raise _binary(name)
    for encoding in filter(None, (declared, "utf-8")):
        try:
            text = data.decode(encoding)
            text.encode()  # what a document declares may give halves of characters, which no message can carry
        except (LookupError, UnicodeError):
            continue
        return text
    return _guessed(data)


def _guessed(data: bytes) -> str:
    found = from_bytes(data[:_SAMPLE])
    best = found.best()
    if best is None or any(_western(each, best) for each in found):
        return data.decode("cp1252", "replace")
    return data.decode(best.encoding, "replace")


def _western(match: CharsetMatch, best: CharsetMatch) -> bool:
    """Whether Windows' western encoding, the one most often met, is about as likely as the best guess."""
    likely = match.coherence >= best.coherence - 0.05 and match.chaos <= best.chaos + 0.1
    return likely and "cp1252" in match.could_be_from_charset


def _wide(sample: bytes, name: str) -> str:
    """UTF-16 without a mark, the only text that holds zero bytes."""
    encoding = wide_encoding(sample)
    if not encoding:
        raise _binary(name)
    return encoding


def _binary(name: str) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name} holds binary data, no text; it was left out, other files go on.",
        hint="Choose the document itself, or give the file the extension of the program that made it.",
    )
