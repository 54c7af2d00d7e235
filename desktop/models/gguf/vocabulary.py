"""The tokens of a model that steer it, found without keeping its whole vocabulary."""

from collections.abc import Sized
from typing import Final

from desktop.models.gguf.kinds import SCALARS
from desktop.models.gguf.refusals import Malformed
from desktop.models.gguf.source import Source
from desktop.models.neutral import looks_special

TOKENS: Final = "tokenizer.ggml.tokens"
KINDS_OF_TOKENS: Final = "tokenizer.ggml.token_type"
KIND_NUMBERS: Final = (4, 5)  # UINT32, INT32: both are found in files
CONTROL: Final = 3
"""The kind of a token that steers the model and is not text."""
MOST_TOKEN_BYTES: Final = 1_024
"""A special token that is longer can't be meant."""
MOST_SPECIAL: Final = 32_768
"""The most that a model is known to have is a fifth of this."""


def special_tokens(source: Source, *, tokens: tuple[int, int], kinds: tuple[int, int, int]) -> frozenset[str]:
    """The texts of a vocabulary that runtimes read as steering, be it by their kind or by their looks.

    `tokens` is where the texts begin and how many there are, `kinds` the same for their kinds after what sort of number
    those are; where these do not fit, looks alone count. Raises `Malformed`.
    """
    place, count = tokens
    controls = _controls(source, kinds, count)
    found: set[str] = set()
    source.go_to(place)
    for number, length in enumerate(source.texts(count)):
        is_control = number in controls
        if not 0 < length <= MOST_TOKEN_BYTES or not (is_control or source.peek() == ord("<")):
            continue
        text = source.look(length).decode("utf-8", "replace")
        if is_control or looks_special(text):
            found.add(text)
            _few(found)
    return frozenset(found)


def _controls(source: Source, kinds: tuple[int, int, int], count: int) -> frozenset[int]:
    """The numbers of the tokens that are said to steer the model."""
    sort, place, stated = kinds
    if stated != count or sort not in KIND_NUMBERS:
        return frozenset()
    source.go_to(place)
    layout = SCALARS[sort]
    found: set[int] = set()
    for number, (kind,) in enumerate(layout.iter_unpack(source.take(count * layout.size))):
        if kind == CONTROL:
            found.add(number)
            _few(found)
    return frozenset(found)


def _few(found: Sized) -> None:
    if len(found) > MOST_SPECIAL:
        raise Malformed(f"it has more than {MOST_SPECIAL:,} special tokens")
