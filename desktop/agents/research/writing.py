"""The answers in words: the model phrases what the claims say, and every sentence is tied to claims or marked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from desktop.agents.evidence.asking import decode_answer, whole_numbers
from desktop.agents.evidence.grounding import Grounds, nearly_same
from desktop.agents.evidence.sentences import sentence_spans
from desktop.agents.evidence.statements import count_words
from desktop.agents.research import prompts
from desktop.agents.research.assignment import Assignment
from desktop.agents.research.claims import Claim
from desktop.engine import PromptTooLong, Run

WRITE_STEP: Final = "write"
MOST_SHOWN: Final = 14
"""Claims in one prompt, at most: small models lose sight of more."""

_FEWEST_WORDS: Final = 2
_DENIES: Final = re.compile(
    r"\b(?:is|are|was|were) not (?:\w+ly )?(?:mentioned|specified|provided|stated|given|answered|addressed|discussed)\b"
    r"|\b(?:texts?|sentences?|documents?|passages?|sources?|information)\b.{0,30}\b(?:do|does)(?: not|n[\u2019']t) "
    r"(?:\w+ )?(?:mention|specify|provide|contain|answer|state|include|give|say)\b"
    r"|\bno (?:\w+ )?(?:information|mention|answer)\b"
    r"|\bnicht (?:\w+ )?(?:genannt|erw\u00e4hnt|angegeben|beantwortet)\b"
    r"|\bkeine? (?:\w+ )?(?:Angaben?|Information(?:en)?|Antwort|Auskunft)\b",
    re.IGNORECASE,
)
"""What a model writes where it finds no answer: `… is not mentioned in the given text`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A question with the places of the claims that may answer it, the best first."""

    question: str
    places: tuple[int, ...]
    coverage: float = 1.0  # how much of the question the best passage with a claim speaks of, from 0 to 1
    closeness: float = 1.0  # the same for the best sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A sentence of the report, and the places of the claims behind it; without any it is unsupported."""

    text: str
    places: tuple[int, ...]
    translated: bool = False  # in another language than its claims, so that only its figures were compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What the report says to one question."""

    statements: tuple[Statement, ...] = ()
    answered: bool = True  # False: the model finds no answer in the claims
    denied: bool = False  # … and says so in words, which is worth more than a mark: small models set that at random


async def write_answer(run: Run, assignment: Assignment, claims: Sequence[Claim], topic: Topic) -> Section:
    """The answer to a question in a few sentences."""
    [section] = await run.map(WRITE_STEP, [topic], partial(_write, run, assignment, claims))
    return section


async def _write(run: Run, assignment: Assignment, claims: Sequence[Claim], topic: Topic) -> Section:
    if not topic.places:
        return Section(answered=False)
    shown = sorted(topic.places[:MOST_SHOWN])  # as they were read: an item of a list means little by itself
    decoded = await _ask(run, topic.question, [claims[place].in_place for place in shown], assignment.language)
    named = [shown[number - 1] for number in whole_numbers(decoded.get("sentences"), len(shown))]
    grounds = Grounds({place: claims[place].text for place in shown}, assignment.language)
    statements: list[Statement] = []
    for sentence in _sentences(decoded.get("answer")):
        if not any(nearly_same(sentence, said.text) for said in statements):
            places = grounds.behind(sentence, named)
            translated = bool(places) and not grounds.holds_words(sentence, places)
            statements.append(Statement(text=sentence, places=places, translated=translated))
    denied = bool(statements) and _DENIES.search(statements[0].text) is not None
    answered = decoded.get("answered") is not False and not denied
    return Section(statements=tuple(statements), answered=answered, denied=denied)


async def _ask(run: Run, question: str, sentences: list[str], language: str) -> dict[str, Any]:
    """The decoded answer on as many of the sentences as fit."""
    while True:
        try:
            return decode_answer(await run.ask(prompts.answer_prompt(question, sentences, language)))
        except PromptTooLong:
            if len(sentences) == 1:
                raise
            sentences = sentences[: len(sentences) // 2]


def _sentences(value: object) -> list[str]:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if len(text) >= prompts.ANSWER_CHARACTERS and not text.endswith((".", "!", "?")):
        text = text[: max(text.rfind(sign) for sign in (". ", "! ", "? ")) + 1] or f"{text} …"
    found = [text[start:end] for start, end in sentence_spans(text)]
    return [sentence for sentence in found if count_words(sentence) >= _FEWEST_WORDS or sentence[0].isdigit()]
