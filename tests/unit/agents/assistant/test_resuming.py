"""A run goes on where it was, whatever step it was stopped in, and does nothing twice."""

import json
from typing import Any

import pytest

from desktop.engine import Spent
from tests.fakes.memory_run import MemoryRun
from tests.fakes.memory_tools import MemoryTools
from tests.unit.agents.assistant.scene import FINISH, Act, Desk, Script, a_run, carry_out, transcript

CONTEXT = 1000
GOAL = "Write sum.txt"
FILES = {"a.txt": "12 apples\n" * 200, "b.txt": "30 pears\n" * 200}
ACTS: list[Act] = [
    ("read_file", {"path": "a.txt"}),
    ("read_file", {"path": "missing.txt"}),
    ("read_file", {"path": "b.txt"}),
    FINISH,
    ("write_file", {"path": "sum.txt", "content": "42\n"}),
    ("read_file", {"path": "sum.txt"}),
    ("read_file", {"path": "sum.txt"}),
    FINISH,
]


class _Killed(BaseException):
    """The process ended in the middle of it."""


def a_script(done: int = 0) -> Script:
    return Script(ACTS[done:], answer="There are 42 pieces of fruit.")


async def whole() -> tuple[MemoryRun, Desk]:
    desk = Desk(FILES)
    run = a_run(desk, a_script(), GOAL, context_tokens=CONTEXT)
    await carry_out(run)
    return run, desk


async def killed_before(place: int, journal: dict[Any, Any], tools: MemoryTools) -> bool:
    """Carry out until that many steps or calls were done in this sitting; whether it was killed there."""
    run = a_run(Desk({}), a_script(_chosen(journal)), GOAL, context_tokens=CONTEXT, journal=journal, toolbox=tools)
    run.earlier = _spent(journal)
    left = iter(range(place))
    once, use = run._once, tools.use

    async def counted(name: str, item: str, function: Any, inputs: object, *arguments: object) -> Any:
        if (name, item) not in journal and next(left, None) is None:
            raise _Killed
        return await once(name, item, function, inputs, *arguments)

    async def used(key: str, call: Any) -> Any:
        if key not in tools.remembered and next(left, None) is None:
            raise _Killed
        return await use(key, call)

    run._once, tools.use = counted, used  # type: ignore[method-assign]
    try:
        await carry_out(run)
    except _Killed:
        return True
    finally:
        tools.use = use  # type: ignore[method-assign]
    return False


def _chosen(journal: dict[Any, Any]) -> int:
    return sum(name.startswith("turn ") for name, _ in journal)


def _spent(journal: dict[Any, Any]) -> Spent:
    ended = [json.loads(result)["ended"] for (name, _), (_, result) in journal.items() if name.startswith("turn ")]
    return Spent(**ended[-1]) if ended else Spent()


@pytest.mark.parametrize("stride", [1, 2, 3, 5])
async def test_a_run_that_is_killed_again_and_again_does_each_step_and_call_once(stride: int) -> None:
    expected, desk = await whole()
    mine = Desk(FILES)
    journal: dict[Any, Any] = {}
    tools = MemoryTools(mine.tools)
    kills = 0
    while await killed_before(stride, journal, tools):
        kills += 1

    assert kills >= 18 // stride
    assert tools.calls == expected.tools.calls
    assert mine.files == desk.files
    assert {name for name, _ in journal} == {name for name, _ in expected.journal}
    assert [result for _, result in _choices(journal)] == [result for _, result in _choices(expected.journal)]


async def test_a_finished_run_asks_and_calls_nothing_again_and_gives_the_same() -> None:
    first, _ = await whole()
    calls = list(first.tools.calls)
    again = a_run(Desk({}), Script([]), GOAL, context_tokens=CONTEXT, journal=first.journal, toolbox=first.tools)
    await carry_out(again)

    assert not again.prompts
    assert not again.done
    assert not again.plans
    assert first.tools.calls == calls
    assert transcript(again) == transcript(first)
    assert again.artifacts == first.artifacts


async def test_the_run_of_these_tests_has_steps_of_every_kind() -> None:
    run, _ = await whole()
    kinds = {name.split()[0] for name in run.steps}

    assert kinds == {"begin", "plan", "turn", "summary", "check", "spent"}
    assert {key.split()[0] for key in run.tools.remembered} == {"call", "look"}


def _choices(journal: dict[Any, Any]) -> list[tuple[str, tuple[str, dict[str, str]]]]:
    decoded = [(name, json.loads(result)) for (name, _), (_, result) in journal.items() if name.startswith("turn ")]
    return [(name, (said["action"], said["arguments"])) for name, said in decoded]
