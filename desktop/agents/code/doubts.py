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
from desktop.agents.code.program import ProgramText
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
    before: Tried | None = None  # the program as it was given, on the same cases; None where it was not

    def first(self) -> str:
        """What weighs most, to stand behind “all tests pass, but …”; empty where they are as good as a proof."""
        if any(_MEDDLES.search(text) for text in self.chosen.program.files.values()):
            return "the program meddles with how it is tested"
        if doubt := self._of_change():
            return doubt
        if self._persons_proof >= FEWEST_TESTS:
            return ""
        if sum(looks_of(case).is_strong for case in self._kept) < FEWEST_TESTS:
            return "they are few"
        return self._of_agreement() or self._of_errors() or self._of_tests()

    @property
    def _kept(self) -> list[Case]:
        return [self.cases[place] for place in self.choice.kept]

    def _count(self, origin: Origin) -> int:
        return sum(case.origin is origin for case in self._kept)

    @property
    def _persons_proof(self) -> int:
        """Tests of the person's, unless the program as it was given passes them all: those say nothing of a change."""
        total = self._count(Origin.GIVEN) + self.chosen.theirs.total
        if self.before is None or self.before.theirs.passed < self.before.theirs.total:
            return total
        given = [place for place in self.choice.kept if self.cases[place].origin is Origin.GIVEN]
        return total if any(map(self._failed_before, given)) else 0

    def _failed_before(self, place: int) -> bool:
        return self.before is not None and not (self.before.shown and self.before.shown[place].passed)

    def _of_change(self) -> str:
        """Where a given program was to be changed, a test that counts has to have failed before."""
        if self.before is None:
            return ""
        if _alike(self.before.program, self.chosen.program):
            return "nothing was changed"
        if self._persons_proof or any(map(self._failed_before, self.choice.kept)):
            return ""
        return "the program passed them all before it was changed, so that none shows the change"

    def _of_agreement(self) -> str:
        vouched = self._persons_proof + self._count(Origin.STATED)
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
        if missed and not (self.chosen.theirs.total and self._persons_proof):
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


def _alike(one: ProgramText, other: ProgramText) -> bool:
    """Whether two programs have the same text, ends of files aside."""
    return {name: text.rstrip() for name, text in one.files.items()} == {
        name: text.rstrip() for name, text in other.files.items()
    }
