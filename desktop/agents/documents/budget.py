"""How much fits into a prompt of the loaded model."""

from dataclasses import dataclass
from typing import Final

from desktop.agents.documents import prompts
from desktop.agents.documents.assignment import Assignment
from desktop.agents.documents.mode import Mode
from desktop.engine import CannotComplete, Run

PASSAGE_TOKENS: Final = 1000
"""The longest passage: longer ones fit many models, but small models lose the thread in them."""

FEWEST_TOKENS: Final = 100
"""Below this, a passage is too short to be understood."""

MOST_NOTES: Final = 6
"""Points noted on one passage, at most."""

_NUMBERING: Final = 1.35
"""Tokens of a passage with its sentences numbered, against the passage as it is; with some room to spare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Tokens that may be spent on what changes from prompt to prompt."""

    passage: int  # of a document's text in one prompt
    notes: int  # of notes in one prompt, their numbers included


def notes_wanted(count: int | None, passages: int) -> int:
    """Points to note on each passage so that enough are there to choose from."""
    wanted = 2 * (count or 6)
    return max(3, min(MOST_NOTES, -(-wanted // max(1, passages))))


def notes_needed(count: int | None, passages: int) -> int:
    """Points that each passage must give, so that there are as many as the summary has."""
    return max(1, min(MOST_NOTES, -(-(count or 4) // max(1, passages))))


async def make_budget(run: Run, assignment: Assignment, answer: int) -> Budget:
    """What fits beside the instructions, the goal and the answer. Raises `CannotComplete` where nothing does."""
    model = await run.load_model()
    if assignment.mode is Mode.EXTRACT:
        opening = prompts.fields_prompt(assignment)
    else:
        opening = prompts.note_prompt(assignment, ["x"], "", MOST_NOTES)
    text = "\n".join(message.content for message in opening.messages)
    fixed = len(await run.token_ends(text)) + prompts.TEMPLATE_TOKENS + 40
    room = model.context_tokens - fixed - answer
    if room / _NUMBERING < FEWEST_TOKENS:
        raise CannotComplete(
            f"The goal and the instructions take {fixed:,} tokens, and {model.name} holds {model.context_tokens:,} "
            "with its answer, so no document fits beside them.",
            hint="Shorten the goal, or choose a model with a larger context.",
        )
    return Budget(passage=min(PASSAGE_TOKENS, int(room / _NUMBERING)), notes=room)
