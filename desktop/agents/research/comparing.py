"""Claims beside each other: what is said twice is said once, and what contradicts each other is named."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Final

from desktop.agents.evidence.asking import decode_answer
from desktop.agents.evidence.grounding import Wording
from desktop.agents.research import prompts
from desktop.agents.research.claims import Claim
from desktop.engine import Run

COMPARE_STEP: Final = "compare"
MOST_PAIRS: Final = 4
"""Pairs of claims that the model is asked about, at most."""

_ALIKE: Final = 0.4  # share of their words that two sentences have in common which speak of the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two claims, by their places, that may not both be true."""

    one: int
    other: int


async def contradictions(run: Run, claims: Sequence[Claim]) -> list[Pair]:
    """The pairs that the model takes for contradictions, among those that speak of the same and differ."""
    pairs = await asyncio.to_thread(suspects, claims)
    judged = await run.map(COMPARE_STEP, pairs, partial(_contradict, run, claims))
    return [pair for pair, contradict in zip(pairs, judged, strict=True) if contradict]


def suspects(claims: Sequence[Claim]) -> list[Pair]:
    """Pairs with many words in common that differ in their figures, or of which one denies: the closest first."""
    found: list[tuple[float, Pair]] = []
    wordings = [Wording(claim.text) for claim in claims]
    for one, other in combinations(range(len(claims)), 2):
        alike = wordings[one].alike(wordings[other])
        denied = wordings[one].denies != wordings[other].denies
        differ = denied or wordings[one].has_other_figures(wordings[other])
        if alike >= _ALIKE and differ:
            found.append((alike, Pair(one=one, other=other)))
    return [pair for _, pair in sorted(found, key=lambda each: (-each[0], each[1].one, each[1].other))[:MOST_PAIRS]]


async def _contradict(run: Run, claims: Sequence[Claim], pair: Pair) -> bool:
    answer = await run.ask(prompts.contradiction_prompt(claims[pair.one].text, claims[pair.other].text))
    return decode_answer(answer).get("contradict") is True
