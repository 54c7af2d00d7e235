"""Breaking a question down: into questions that can be looked up one by one, made from the question alone."""

from dataclasses import dataclass
from typing import Final

from desktop.agents.evidence.asking import decode_answer, objects
from desktop.agents.evidence.fencing import fence
from desktop.agents.evidence.grounding import nearly_same
from desktop.agents.evidence.statements import count_words
from desktop.agents.research import prompts
from desktop.agents.research.assignment import Assignment
from desktop.engine import Run

ASK_STEP: Final = "ask"
_FEWEST_WORDS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Subquestion:
    """A question to look up; the first of all is the person's own."""

    text: str
    words: str = ""  # others that a text which answers it may use


async def break_down(run: Run, assignment: Assignment) -> list[Subquestion]:
    """The person's question, then those that it consists of."""

    async def ask(goal: str) -> list[Subquestion]:
        most = assignment.effort.questions
        answer = await run.ask(prompts.questions_prompt(goal, max(1, most)))
        asked = [Subquestion(text=goal)]
        for entry in objects(decode_answer(answer).get("questions")):
            text, words = _line(entry.get("question")), _line(entry.get("words"))
            if len(asked) == 1 and not asked[0].words:
                asked[0] = Subquestion(text=goal, words=words)
            if count_words(text) >= _FEWEST_WORDS and not any(nearly_same(text, each.text) for each in asked):
                asked.append(Subquestion(text=text, words=words))
        return asked[: most + 1]

    return await run.step(ASK_STEP, ask, assignment.goal)


def _line(value: object) -> str:
    return fence(value) if isinstance(value, str) else ""
