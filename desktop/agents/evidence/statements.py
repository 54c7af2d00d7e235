"""Sentences as things that are said: on one line, without what only their place gave them."""

import re

FEWEST_WORDS = 3  # that make a statement
_NEEDS_NO_STOP = range(5, 40)  # words: fewer without a stop are a heading, more were cut off
STOPS = (".", "!", "?", ":", ";", "\u201c", "\u201d", '"', "\u3002")

_A_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{2}|[^\W\d_]{2,}")
_HEADING = re.compile(r"\A(?:§ ?)?\d[\d.]{0,6}[.)]?[ \t][^\n.!?:;,]{1,12}\n\s*(?=\S)")


def one_line(text: str) -> str:
    """The text with every run of white space as one space, and words that were hyphenated at line ends put together."""
    return " ".join(re.sub(r"(?<=[^\W\d_])[-\u00ad]\s*\n\s*(?=[a-zäöüß])", "", text).replace("\u00ad", "").split())


def sentence_alone(text: str) -> str:
    """A sentence of a document on one line, without the short numbered heading that it may begin with ("§ 3 Rent")."""
    return one_line(_HEADING.sub("", text))


def count_words(text: str) -> int:
    """Words of at least two letters; in a script without spaces, pairs of its signs."""
    return len(_A_WORD.findall(text))


def is_statement(text: str) -> bool:
    """Whether a text may say something: a heading, a row of numbers or a sentence that was cut off does not."""
    words = count_words(text)
    return words >= FEWEST_WORDS and not text.endswith("…") and (text.endswith(STOPS) or words in _NEEDS_NO_STOP)
