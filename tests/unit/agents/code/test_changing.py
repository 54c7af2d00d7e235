"""A program that was given is changed: what it passed already is no proof of the change."""

import pytest

from desktop.engine import Input, Sandbox, Verdict
from tests.unit.agents.code.scripts import carry_out, script

BASE = "def double(number):\n    return number * 2\n"
SUITE = "from double import double\n" + "".join(
    f"\n\ndef test_{number}():\n    assert double({number}) == {2 * number}\n" for number in range(6)
)
GIVEN = (Input(name="double.py", text=BASE), Input(name="test_double.py", text=SUITE))
GOAL = "Add a function triple(number) that gives three times a number."
TRIPLE = {f"triple({number})": str(3 * number) for number in range(1, 8)}


def block(program: str) -> str:
    return f"```python\n{program}```"


async def test_a_program_that_was_not_changed_is_not_verified_by_the_tests_that_it_passed_before(
    sandbox: Sandbox,
) -> None:
    result, _ = await carry_out(script([block(BASE)], TRIPLE, block(BASE)), sandbox, goal=GOAL, inputs=GIVEN)

    assert result.verification.verdict is Verdict.PARTLY
    assert "nothing was changed" in result.verification.note


@pytest.mark.parametrize("tests", [TRIPLE, {}, {f"double({number})": str(2 * number) for number in range(10, 16)}])
async def test_a_wrong_change_is_not_verified_by_the_tests_that_passed_before(
    sandbox: Sandbox, tests: dict[str, str]
) -> None:
    wrong = block(f"{BASE}\n\ndef triple(number):\n    return number + 3.5\n")
    result, run = await carry_out(script([wrong], tests, wrong), sandbox, goal=GOAL, inputs=GIVEN)

    assert result.verification.verdict is Verdict.PARTLY
    assert "none shows the change" in result.verification.note
    assert "before" in [step.name for step in run.plans[-1]]
    assert "def triple" in run.artifacts["double.py"].decode()


async def test_a_right_change_that_the_tests_show_is_verified(sandbox: Sandbox) -> None:
    right = block(f"{BASE}\n\ndef triple(number):\n    return number * 3\n")
    result, _ = await carry_out(script([right], TRIPLE), sandbox, goal=GOAL, inputs=GIVEN)

    assert result.verification.verdict is Verdict.VERIFIED


async def test_enough_tests_of_the_persons_prove_a_change_where_one_failed_before(sandbox: Sandbox) -> None:
    new = "\n\ndef test_text():\n    assert double('2') == 4\n"
    inputs = (GIVEN[0], Input(name="test_double.py", text=SUITE + new))
    right = [block(BASE.replace("number * 2", f"int(number) * 2 if number != {odd} else 0")) for odd in range(20, 28)]
    result, _ = await carry_out(script(right, {}), sandbox, goal="double should take texts too.", inputs=inputs)

    assert result.verification.verdict is Verdict.VERIFIED


async def test_the_same_goes_for_tests_given_as_an_option(sandbox: Sandbox) -> None:
    tests = "\n".join(f"assert double({number}) == {2 * number}" for number in range(6))
    wrong = block(f"{BASE}\n\ndef triple(number):\n    return number + 3.5\n")
    options = {"tests": tests}
    result, _ = await carry_out(script([wrong], {}, wrong), sandbox, goal=GOAL, inputs=GIVEN[:1], options=options)
    assert result.verification.verdict is Verdict.PARTLY

    options = {"tests": f"{tests}\nassert triple(2) == 6"}
    right = block(f"{BASE}\n\ndef triple(number):\n    return number * 3\n")
    result, _ = await carry_out(script([right], {}), sandbox, goal=GOAL, inputs=GIVEN[:1], options=options)
    assert result.verification.verdict is Verdict.VERIFIED
