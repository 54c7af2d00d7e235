from typing import Any

import pytest

from desktop.agents import ResearchAgent
from desktop.engine import CannotComplete, Prompt, Verdict
from tests.fakes.memory_run import MemoryRun
from tests.unit.agents.research.scene import (
    HARBOUR,
    LETTER,
    a_request,
    a_run,
    body,
    carry_out,
    diligent,
    lines_of,
    properties,
    report,
    sources,
)

TOWNS = [a + b + "ton" for a in "BCDFGHKLMNPRST" for b in ("a", "e", "i", "o", "u", "ar", "er", "or", "in", "on")]
TEXTS = {"rules.md": HARBOUR, "letter.txt": LETTER}
GOAL = "How high is the harbour fee for a ship?"


async def test_an_answer_comes_with_quotations_that_are_looked_up_in_their_sources() -> None:
    run = a_run(a_request(GOAL, TEXTS))
    result = await carry_out(run)
    assert "harbour fee for a ship is" in result.summary
    quotes = [quote for source in sources(run) for quote in source["quotes"]]
    assert {"text": "The harbour fee for a ship is 40 euros a day.", "found": True} in quotes
    assert all(quote["found"] and quote["text"] in HARBOUR + LETTER for quote in quotes)
    checks = {check.name: (check.passed, check.total) for check in result.verification.checks}
    assert checks["quotations found"] == (len(quotes), len(quotes))
    assert result.verification.verdict is Verdict.PARTLY
    assert result.verification.note == "Quotations that contradict each other: 1."
    assert "## Sources" in report(run)


async def test_sources_that_agree_make_a_verified_answer() -> None:
    result = await carry_out(a_run(a_request(GOAL, {"rules.md": HARBOUR}), agreeing))
    assert result.verification.verdict is Verdict.VERIFIED
    assert "contradict" not in result.summary


def agreeing(prompt: Prompt) -> Any:
    """Finds no contradictions."""
    return {"contradict": False} if "contradict" in properties(prompt) else diligent(prompt)


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (
            "The fee for a ship is 40 euros. The fee for a ship is not 40 euros.",
            "1 of the sentences rest on no quotation",
        ),
        ("The harbour fee is 40 euros. No, it is not.", "1 of the sentences rest on no quotation"),
        (
            "Die Hafengebühr für ein Schiff ist 40 Euro am Tag.",
            "1 sentence is in another language than its source; its words were not compared",
        ),
    ],
)
async def test_sentences_that_were_not_compared_or_say_the_opposite_are_doubts(answer: str, note: str) -> None:
    def script(prompt: Prompt) -> Any:
        if "answer" in properties(prompt):
            return {"answer": answer, "sentences": [1], "answered": True}
        return agreeing(prompt)

    language = "de" if answer.startswith("Die") else "en"
    result = await carry_out(a_run(a_request(GOAL, {"rules.md": HARBOUR}, language=language), script))
    assert result.verification.verdict is Verdict.PARTLY
    assert note in result.verification.note


def reading_of(run: MemoryRun) -> list[Prompt]:
    """The prompts in which the model chose sentences."""
    return [prompt for prompt in run.prompts if properties(prompt) == {"sentences"}]


def says_no(prompt: Prompt) -> Any:
    """Finds no answer in anything."""
    if "answer" in properties(prompt):
        return {"answer": "Nothing is known of it.", "sentences": [1], "answered": False}
    return diligent(prompt)


async def test_what_the_sources_do_not_answer_is_said_with_what_is_closest() -> None:
    run = a_run(a_request("Who paints the lighthouse of the harbour in Rotterdam?", TEXTS))
    result = await carry_out(run)
    assert result.summary.startswith("**This is not in the sources.** Closest to the question:")
    assert result.verification.verdict is Verdict.NOT_VERIFIED
    assert "do not answer the question" in result.verification.note
    assert "Rotterdam pays" not in report(run)


async def test_it_is_said_in_the_language_of_the_question() -> None:
    result = await carry_out(a_run(a_request("Wer streicht den Leuchtturm und was kostet die Farbe?", TEXTS)))
    assert result.summary.startswith("**Das steht nicht in den Quellen.**")


async def test_a_model_that_says_no_does_not_hide_what_a_sentence_plainly_says() -> None:
    result = await carry_out(a_run(a_request("What is the harbour fee for a ship?", TEXTS), says_no))
    assert "harbour fee for a ship is 40 euros a day" in result.summary
    assert "not in the sources" not in result.summary


