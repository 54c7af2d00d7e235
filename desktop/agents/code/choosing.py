"""Chooses among programs by how they behave: programs and test cases of a model check each other.

A model writes wrong programs and wrong tests, but its mistakes differ from try to try, and what is right comes again
and again. A case counts the more the more programs pass it, and a program the more of what it does others do too
(the idea of CodeT, Chen et al. 2022, and of choosing by agreement of outputs, Shi et al. 2022).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from desktop.agents.code.cases import Case, Origin
from desktop.agents.code.trying import Tried

_CERTAIN: Final = 8.0
"""What a case counts that the person states, against at most 1 for one of the model."""
_BLUNDERS: Final = (
    "NameError",
    "AttributeError",
    "UnboundLocalError",
    "RecursionError",
    "OutOfTime",
    "SyntaxError",
    "ModuleNotFoundError",
)
"""No program means to end like this, so no number of them agrees on it."""

Counts: TypeAlias = Sequence["Counter[str]"]
"""For each case, how many programs do what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The best of several programs, and what stands behind it."""

    best: int  # place among those that were tried
    kept: tuple[int, ...]  # places of the cases that count, in order
    doubted: tuple[int, ...]  # of those that programs contradict so much that they are more likely wrong
    ranking: tuple[int, ...] = ()  # places of all programs, the best first
    alike: int = 0  # others that came about by themselves and do the same in all cases that count
    others: int = 0  # that came about by themselves and run at all
    apart: tuple[int, ...] = ()  # places of the probes where most others agree on something else


def choose(tried: Sequence[Tried], cases: Sequence[Case], independent: int | None = None) -> Choice:
    """The program to go on with. The first `independent` ones came about without knowing of each other (None: all)."""
    does = [_behaviour(each, len(cases)) for each in tried]
    counts: Counts = [Counter(row[place] for row in does if row[place]) for place in range(len(cases))]
    weights = [_weight(case, place, tried) for place, case in enumerate(cases)]

    def worth(number: int) -> tuple[float, float, float, int]:
        shown = tried[number].shown
        theirs = tried[number].theirs
        by_person = theirs.passed / theirs.total if theirs.total else 0.0
        if not shown:
            return (by_person, -1.0, 0.0, -number)
        pairs = list(zip(cases, shown, strict=True))
        passed = sum(weight for weight, each in zip(weights, shown, strict=True) if each.passed)
        agreed = sum(counts[place][what] for place, what in enumerate(does[number]) if what)
        certain = sum(each.passed for case, each in pairs if case.origin in (Origin.GIVEN, Origin.STATED))
        share = passed / (sum(weights) or 1.0) + agreed / (len(tried) * len(cases) or 1)
        return (by_person, float(certain), share, -number)

    ranking = sorted(range(len(tried)), key=worth, reverse=True)
    best = ranking[0]
    kept, doubted = _sorted_out(tried, cases, counts, does[best], best)
    others = [row for number, row in enumerate(does[:independent]) if number != best and any(row)]
    alike = sum(bool(kept) and all(row[place] == does[best][place] for place in kept) for row in others)
    apart = [
        place
        for place, case in enumerate(cases)
        if case.origin is Origin.PROBE and _is_outvoted(does[best][place], [row[place] for row in others])
    ]
    return Choice(
        best=best,
        ranking=tuple(ranking),
        kept=tuple(kept),
        doubted=tuple(doubted),
        alike=alike,
        others=len(others),
        apart=tuple(apart),
    )


def _behaviour(tried: Tried, count: int) -> list[str]:
    """What a program does in each case, empty where that says nothing about what it means to do."""
    if not tried.shown:
        return [""] * count
    found = [each.value or ("passes" if each.passed else "") for each in tried.shown]
    return ["" if each.endswith(_BLUNDERS) and "raises " in each else each for each in found]


def _weight(case: Case, place: int, tried: Sequence[Tried]) -> float:
    if case.origin is Origin.PROBE:
        return 0.0
    if case.origin is not Origin.WRITTEN:
        return _CERTAIN
    return sum(bool(each.shown) and each.shown[place].passed for each in tried) / len(tried)


def _is_outvoted(does: str, others: Sequence[str]) -> bool:
    """Whether more of the others agree on something else than on this."""
    votes = Counter(each for each in others if each)
    return bool(votes) and votes[does] < votes.most_common(1)[0][1]


def _sorted_out(
    tried: Sequence[Tried], cases: Sequence[Case], counts: Counts, does: Sequence[str], best: int
) -> tuple[list[int], list[int]]:
    """The cases that count, and those in doubt: of the model's own, only what the program passes, or most others do."""
    kept, doubted = [], []
    for place, case in enumerate(cases):
        if case.origin is Origin.PROBE:
            continue
        passes = sum(bool(each.shown) and each.shown[place].passed for each in tried)
        shown = tried[best].shown
        passed = bool(shown) and shown[place].passed
        rivals = counts[place].most_common(1)
        outvoted = passed and bool(rivals) and counts[place][does[place]] * 2 < rivals[0][1]
        if case.origin is not Origin.WRITTEN or (passed and not outvoted) or (not passed and passes * 2 >= len(tried)):
            kept.append(place)
        else:
            doubted.append(place)
    return kept, doubted
