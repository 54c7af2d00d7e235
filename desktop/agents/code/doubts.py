"""Why a program that passes all of its tests may be wrong all the same.

The tests are mostly the model's own, and so are the programs that agree on them. What is called verified has to have
more than that for it: each rule here is a way in which programs were wrong that passed everything.
"""

import re
from dataclasses import dataclass
from typing import Final

from desktop.agents.code.cases import Case, Origin
from desktop.agents.code.choosing import Choice
from desktop.agents.code.observing import looks_of
from desktop.agents.code.trying import Tried

FEWEST_TESTS: Final = 5
"""Fewer say little."""
FEWEST_ALIKE: Final = 3
"""Other tries that came to the same behaviour by themselves."""
ALIKE_WITH_EXAMPLES: Final = 0.5
"""Of the other tries that run, where the person's examples pass too."""
ALIKE_ALONE: Final = 0.75
"""Of the other tries that run, where nothing of the person's vouches for the program."""
MOST_DOUBTED: Final = 0.25
"""Of the tests that the model wrote: more in doubt, and it does not know what is wanted."""
MOST_APART: Final = 0.2
"""Of the probes: more in which the other tries agree on something else, and it means something else than they do."""

_MEDDLES: Final = re.compile(r"\b(?:_exit|_getframe|settrace|setprofile|pytest|junit|cases\.json|__saw__|gc)\b")
"""What no program needs that is asked to do something else than to pass its tests."""
_ERRORS: Final = re.compile(r"\b[A-Z]\w*Error\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """Looks for what speaks against a program whose tests pass."""

    chosen: Tried
    cases: list[Case]
    choice: Choice
    goal: str

    def first(self) -> str:
        """What weighs most, to stand behind “all tests pass, but …”; empty where they are as good as a proof."""
        if any(_MEDDLES.search(text) for text in self.chosen.program.files.values()):
            return "the program meddles with how it is tested"
        if self._count(Origin.GIVEN) + self.chosen.theirs.total >= FEWEST_TESTS:
            return ""
        if sum(looks_of(case).is_strong for case in self._kept) < FEWEST_TESTS:
            return "they are few"
        return self._of_agreement() or self._of_errors() or self._of_tests()

    @property
    def _kept(self) -> list[Case]:
        return [self.cases[place] for place in self.choice.kept]

    def _count(self, origin: Origin) -> int:
        return sum(case.origin is origin for case in self._kept)

    def _of_agreement(self) -> str:
        vouched = self._count(Origin.GIVEN) + self._count(Origin.STATED) + self.chosen.theirs.total
        share = ALIKE_WITH_EXAMPLES if vouched else ALIKE_ALONE
        if self.choice.alike < FEWEST_ALIKE or self.choice.alike < share * self.choice.others:
            return "the model wrote them itself, and its other tries at the program behave differently"
        probes = sum(case.origin is Origin.PROBE for case in self.cases)
        if len(self.choice.apart) > MOST_APART * probes:
            return (
                f"the tries at the program do different things with {len(self.choice.apart)} of {probes} other inputs"
            )
        return ""

    def _of_errors(self) -> str:
        """Errors are what tries forget together: each that the description names has to have been seen."""
        seen = {error for case in self._kept for error in _ERRORS.findall(case.source)}
        missed = sorted(set(_ERRORS.findall(self.goal)) - seen)
        if missed and not self.chosen.theirs.total:
            return f"none of them sees the {missed[0]} that the description names"
        return ""

    def _of_tests(self) -> str:
        written = sum(case.origin is Origin.WRITTEN for case in self.cases)
        doubted = [self.cases[place] for place in self.choice.doubted]
        if len(doubted) > MOST_DOUBTED * written:
            return f"{len(doubted)} others were left out since the tries at the program contradict them"
        named = set(_ERRORS.findall(self.goal))
        for case in doubted:
            if named & set(_ERRORS.findall(case.source)):
                return f"it was left out that {' '.join(case.source.split())[:160]}, which no try does"
        return ""
