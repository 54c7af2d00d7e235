"""Hands a part of an errand to the agent that is made for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from desktop.agents.evidence.fencing import unfenced
from desktop.engine import (
    Agent,
    Artifact,
    CannotComplete,
    InvalidRequest,
    PromptRefused,
    PromptTooLong,
    Run,
    TaskRequest,
    UnreadableDocument,
    Verdict,
)

_REFUSALS: Final = (CannotComplete, InvalidRequest, PromptRefused, PromptTooLong, UnreadableDocument)
"""What trying the part again would not help against: the assistant goes another way."""

_VERDICTS: Final = {
    Verdict.VERIFIED: "It was checked.",
    Verdict.PARTLY: "It was checked in part.",
    Verdict.NOT_VERIFIED: "Nobody checked it.",
    Verdict.FAILED: "Its check failed.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartResult:
    """What came of a part."""

    text: str
    failed: bool = False
    artifacts: tuple[Artifact, ...] = ()  # working files of the run, below the part's name


async def hand_over(run: Run, name: str, helper: Agent, arguments: dict[str, Any]) -> PartResult:
    """Have `helper` do a part of the run, under that name."""
    asked = run.request
    goal = unfenced(str(arguments.get("goal", ""))).strip()  # a model wrote it, which may have it from a file
    inputs = asked.inputs if helper.kind != "code" else ()  # the part's goal says what the program gets
    request = TaskRequest(kind=helper.kind, goal=goal, inputs=inputs, model=asked.model, priority=asked.priority)
    try:
        helper.check(request)
        result = await helper.carry_out(run.part(name, f"{helper.title}: {goal[:60]}", request))
    except _REFUSALS as refusal:
        return PartResult(text=str(refusal), failed=True)
    checked = f"{_VERDICTS[result.verification.verdict]} {result.verification.note}".strip()
    return PartResult(
        text=f"{result.summary}\n\n{checked}",
        failed=result.verification.verdict is Verdict.FAILED,
        artifacts=result.artifacts,
    )


async def keep(run: Run, name: str, artifacts: Sequence[Artifact]) -> list[Artifact]:
    """Make what a part left behind belong to the result too."""
    return [
        await run.write_artifact(f"{name}/{each.name}", each.media_type, await run.read_file(f"{name}/{each.name}"))
        for each in artifacts
    ]
