"""Text that somebody else wrote, so that all of it is seen: nothing in it turns, hides or moves what is around it."""

import re
from typing import Final

HIDDEN_MARKS: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\ud800-\udfff]"
)
"""Control characters besides tab and line feed, marks that turn the direction of writing, halves of characters, and
what has no shape (Unicode's *default ignorable code points*)."""

_PICTURES: Final = 0x2400
"""Where the pictures of the first control characters begin."""


def visible(text: str) -> str:
    """The text word for word, with what could not be seen in it named: “⟨U+202E⟩”, “␛”."""
    return HIDDEN_MARKS.sub(lambda match: _named(match[0]), text)


def _named(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(_PICTURES + code)
    return f"⟨U+{code:04X}⟩"
