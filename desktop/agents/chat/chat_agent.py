"""The agent that puts one question to a model, so that the answer is kept like the result of any other task."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Final

from desktop.agents.chat.conversation import MOST_TOKENS, understand
from desktop.engine import (
    Check,
    FinishReason,
    PlannedStep,
    Prompt,
    Result,
    Run,
    Source,
    TaskRequest,
    Verdict,
    Verification,
    Work,
)

ANSWER_STEP: Final = "answer"
WHOLE_ANSWER: Final = "whole answer"
"""The check that fails where an answer was cut off at its limit of tokens."""

_CHARACTERS_PER_TOKEN: Final = 4
_USUAL_TOKENS: Final = 400  # of an answer
_UNCHECKED: Final = "This is what the model said; nobody checked whether it is true."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the model said, and whether that is all of it."""

    text: str
    whole: bool


class ChatAgent:
    """Asks a model once. Implements `Agent`; programs come here by naming a model where a kind of task could stand."""

    kind: ClassVar[str] = "chat"
    title: ClassVar[str] = ""

    def check(self, request: TaskRequest) -> None:
        """Raise `InvalidRequest` where the options or inputs do not make a question."""
        understand(request)

    def outline(self, request: TaskRequest, _sources: Sequence[Source]) -> tuple[PlannedStep, ...]:
        """The one step, by the length of the conversation."""
        prompt = understand(request)
        characters = sum(len(message.content) for message in prompt.messages)
        expected = _USUAL_TOKENS if prompt.max_tokens == MOST_TOKENS else prompt.max_tokens
        work = Work(prompt_tokens=characters / _CHARACTERS_PER_TOKEN, output_tokens=expected)
        return (PlannedStep(name=ANSWER_STEP, title="Answer", work=work),)

    async def carry_out(self, run: Run) -> Result:
        """Ask, and say with the answer that it is unchecked."""
        reply = await run.step(ANSWER_STEP, partial(_answer, run), understand(run.request))
        whole = Check(name=WHOLE_ANSWER, passed=int(reply.whole), total=1)
        return Result(
            summary=reply.text,
            verification=Verification(verdict=Verdict.NOT_VERIFIED, checks=(whole,), note=_UNCHECKED),
        )


async def _answer(run: Run, prompt: Prompt) -> Reply:
    answer = await run.ask(prompt)
    return Reply(text=answer.text, whole=answer.finish is FinishReason.STOP)
