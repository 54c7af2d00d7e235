"""The sum that a bill makes: net amount and tax are its total. Figures that add up confirm each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, Protocol

_LABELLED: Final = 1.0
"""A figure with this score has a label that speaks for it."""
_MOST: Final = 8  # labelled figures of each kind that are tried


class Figure(Protocol):
    """A number at a place, with how well what stands around it fits."""

    @property
    def start(self) -> int:
        """Its place in the text."""

    @property
    def value(self) -> str | int | float:
        """What it stands for."""

    @property
    def score(self) -> float:
        """How well it fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Where the parts of a sum stand, as character offsets."""

    net: int
    tax: int
    total: int

    def place_of(self, concept: str | None) -> int | None:
        """Where the net amount, the tax or the total stands; None for anything else."""
        return {"net": self.net, "tax": self.tax, "total": self.total}.get(concept or "")


def find_sum(figures: Mapping[str, Sequence[Figure]]) -> Sum | None:
    """The sum whose parts the labels speak for; None where none adds up to the cent, or two different ones do.

    `figures` has the candidates for `net`, `tax` and `total`. At least two parts must be labelled; the third may be any
    figure that completes the sum, the best labelled one first.
    """
    labelled = {name: _labelled(found) for name, found in figures.items()}
    places = {name: _by_cents(found) for name, found in figures.items()}
    sums: dict[tuple[int, int, int], Sum] = {}
    for missing, sign in (("net", -1), ("tax", -1), ("total", 1)):
        one, other = (name for name in ("total", "net", "tax") if name != missing)
        for first, second in product(labelled[one], labelled[other]):
            cents = _cents(first) + sign * _cents(second)
            third = places[missing].get(cents)
            parts = {one: first, other: second, missing: third}
            if third is not None and 0 < _cents(parts["tax"]) < _cents(parts["net"]):
                key = (_cents(parts["net"]), _cents(parts["tax"]), _cents(parts["total"]))
                starts = {name: part.start for name, part in parts.items() if part is not None}
                sums.setdefault(key, Sum(**starts))
    return next(iter(sums.values())) if len(sums) == 1 else None


def _labelled(figures: Sequence[Figure]) -> list[Figure]:
    fitting = [figure for figure in figures if figure.score >= _LABELLED]
    return sorted(fitting, key=lambda figure: -figure.score)[:_MOST]


def _by_cents(figures: Sequence[Figure]) -> dict[int, Figure]:
    """The best figure of each value."""
    return {_cents(figure): figure for figure in sorted(figures, key=lambda figure: figure.score)}


def _cents(figure: Figure | None) -> int:
    return round(float(figure.value) * 100) if figure is not None else 0