async def test_a_model_that_chooses_nothing_leaves_what_speaks_of_the_question_as_closest() -> None:
    def script(prompt: Prompt) -> Any:
        return {"sentences": []} if properties(prompt) == {"sentences"} else diligent(prompt)

    run = a_run(a_request(GOAL, TEXTS), script)
    result = await carry_out(run)
    assert result.verification.verdict is Verdict.NOT_VERIFIED
    assert "The harbour fee for a ship is 40 euros a day." in result.summary


@pytest.mark.parametrize("answer", ["[]", '"no"', "{}", '{"sentences": [99], "answer": ""}'])
async def test_a_model_that_gives_nothing_usable_still_leads_to_a_report(answer: str) -> None:
    result = await carry_out(a_run(a_request(GOAL, TEXTS), lambda _: answer))
    assert result.verification.verdict is Verdict.NOT_VERIFIED
    assert "The harbour fee for a ship is 40 euros a day." in result.summary


async def test_an_answer_without_support_gives_way_to_the_sources_own_words() -> None:
    def script(prompt: Prompt) -> Any:
        if "answer" in properties(prompt):
            return {"answer": "Norwegians pay 999 dollars.", "sentences": [1], "answered": True}
        return diligent(prompt)

    result = await carry_out(a_run(a_request(GOAL, TEXTS), script))
    assert result.summary.startswith("The harbour fee for a ship is ")
    assert "Norwegians" not in result.summary


async def test_contradictions_are_named_side_by_side() -> None:
    run = a_run(a_request(GOAL, TEXTS))
    result = await carry_out(run)
    for text in (report(run), result.summary):
        [line] = [line for line in text.splitlines() if " against " in line]
        assert "40 euros" in line
        assert "55 euros" in line


async def test_no_fact_is_lost_when_the_model_names_only_one() -> None:
    fees = "\n\n".join(f"The harbour fee for a ship of class {name} is {n} euros." for n, name in enumerate("ABCDEFG"))
    run = a_run(a_request("What is the harbour fee for a ship of each class?", {"fees.txt": fees}))
    await carry_out(run)
    assert all(f"class {name} is {n} euros" in report(run) for n, name in enumerate("ABCDEFG"))


async def test_a_question_that_leaves_no_room_is_told() -> None:
    with pytest.raises(CannotComplete, match="nothing can be read beside it") as failed:
        await carry_out(a_run(a_request("Who pays? " * 1500, TEXTS), context_tokens=2048))
    assert failed.value.hint


async def test_sentences_that_do_not_fit_are_read_in_halves() -> None:
    long = "whose name is {0}, whose captain is {1}, and whose owners live in {0} near {1} " * 4
    texts = {
        f"{town}.txt": f"The harbour fee for a ship {long.format(town, town[::-1])}is high." for town in TOWNS[:16]
    }
    run = a_run(a_request(GOAL, texts), context_tokens=1300)
    await carry_out(run)
    assert all(answer.prompt_tokens < 1300 for answer in run.answers)
    assert sum(properties(prompt) == {"sentences"} for prompt in run.prompts) > 1


@pytest.mark.parametrize(("depth", "most"), [("quick", 36), ("normal", 64), ("thorough", 128)])
async def test_the_depth_says_how_many_sentences_are_read(depth: str, most: int) -> None:
    texts = {
        f"{name}.txt": f"The harbour fee for a ship in {name} is due when captain {name[::-1]} lands." for name in TOWNS
    }
    run = a_run(a_request(GOAL, texts, depth=depth))
    await carry_out(run)
    assert sum(len(lines_of(prompt)) for prompt in reading_of(run)) <= most
    assert len(reading_of(run)) > 1


async def test_prompts_for_sentences_share_all_but_the_sentences() -> None:
    run = a_run(
        a_request(GOAL, {f"{n}.txt": f"The harbour fee for a ship {town} is high." for n, town in enumerate(TOWNS)})
    )
    await carry_out(run)
    assert len({body(prompt).partition("<<<")[0] for prompt in reading_of(run)}) == 1
    assert len(reading_of(run)) > 1


async def test_the_draft_shows_what_was_found_so_far() -> None:
    run = a_run(a_request(GOAL, TEXTS))
    await carry_out(run)
    assert run.drafts[-1].startswith("Found so far, in ")
    assert "40 euros" in run.drafts[-1]


def test_the_outline_knows_the_work_from_the_request_alone() -> None:
    agent = ResearchAgent()
    plain = {step.name: step for step in agent.outline(a_request(GOAL, TEXTS), [])}
    deep = {step.name: step for step in agent.outline(a_request(GOAL, TEXTS, depth="thorough", web="on"), [])}
    assert list(plain) == ["find", "ask", "index", "search", "read", "compare", "write", "check"]
    assert deep["read"].work.prompt_tokens > 1.9 * plain["read"].work.prompt_tokens
    assert {"web search", "fetch found"} <= set(deep)
