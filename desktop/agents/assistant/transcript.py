"""The whole course of a run, for whoever wants to know how it came about: nothing in it is summed up or cut."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec

from desktop.agents.assistant.conversation import Summary
from desktop.agents.assistant.turn import Turn
from desktop.agents.assistant.working import Working
from desktop.engine import Spent, Verification

NAME: Final = "transcript.json"


def transcript(work: Working, ended: str, verification: Verification, spent: Spent) -> bytes:
    """The file's bytes."""
    budget = work.assignment.budget
    told = {
        "goal": work.assignment.goal,
        "ended": ended or "finished",
        "budget": {"turns": budget.turns, "seconds": budget.seconds, "tokens": budget.tokens},
        "spent": {
            "turns": sum(turn.by_model for turn in work.turns),
            "seconds": round(spent.seconds, 2),
            "tokens": spent.tokens,
        },
        "plans": [{"from_turn": number, "steps": steps} for number, steps in work.plans],
        "turns": _turns(work.turns, spent),
        "summaries": [_summary(each) for each in work.summaries],
        "tools_left_out": work.menu.left_out,
        "answer": work.answer,
        "verification": verification,
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2)


def _turns(turns: Sequence[Turn], end: Spent) -> list[dict[str, Any]]:
    begins = [turn.choice.began for turn in turns] + [end]
    return [
        {
            "turn": turn.number,
            "by": "model" if turn.by_model else "legwork",
            "thought": turn.choice.thought,
            "call": {"tool": turn.choice.action, "arguments": turn.choice.arguments},
            "output": turn.output,
            "failed": turn.failed,
            "same_as_turn": turn.like or None,
            "tokens": max(turn.choice.ended.tokens - began.tokens, 0),
            "thinking_seconds": round(turn.choice.ended.seconds - began.seconds, 2),
            "call_seconds": round(max(next_began.seconds - turn.choice.ended.seconds, 0.0), 2),
        }
        for turn, (began, next_began) in zip(turns, pairwise(begins), strict=True)
    ]


def _summary(summary: Summary) -> dict[str, Any]:
    return {"through_turn": summary.through, "calls": summary.calls, "facts": summary.facts}
