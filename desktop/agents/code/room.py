"""How much of the given files fits into the prompts, and how long an answer may be."""

from typing import Final

from desktop.agents.code import prompts
from desktop.agents.code.assignment import Assignment
from desktop.agents.code.project import Project
from desktop.engine import CannotComplete, Run

_ASK_TOKENS: Final = 400  # of the question at a prompt's end, with what went wrong
_MOST_CHARACTERS_A_TOKEN: Final = 8  # of what may be told at all, so that nobody counts the tokens of a whole disk
_ROUNDS: Final = 6


async def fitted_opening(run: Run, assignment: Assignment, project: Project) -> prompts.Opening:
    """The description with as much of the files as fits, counted in the model's tokens. Raises `CannotComplete`."""
    model = await run.load_model()
    most = model.context_tokens * _MOST_CHARACTERS_A_TOKEN
    base = "\n".join(text[:most] for text in project.base.values())[:most]
    written = int(1.3 * len(await run.token_ends(base))) + 300 if base else 0
    answer = max(prompts.PROGRAM_TOKENS, written)
    room = model.context_tokens - 2 * answer - _ASK_TOKENS - prompts.TEMPLATE_TOKENS  # a repair shows the program too
    shortest = prompts.opening_text(assignment, project, len(base))
    if len(shortest) > most or len(await run.token_ends(shortest)) > room or _is_cut(project, most):
        what = "description and the program that is to be changed are" if base else "description is"
        raise CannotComplete(
            f"The {what} too long for {model.name}, which holds {model.context_tokens:,} tokens with the new program; "
            "nothing was written.",
            hint="Shorten it, give fewer files, or choose a model with a larger context.",
        )
    characters = room * _MOST_CHARACTERS_A_TOKEN
    text = prompts.opening_text(assignment, project, characters)
    for _ in range(_ROUNDS):
        tokens = len(await run.token_ends(text[:most])) * max(len(text), most) // most
        if tokens <= room:
            return prompts.Opening(text=text, answer_tokens=answer)
        characters = int(min(characters, len(text)) * room / tokens * 0.95)
        text = prompts.opening_text(assignment, project, max(characters, len(base)))
    return prompts.Opening(text=shortest, answer_tokens=answer)


def _is_cut(project: Project, most: int) -> bool:
    """Whether the program that is to be changed has more characters than may be told at all."""
    return sum(map(len, project.base.values())) > most
