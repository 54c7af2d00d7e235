"""Text from outside that looks like a model's special tokens, made harmless on the way in and put right on the way out.

A runtime reads `<|im_end|>` in a message as the end of the message, whoever wrote it: a document could speak in the
person's name. A WORD JOINER (U+2060, no width) after the first character makes it text again.
"""

import re
from collections.abc import Iterable
from typing import Final

JOINER: Final = "\u2060"
ESCAPED_JOINER: Final = "\\u2060"
"""How the joiner may stand in an answer that is JSON."""
_STEERING = re.compile(r"<[|\uff5c][^<>\s]{1,64}[|\uff5c]>")


def looks_special(token: str) -> bool:
    """Whether runtimes take a token of this form for a special one, whatever its kind says."""
    return _STEERING.fullmatch(token) is not None


_IN_USE: Final = re.compile(
    rf"{_STEERING.pattern}|</?s>|<(?:bos|eos|pad|unk|mask|eop|sep)>|<(?:start|end)_of_(?:turn|image)>|<</?SYS>>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|IMG)\]|<(?:unused|reserved_)\d{1,4}>"
)
"""The forms of special tokens in the chat templates of today: for a model whose vocabulary nobody knows."""


class Neutraliser:
    """Knows the special tokens of one model; None: those of any, by their forms."""

    def __init__(self, special_tokens: Iterable[str] | None) -> None:
        self._special = _IN_USE if special_tokens is None else _any_of(special_tokens)

    def neutral(self, text: str) -> str:
        """The text with every special token in it broken up."""
        if self._special is None:
            return text
        return self._special.sub(lambda found: found[0][0] + JOINER + found[0][1:], text)

    def restored(self, text: str) -> str:
        """The text as it would be without what `neutral` put in."""
        for joiner in (JOINER, ESCAPED_JOINER):
            if joiner in text and self._special is not None:
                text = self._restored(text, joiner)
        return text

    def _restored(self, text: str, joiner: str) -> str:
        assert self._special is not None  # noqa: S101 - seen by the only caller
        parts = text.split(joiner)
        whole = parts[0]
        for part in parts[1:]:
            candidate = whole[-1:] + part
            whole += part if self._special.match(candidate) else joiner + part
        return whole


def _any_of(tokens: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted((token for token in tokens if len(token) > 1), key=lambda token: (-len(token), token))
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
