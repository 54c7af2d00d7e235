"""What an errand will take. Nobody knows how many turns that are, so the plan grows with them."""

from collections.abc import Sequence
from typing import Final

from desktop.agents.assistant.budget import Budget
from desktop.agents.assistant.turn import Choice, shown_call
from desktop.engine import PlannedStep, Work

USUAL_TURNS: Final = 7
BEGINNING: Final = "begin"
PLAN: Final = "plan"

_TURN: Final = Work(prompt_tokens=350, output_tokens=90)
_CALL: Final = Work(seconds=1.0)
_MOST_TITLE: Final = 80


def planned_steps(begun: Sequence[PlannedStep], number: int, budget: Budget, taken: int = 0) -> tuple[PlannedStep, ...]:
    """The steps that there were, the next turn by its number, and in one line those that are usual behind it.

    `taken` turns of the budget are over.
    """
    further = min(max(USUAL_TURNS - taken - 1, 1), budget.turns - taken - 1)
    ahead = [PlannedStep(name=turn_step(number), title=f"Turn {number}", work=_TURN)]
    if further > 0:
        work = Work(prompt_tokens=_TURN.prompt_tokens * further, output_tokens=_TURN.output_tokens * further)
        ahead.append(PlannedStep(name="further", title="Further turns, as many as it takes", work=work))
    known = {step.name for step in begun}
    return (*begun, *(step for step in ahead if step.name not in known), the_check(number))


def the_beginning() -> PlannedStep:
    """The model is made ready: how much it holds decides how much it is shown."""
    return PlannedStep(name=BEGINNING, title="Begin", work=Work(seconds=0.1))


def the_plan(characters: int) -> PlannedStep:
    """The step in which the plan is made: it reads the goal and the list of actions."""
    return PlannedStep(name=PLAN, title="Plan", work=Work(prompt_tokens=900 + characters / 4, output_tokens=80))


def the_turn(number: int, choice: Choice | None = None) -> PlannedStep:
    """A turn, with what was thought in it."""
    thought = f": {' '.join(choice.thought.split())}" if choice and choice.thought.strip() else ""
    return PlannedStep(name=turn_step(number), title=_short(f"Turn {number}{thought}"), work=_TURN)


def the_call(name: str, number: int, choice: Choice) -> PlannedStep:
    """What a turn calls, or hands over."""
    title = _short(shown_call(choice.action, choice.arguments))
    return PlannedStep(name=name, title=title, work=_CALL, within=turn_step(number))


def the_summary(name: str, first: int, last: int) -> PlannedStep:
    """Older turns are summed up."""
    return PlannedStep(name=name, title=f"Sum up turns {first} to {last}", work=_TURN)


def the_new_plan(name: str) -> PlannedStep:
    """The plan is made anew."""
    return PlannedStep(name=name, title="Plan anew", work=_TURN)


def the_check(number: int) -> PlannedStep:
    """The result of a turn's work is looked at."""
    return PlannedStep(name=f"check {number}", title="Check the answer", work=Work(prompt_tokens=600, output_tokens=40))


def turn_step(number: int) -> str:
    """The name of a turn's step."""
    return f"turn {number}"


def _short(title: str) -> str:
    return title if len(title) <= _MOST_TITLE else f"{title[:_MOST_TITLE]}…"
