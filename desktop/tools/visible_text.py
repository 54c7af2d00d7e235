"""Text as a person has to see it who decides about it: what would hide, or look like something else, is spelt out."""

import unicodedata
from typing import Final

_KEPT: Final = frozenset("\n\t")
_HIDING: Final = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))


def visible_text(text: str) -> str:
    """The text with each character that steers, turns or hides others by its number: `⟨U+202E⟩`."""
    return "".join(f"⟨U+{ord(each):04X}⟩" if _hides(each) else each for each in text)


def _hides(mark: str) -> bool:
    return mark not in _KEPT and unicodedata.category(mark) in _HIDING
