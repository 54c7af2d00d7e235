"""The sentences that may answer, found by their words alone: out of many passages, few enough for a model to read."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from desktop.agents.evidence.sentences import sentence_spans
from desktop.agents.evidence.statements import count_words, sentence_alone
from desktop.agents.research.claims import Claim, different, weight_of
from desktop.agents.research.searching import Excerpt
from desktop.agents.research.terms import Terms

MOST_OF_ONE: Final = 6
"""Sentences of one passage, at most: what is asked for in several places is not crowded out by one."""

_OWN: Final = 2  # sentences for the person's question, for each one that goes to one of its parts
_FEWEST_WORDS: Final = 2  # of a claim that is no item of a list

_ITEM: Final = re.compile(r"[-*\u2022\u2013\u00b7]\s|\(?(?:\d{1,2}|[a-z])[.)]\s")
_HEADING: Final = re.compile(
    r"#{1,6}\s.*|\d+(?:\.\d+)*\.?\s+[^.!?:]{1,80}|.*\u00b6|[-*\u2022]\s(?:\d+\.\s+[^.!:]{1,80}|(?:\d+\.)+\d+\.?\s.*)"
)
"""A heading by its mark or number, also where a table of contents lists it."""

_HEADING_BEFORE: Final = re.compile(r".*\u00b6\s+", re.DOTALL)

Spot = tuple[int, int, str]
"""Start and end of a sentence in its passage, and the sentence on one line."""


def candidates_of(excerpts: Sequence[Excerpt], terms: Sequence[Terms], most: int) -> list[Claim]:
    """The sentences that speak most of the questions, `most` at most, in the order of the passages.

    Two in three are for the person's own question, the others for its parts in turn. `terms` are the questions'.
    """
    claims = [claim for excerpt in excerpts for claim in _claims(excerpt)]
    kept: set[int] = set()
    taken: Counter[tuple[str, int]] = Counter()
    for place in _in_turn(claims, terms):
        source = claims[place].document, claims[place].passage
        if len(kept) < most and place not in kept and taken[source] < MOST_OF_ONE:
            kept.add(place)
            taken[source] += 1
    return different(claims[place] for place in sorted(kept))


def _in_turn(claims: Sequence[Claim], terms: Sequence[Terms]) -> Iterator[int]:
    """The claims' places, the best first: several for the first question, then one for the next, and so on."""
    orders = [_order(claims, number, each) for number, each in enumerate(terms)]
    parts = [place for row in zip(*orders[1:], strict=False) for place in row]
    own = iter(orders[0])
    for part in parts:
        yield from islice(own, _OWN)
        yield part
    yield from own


def _order(claims: Sequence[Claim], number: int, terms: Terms) -> list[int]:
    """All places; those of claims that a search for this question found come before the others."""
    weights = [(number in claim.questions, weight_of(claim, terms)) for claim in claims]
    return sorted(range(len(claims)), key=lambda place: (not weights[place][0], -weights[place][1], place))


def _claims(excerpt: Excerpt) -> Iterator[Claim]:
    passage, spots = excerpt.passage, _sentences(excerpt.passage.text)
    for (start, end, text), lead in zip(spots, _leads(spots), strict=True):
        if _says_something(text):
            yield Claim(
                text=text,
                quote=passage.text[start:end],
                document=passage.document,
                passage=passage.number,
                questions=tuple(sorted({0, *excerpt.questions})),
                lead=lead,
                page=passage.page,
                line=None if passage.line is None else passage.line + passage.text.count("\n", 0, start),
                heading=passage.heading,
            )


def marked(claims: Sequence[Claim], chosen: set[int]) -> list[Claim]:
    """The claims, with what the model chose marked; `chosen` are places."""
    return [replace(claim, chosen=place in chosen) for place, claim in enumerate(claims)]


def _leads(spots: Sequence[Spot]) -> list[str]:
    """The sentence with a colon that introduces each item of a list; of what is none, nothing."""
    leads: list[str] = []
    lead = ""
    for _, _, text in spots:
        is_item = _ITEM.match(text) is not None
        leads.append(lead if is_item else "")
        if not is_item:
            lead = text if text.endswith(":") else ""
    return leads


def _says_something(text: str) -> bool:
    """Whether a sentence is more than a heading with its number or mark, or a word with a footnote."""
    return not _HEADING.fullmatch(text) and (_ITEM.match(text) is not None or count_words(text) >= _FEWEST_WORDS)


def _sentences(text: str) -> list[Spot]:
    """The sentences; of those that are repeated word for word, the first."""
    found: dict[str, Spot] = {}
    for start, end in sentence_spans(text):
        if before := _HEADING_BEFORE.match(text, start, end):
            start = before.end()
        line = sentence_alone(text[start:end])
        found.setdefault(line, (start, end, line))
    return list(found.values())
