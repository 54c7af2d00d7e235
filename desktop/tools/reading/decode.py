"""Bytes to text, in whatever encoding they are."""

import codecs

from charset_normalizer import CharsetMatch, from_bytes

from desktop.engine import UnreadableDocument

# the marks of UTF-32 begin with those of UTF-16, so they come first
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 256 * 1024
_HARMLESS = b"\t\n\v\f\r\x1a\x1b"


def decode(data: bytes, name: str, declared: str = "") -> str:
    """The text with its line ends as line feeds. Raises `UnreadableDocument` where the bytes are no text."""
    return _decode(data, name, declared).replace("\r\n", "\n").replace("\r", "\n")


def _decode(data: bytes, name: str, declared: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    encoding = _wide(data[:_SAMPLE])
    if encoding:
        return data.decode(encoding, "replace")
    _refuse_binary(data[:_SAMPLE], name)
    for encoding in filter(None, (declared, "utf-8")):
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
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


def _wide(sample: bytes) -> str:
    """UTF-16 without a mark: half of its bytes are zero, always the same half."""
    half = len(sample) // 2
    if half < 2 or len(sample) % 2:
        return ""
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.05 else ""


def _refuse_binary(sample: bytes, name: str) -> None:
    strange = sum(sample.count(each) for each in range(32) if each not in _HARMLESS)
    if b"\0" in sample or strange * 50 > len(sample):
        raise UnreadableDocument(
            f"{name} holds binary data, no text; it was left out, other files go on.",
            hint="Choose the document itself, or give the file the extension of the program that made it.",
        )
