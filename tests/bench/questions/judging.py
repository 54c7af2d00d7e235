"""What an answer is worth: the facts in it, its quotations, and whether it says that the texts do not answer."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.questions.questions import Fact, Question, folded, says

_QUOTED = re.compile(r'"([^"]{30,1000})"')  # shorter ones are names and words
_SOURCES = re.compile(r"^#+ *\W*(?:sources|evidence|references|quotations|quotes|citations)\b.*", re.I | re.M | re.S)
_BLOCK_QUOTE = re.compile(r"^ *>.*$", re.MULTILINE)
_SAYS = "answer|say|state|mention|specif|contain|give|provide|include|tell|address|cover|define|name|indicate|discuss"
_ABSENT = (
    r"\bnot (\w+ ){0,2}in (any of )?(the|these|your|my) (\w+ )?(sources?|passages?|documents?|texts?)",
    rf"\b(do|does|did|could|can|would)( ?not|n't) (\w+ ){{0,2}}({_SAYS}|find)",
    rf"\b(is|are|was|were|be|been)( not|n't| nowhere| never) (\w+ ){{0,3}}({_SAYS}|said|found|answered)",
    r"\bno (\w+ ){0,3}(answer|information|mention|evidence)\b",
    r"\b(can ?not|can't|could not) be (answered|found|determined|established)",
    r"\b(un|not )answered\b",
    r"\bnothing (\w+ ){0,6}(about|on|says|answers|states)\b",
    r"\b(none|neither) of the (\w+ )?(sources|passages|documents|texts) ",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotations:
    """How many were shown as verbatim, and how many of them are."""

    shown: int = 0
    real: int = 0


def found(question: Question, answer: str) -> tuple[Fact, ...]:
    """The facts that the answer states; what it only shows as evidence (block quotes, its list of sources) is not."""
    stated = _BLOCK_QUOTE.sub("", _SOURCES.sub("", answer))
    return tuple(fact for fact in question.facts if fact.is_in(stated))


def denies(answer: str) -> bool:
    """Whether the answer says that the texts do not answer, or that something was not found in them."""
    return says(answer, _ABSENT)


def rightly_denied(question: Question, answer: str) -> bool:
    """Whether a question without an answer got none: it is denied, and nothing is invented beside that."""
    return denies(answer) and not says(answer, question.traps)


def quoted(answer: str, corpus: Mapping[str, str]) -> Quotations:
    """The longer quotations within an answer."""
    whole = [folded(text) for text in corpus.values()]
    quotes = [quote.strip() for quote in _QUOTED.findall(folded(answer))]
    return Quotations(shown=len(quotes), real=sum(any(quote in text for text in whole) for quote in quotes))


def listed(sources: Iterable[Mapping[str, object]], corpus: Mapping[str, str]) -> Quotations:
    """The quotations that a list of sources shows as found; real are those that stand in the very source."""
    judged = [quote for source in sources for quote in _judged(source, corpus)]
    return Quotations(shown=len(judged), real=sum(judged))


def _judged(source: Mapping[str, object], corpus: Mapping[str, str]) -> list[bool]:
    called = f"{source.get('title', '')} {source.get('where', '')}"
    texts = [_squeezed(text) for name, text in corpus.items() if name in called]
    quotes = source.get("quotes", ())
    assert isinstance(quotes, Sequence)
    return [any(_squeezed(quote["text"]) in text for text in texts) for quote in quotes if quote["found"]]


def _squeezed(text: str) -> str:
    return " ".join(text.split())
