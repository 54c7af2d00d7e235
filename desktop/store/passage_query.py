"""What is asked of the full text, from words that may be anything."""

import re
from typing import Final

MOST_WORDS: Final = 48
"""Words of a question that are looked for: more say nothing more, and each costs."""

_WORD: Final = re.compile(r"[^\W_]+")
_SMALL_WORDS: Final = (
    """
    a about all also an and any are as at be been by can could do does for from had has have how if in into is it
    its may me must my no not of on or our should so such than that the their them then there these they this
    those to was we were what when where which who whom whose why will with would you your
    """,
    """
    aber alle als am an auch auf aus bei bis da das dass dem den der des die dies diese dieser du durch ein eine
    einem einen einer eines er es für gibt hat ich ihr im in ist kann man mit muss nach nicht noch oder sein sich
    sie sind so soll über um und uns vom von vor wann war warum was welche welchen welcher welches wenn wer werden
    wie wieviele wir wird wo wurde zu zum zur
    """,
)
"""English and German words that say nothing about what is looked for."""

_ENGLISH, _GERMAN = (frozenset(words.split()) for words in _SMALL_WORDS)
_ENDING: Final = re.compile(r"(?:ern|en|er|em|es|e|n|s)$")
_SHORTEST_STEM: Final = 4


def query_of(words: str) -> str:
    """An FTS5 expression for rows with any of these words; empty where there is none to look for.

    Each word stands in quotes, so that nothing in it is an operator. The tokenizer stems English. In a question that
    is German by its small words, a word is also looked for without its ending: `Rechnungen` finds `Rechnung`.
    """
    found = dict.fromkeys(word for word in _WORD.findall(words.casefold()))
    telling = [word for word in found if word not in _ENGLISH and word not in _GERMAN] or list(found)
    is_german = any(word in _GERMAN and word not in _ENGLISH for word in found) or bool(re.search("[äöüß]", words))
    terms = [term for word in telling[:MOST_WORDS] for term in (_forms(word) if is_german else [f'"{word}"'])]
    return " OR ".join(terms)


def _forms(word: str) -> list[str]:
    """A German word, and the beginning that its other forms share; with the two ways to write a sharp s."""
    stem = _ENDING.sub("", word)
    stem = stem if len(stem) >= _SHORTEST_STEM else word
    if len(stem) < _SHORTEST_STEM:
        return [f'"{word}"']
    beginnings = dict.fromkeys([stem, stem.replace("ss", "\u00df")])  # casefold made ss of it
    return [f'"{word}"', *(f'"{beginning}" *' for beginning in beginnings)]
