"""What a person reads first of an errand, and how far it can be relied on."""

from collections.abc import Sequence
from typing import Final

from desktop.agents.assistant.checking import PROVING, Review
from desktop.agents.assistant.turn import FINISH, LISTING, WRITING, Turn
from desktop.agents.evidence.markdown import inert
from desktop.engine import Verdict, Verification

ANSWER_NAME: Final = "answer.md"


def verify(ended: str, review: Review, turns: Sequence[Turn]) -> Verification:
    """The verdict; `ended` says why the work ended before the goal, empty where it did not."""
    if ended:
        note = f"The goal was not reached: {ended}. The answer says what was."
        return Verification(verdict=Verdict.PARTLY, checks=review.checks, note=note)
    if not evidence(turns):
        note = "The answer rests on no action: the model gave it out of its head."
        return Verification(verdict=Verdict.NOT_VERIFIED, checks=review.checks, note=note)
    if review.missing:
        note = f"A check found: {review.missing}"
        return Verification(verdict=Verdict.PARTLY, checks=review.checks, note=note)
    if all(turn.choice.action == WRITING and turn.by_model for turn in evidence(turns)):
        note = "What was written rests on nothing that was read or computed."
        return Verification(verdict=Verdict.PARTLY, checks=review.checks, note=note)
    if not any(check.name in PROVING for check in review.checks):
        note = "Only the model itself could look whether it is right."
        return Verification(verdict=Verdict.PARTLY, checks=review.checks, note=note)
    return Verification(verdict=Verdict.VERIFIED, checks=review.checks, note="All that could be checked holds.")


def evidence(turns: Sequence[Turn]) -> list[Turn]:
    """The turns that brought something: a list of names is nothing yet."""
    return [turn for turn in turns if not turn.failed and turn.choice.action not in (FINISH, LISTING)]


def summary_markdown(answer: str, verification: Verification, ended: str) -> str:
    """The answer, with what is to be known before it is believed."""
    if verification.verdict is Verdict.VERIFIED:
        return inert(answer)
    heading = "Not finished" if ended else "Unverified"
    return f"**{heading}.** {inert(verification.note)}\n\n{inert(answer)}"
