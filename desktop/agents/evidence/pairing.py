"""Whether the figures of a statement belong to the same things in its sources. Small models swap them."""

from collections.abc import Sequence, Set
from itertools import combinations, product
from typing import Final

Clause = Set[str]
"""The words and figures of a clause."""

_MARGIN: Final = 2  # words by which two figures must fit each other's place better: one may be chance
_RIVAL: Final = 2  # words of the statement that two clauses have in common which say the same of different things


def are_mixed_up(said: Set[str], statement: Sequence[Clause], sources: Sequence[Clause]) -> bool:
    """Whether the figures `said` stand with other words, or with each other, as they do nowhere in the sources.

    Both are given clause by clause. Where a clause of the sources holds both figures of a pair, nobody can tell.
    """
    placed = [(figure, clause) for clause in statement for figure in sorted(said & clause)]
    pairs = combinations(placed, 2)
    if any(mine != other and _swapped(one, mine, two, other, sources) for (one, mine), (two, other) in pairs):
        return True
    words = frozenset[str]().union(*statement) - said
    return len(said) > 1 and any(_is_alone(figure, said, words, sources) for figure in said)


def _swapped(one: str, mine: Clause, two: str, other: Clause, sources: Sequence[Clause]) -> bool:
    """Whether two figures of different clauses would fit better the other way round, wherever they stand."""
    if one == two or any(one in clause and two in clause for clause in sources):
        return False
    here, there = mine - {one, two}, other - {one, two}
    places = list(product(_with(one, sources), _with(two, sources)))
    return bool(places) and all(
        len(here & first) + len(there & second) + _MARGIN <= len(there & first) + len(here & second)
        for first, second in places
    )


def _is_alone(figure: str, said: Set[str], words: Set[str], sources: Sequence[Clause]) -> bool:
    """Whether a figure stands with one that is not said, and the said ones in clauses that say the same beside it."""
    places = _with(figure, sources)
    if not places or any((said - {figure}) & clause for clause in places):
        return False
    rivals = [clause for clause in sources if (said - {figure}) & clause]
    return bool(rivals) and all(
        len(words & place & rival) >= _RIVAL and _figures(place) - said - {"1"}
        for place, rival in product(places, rivals)
    )


def _with(figure: str, sources: Sequence[Clause]) -> list[Clause]:
    return [clause for clause in sources if figure in clause]


def _figures(clause: Clause) -> set[str]:
    return {token for token in clause if token[0].isdigit()}
