"""Where tokens might end, for servers that do not say: rather too many of them than too few.

Byte-pair vocabularies of today hold about four letters of English in a token, two of other alphabets, and one or less
of a Chinese character; digits stand alone in many of them. Counted like this, English comes out a quarter too long, so
that a prompt which fits by this count fits.
"""

import re
from typing import Final

from desktop.engine import Prompt

TEMPLATE_TOKENS: Final = 8
"""What a chat template adds around a message, at most of those in use."""

_PIECE: Final = re.compile(r"[ \n]?[A-Za-z]{1,4}|[ \n]?[\u00c0-\u052f]{1,2}| {1,4}|\n{1,2}|.", re.DOTALL)
_LAST_ASCII: Final = "\x7f"
_LAST_PLANE: Final = "\uffff"


def guessed_ends(text: str) -> tuple[int, ...]:
    """The end of each supposed token as a character offset; a rare character has several, all at its end."""
    return tuple(found.end() for found in _PIECE.finditer(text) for _ in range(_tokens(found[0])))


def guessed_tokens(prompt: Prompt) -> int:
    """How many tokens the prompt has, supposedly."""
    return sum(len(guessed_ends(message.content)) + TEMPLATE_TOKENS for message in prompt.messages)


def _tokens(piece: str) -> int:
    if len(piece) > 1 or piece <= _LAST_ASCII or "\u00c0" <= piece <= "\u052f":
        return 1
    return 2 if piece <= _LAST_PLANE else 3
