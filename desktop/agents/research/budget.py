"""Whether a question leaves room for what is read beside it."""

from typing import Final

from desktop.agents.research import prompts
from desktop.agents.research.assignment import Assignment
from desktop.engine import CannotComplete, Run

_NEEDED: Final = 1100
"""Tokens for a passage, or for the sentences that an answer is written from, with the answer itself."""


async def check_room(run: Run, assignment: Assignment) -> None:
    """Raise `CannotComplete` where the question takes the place of what is to be read."""
    model = await run.load_model()
    taken = len(await run.token_ends(prompts.choose_opening(assignment.goal, ())))
    if taken + _NEEDED > model.context_tokens:
        raise CannotComplete(
            f"The question takes {taken:,} tokens, and {model.name} holds {model.context_tokens:,} with its answer, so "
            "nothing can be read beside it.",
            hint="Shorten the question, or choose a model with a larger context.",
        )
