"""Binary data told from text, whatever the encoding of the text may be."""

import codecs
import re
import unicodedata
from collections import Counter
from typing import Final

_CONTROLS: Final = bytes(set(range(1, 32)) - set(b"\t\n\v\f\r\a\b\x1b"))
"""What no text holds. Bells and backspaces are in what a terminal recorded, and escapes have a rule of their own."""
_LONE_ESCAPE: Final = re.compile(rb"\x1b(?![ -~])")
"""An escape that begins no terminal's sequence, and no shift of ISO 2022."""
_MOST_CONTROLS: Final = 0.02

_ASCII: Final = bytes(range(128))
_ENOUGH: Final = 64
"""Bytes beyond ASCII from which on their distribution says something."""
_MANY: Final = 0.3
_FREQUENT: Final = 32
_EVEN: Final = 0.75
"""The share of the 32 most frequent values among bytes beyond ASCII, below which all are used evenly. The letters of an
alphabet are not: texts in 50 encodings of one byte a character had 0.9 and more, while compressed or encrypted data has
0.25, and a hundred bytes of it at most 0.74."""
_WIDELY_SPREAD: Final = ("utf-8", "gb18030", "big5hkscs", "cp949", "cp932", "euc_jp", "utf-16-le", "utf-16-be")
"""The encodings that use nearly all values as evenly. Each leaves gaps, into which other data falls."""
_MOST_ODD: Final = 0.03
_ODD: Final = frozenset(("Cc", "Cn", "Co", "Cs"))
_USUAL: Final = frozenset("\t\n\v\f\r\a\b\x1a\x1b")
_STRAY: Final = 0.25
"""Fewer zeros than this among text of other bytes make no UTF-16."""


def is_binary(sample: bytes) -> bool:
    """Whether bytes without zeros are no text in any encoding in use. A few bytes get the benefit of the doubt."""
    return _has_controls(sample) or (
        _is_evenly_spread(sample) and all(_oddity(sample, encoding) > _MOST_ODD for encoding in _WIDELY_SPREAD)
    )


def wide_encoding(sample: bytes) -> str:
    """The UTF-16 that bytes with zeros are in, though no mark says so; empty where they are binary."""
    # of a character's two bytes the high one, which tells its script, takes few values and is often zero
    first, second = sample[0::2], sample[1::2]
    oddity, kinds, _, low_kinds, encoding = min(
        (_oddity(sample, encoding), len(set(high)), -high.count(0), len(set(low)), encoding)
        for encoding, high, low in (("utf-16-le", second, first), ("utf-16-be", first, second))
    )
    if oddity > _MOST_ODD or (_has_stray_zeros(sample) and not (sample.isascii() and kinds <= low_kinds / 2)):
        return ""
    return encoding


def _has_controls(sample: bytes) -> bool:
    sample = sample.rstrip(b"\x1a")  # the end of a text under DOS
    controls = len(sample) - len(sample.translate(None, _CONTROLS)) + len(_LONE_ESCAPE.findall(sample))
    return controls > _MOST_CONTROLS * len(sample)


def _is_evenly_spread(sample: bytes) -> bool:
    """Whether many bytes are beyond ASCII, and take nearly all values equally often."""
    high = sample.translate(None, _ASCII)
    if len(high) < max(_ENOUGH, _MANY * len(sample)):
        return False
    frequent = sum(count for _, count in Counter(high).most_common(_FREQUENT))
    return frequent < _EVEN * len(high)


def _has_stray_zeros(sample: bytes) -> bool:
    """Whether zeros are few among what is text without them, as in the log of a machine that lost its power."""
    others = sample.translate(None, b"\0")
    if len(sample) - len(others) > _STRAY * len(sample) or _has_controls(others):
        return False
    try:
        codecs.utf_8_decode(others)  # does not mind a character that the end cuts
    except UnicodeDecodeError:
        return False
    return True


def _oddity(sample: bytes, encoding: str) -> float:
    """The share of characters that no text holds, if the bytes were in this encoding."""
    text = sample.decode(encoding, "replace")
    odd = sum(each == "\ufffd" or (unicodedata.category(each) in _ODD and each not in _USUAL) for each in text)
    return odd / len(text)
