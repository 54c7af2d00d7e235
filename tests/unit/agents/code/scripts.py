"""Models that write the programs of a test, and tasks for them."""

from collections.abc import Callable
from itertools import cycle
from typing import Any

from desktop.agents import CodeAgent
from desktop.engine import Prompt, Result, Sandbox, TaskRequest
from tests.fakes.memory_reader import MemoryReader
from tests.fakes.memory_run import MemoryRun
from tests.fakes.scripted_model import ScriptedModel

GOAL = "Write a function double(number) that doubles a number. double(4) is 8. A text raises TypeError."
RIGHT = """```python
def double(number):
    if isinstance(number, str):
        raise TypeError("a text")
    return number * 2
```"""
WRONG = "```python\ndef double(number):\n    return number + 4\n```"
WRITTEN = {
    "double(4)": "8",
    "double(0)": "0",
    "double(7)": "14",
    "double(-3)": "-6",
    "double(1.5)": "3.0",
    "double(100)": "201",
    "double('x')": "TypeError",
}
"""Tests as the model writes them; one is wrong."""


def script(programs: list[str], tests: dict[str, str] = WRITTEN, repaired: str = RIGHT) -> Callable[[Prompt], Any]:
    """A model that writes the programs in turn and from the first one again, the same tests each time, and mends in
    one way."""
    turn = cycle(programs)

    def answer(prompt: Prompt) -> Any:
        asked = prompt.messages[-1].content
        if prompt.schema is not None and "name" in prompt.schema["properties"]:
            return {"name": "double"}
        if prompt.schema is not None:
            return {"tests": [{"call": call, "gives": gives} for call, gives in tests.items()]}
        return repaired if "went wrong" in asked else next(turn)

    return answer


async def carry_out(
    answer: Callable[[Prompt], Any],
    sandbox: Sandbox,
    *,
    person: dict[str, str] | None = None,
    reader: MemoryReader | None = None,
    **request: object,
) -> tuple[Result, MemoryRun]:
    asked = TaskRequest(kind="code", **({"goal": GOAL} | request))  # type: ignore[arg-type]
    run = MemoryRun(asked, ScriptedModel(answer), reader or MemoryReader(), sandbox=sandbox)
    run.person = person or {}
    return await CodeAgent().carry_out(run), run
