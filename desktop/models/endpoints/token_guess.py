"""Where tokens might end, for servers that do not say.

Words of up to five letters are one token, of longer ones two letters are; letters beyond ASCII, digits and signs stand
alone, and rarer characters count for two or three. Against a small vocabulary made for English (49,152 tokens, the
starter model's) English prose comes out 1.2 times as long as it is, code 1.4, French 1.0, Chinese 1.1, and German 0.8;
vocabularies of today's larger models hold more of every language in a token.
"""

import re
from typing import Final

from desktop.engine import Prompt

TEMPLATE_TOKENS: Final = 8
"""What a chat template adds around a message, at most of those in use."""

_PIECE: Final = re.compile(
    r"[ \n]?[A-Za-z]{1,5}(?![A-Za-z\u00c0-\u052f])|[ \n]?[A-Za-z]{1,2}|[ \n]?[\u00c0-\u052f]| +|\n{1,2}|.", re.DOTALL
)
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
