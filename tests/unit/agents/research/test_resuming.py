"""A run that was interrupted at any step goes on there, and asks nothing twice."""

import pytest

from desktop.engine import Hit, RuntimeFailed
from tests.fakes.memory_run import MemoryRun
from tests.fakes.memory_web import MemoryWeb
from tests.unit.agents.research.scene import HARBOUR, LETTER, a_request, a_run, carry_out

URL = "https://port.example/fees"
REQUEST = a_request(
    "How high is the harbour fee for a ship?", {"rules.md": HARBOUR, "letter.txt": LETTER}, web="on", sources=URL
)
STEPS = ("find", "fetch", "ask", "web search", "fetch found", "index", "search", "read", "compare", "write", "check")


def web() -> MemoryWeb:
    pages = {
        URL: "Fees\n\nThe harbour fee is due at noon.",
        "https://b.example/": "Ships\n\nA ship pays a harbour fee.",
    }
    return MemoryWeb(pages, [Hit(title="Ships", url="https://b.example/", snippet="")])


async def whole() -> MemoryRun:
    run = a_run(REQUEST, web=web())
    await carry_out(run)
    return run


async def test_a_run_has_the_steps_of_its_plan() -> None:
    run = await whole()
    assert tuple(run.steps) == STEPS
    assert [step.name for step in run.plans[-1]] == list(STEPS)


@pytest.mark.parametrize("lost", STEPS)
async def test_a_run_goes_on_at_the_step_at_which_it_ended(lost: str) -> None:
    first = await whole()
    result = await carry_out(a_run(REQUEST, web=web(), earlier=first))
    gone = STEPS[STEPS.index(lost) :]
    for key in [key for key in first.journal if key[0] in gone]:
        del first.journal[key]
    second = a_run(REQUEST, web=web(), earlier=first)
    assert await carry_out(second) == result
    assert {step for step, _ in second.done} == set(gone)
    assert second.artifacts == first.artifacts


async def test_a_finished_run_asks_nothing_again() -> None:
    first = await whole()
    nothing = MemoryWeb()
    second = a_run(REQUEST, web=nothing, earlier=first)
    await carry_out(second)
    assert (second.prompts, second.done, nothing.fetched) == ([], [], [])


async def test_the_journal_holds_no_text_of_what_was_given() -> None:
    long = HARBOUR + "\n\n" + "\n\n".join(f"The harbour fee for a ship is {n} euros." for n in range(2000))
    run = a_run(a_request("How high is the harbour fee for a ship?", {"long.txt": long}))
    await carry_out(run)
    assert all(len(result) < 100_000 for _, result in run.journal.values())


async def test_a_failing_model_loses_nothing_of_what_was_read() -> None:
    calls = 0

    def script(prompt: object) -> str:
        nonlocal calls
        calls += 1
        raise RuntimeFailed("The runtime crashed.", hint="Try again.")

    run = a_run(REQUEST, script, web=web())
    with pytest.raises(RuntimeFailed):
        await carry_out(run)
    second = a_run(REQUEST, web=web(), earlier=run)
    await carry_out(second)
    assert ("fetch", "0") not in second.done
    assert calls == 1
