"""What is looked into: files, folders, pages, and what a search of the web finds; and what could not be had."""

from typing import Any

import pytest

from desktop.agents.research.findings import Findings, Part
from desktop.agents.research.verification import verify
from desktop.agents.research.writing import Statement
from desktop.engine import CannotComplete, Hit, Input, Prompt, TaskRequest, Verdict
from tests.fakes.memory_reader import MemoryReader
from tests.fakes.memory_run import MemoryRun
from tests.fakes.memory_web import MemoryWeb
from tests.fakes.scripted_model import ScriptedModel
from tests.unit.agents.research.scene import HARBOUR, LETTER, a_request, a_run, carry_out, diligent, report, sources

GOAL = "How high is the harbour fee for a ship?"
FEES = "https://port.example/fees"
PAGE = "Fees of the port\n\nThe harbour fee for a ship is 60 euros a day."


async def test_a_named_page_is_read_and_its_text_is_kept_as_it_was() -> None:
    run = a_run(a_request(GOAL, sources=FEES), web=MemoryWeb({FEES: PAGE}))
    result = await carry_out(run)
    assert run.artifacts["pages/page-001-port.example-fees.txt"].decode() == PAGE
    assert {(source["title"], source["document"]) for source in sources(run)} == {("Fees of the port", FEES)}
    assert "60 euros" in result.summary
    assert FEES in report(run)
    assert {"report.md", "sources.json", "pages/page-001-port.example-fees.txt"} == set(run.artifacts)


async def test_a_page_that_can_not_be_had_is_said_and_the_others_are_read() -> None:
    request = a_request(GOAL, {"rules.md": HARBOUR}, sources=["https://gone.example/", FEES])
    run = a_run(request, web=MemoryWeb({FEES: PAGE}))
    result = await carry_out(run)
    assert result.verification.verdict is Verdict.PARTLY
    assert "1 of the sources could not be read" in result.verification.note
    assert "There is no such page." in report(run)
    assert "60 euros" in report(run)


async def test_a_search_of_the_web_brings_pages_each_of_them_once() -> None:
    web = MemoryWeb({FEES: PAGE}, [Hit(title="Fees", url=FEES, snippet="60 euros")])
    run = a_run(a_request(GOAL, sources=FEES, web="on"), web=web)
    await carry_out(run)
    assert web.fetched == [FEES]
    assert len(web.searched) == 2


async def test_a_search_that_is_switched_off_is_said_once() -> None:
    run = a_run(a_request(GOAL, {"rules.md": HARBOUR}, web="on"), web=MemoryWeb())
    result = await carry_out(run)
    assert result.verification.note.count("switched off") == 1
    assert result.verification.verdict is Verdict.PARTLY


@pytest.mark.parametrize("options", [{"sources": "https://gone.example/"}, {"web": "on"}])
async def test_where_there_is_nothing_to_look_into_the_reason_is_said(options: dict[str, str]) -> None:
    with pytest.raises(CannotComplete, match=r"no such page|switched off") as failed:
        await carry_out(a_run(a_request(GOAL, **options)))
    assert failed.value.hint


async def test_files_that_can_not_be_read_do_not_stop_the_others() -> None:
    run = a_run(a_request(GOAL, {"empty.txt": " ", "rules.md": HARBOUR}))
    result = await carry_out(run)
    assert "empty.txt is empty." in report(run)
    assert ("sources read", 1, 2) in [(check.name, check.passed, check.total) for check in result.verification.checks]
    with pytest.raises(CannotComplete, match="None of the sources could be read"):
        await carry_out(a_run(a_request(GOAL, {"empty.txt": " "})))


async def test_files_of_the_same_name_are_told_apart() -> None:
    inputs = (Input(path="/a/rules.md"), Input(path="/b/rules.md"))
    request = TaskRequest(kind="research", goal=GOAL, inputs=inputs)
    reader = MemoryReader({"/a/rules.md": HARBOUR, "/b/rules.md": LETTER})
    run = MemoryRun(request, ScriptedModel(diligent), reader)
    await carry_out(run)
    documents = {source["where"].partition(",")[0]: source["quotes"] for source in sources(run)}
    assert all(quote["found"] for quotes in documents.values() for quote in quotes)
    assert "rules.md (2)" in report(run)


async def test_a_quotation_that_is_not_there_any_more_is_not_shown_as_found() -> None:
    request = TaskRequest(kind="research", goal=GOAL, inputs=(Input(path="/rules.md"),))
    reader = MemoryReader({"/rules.md": HARBOUR})

    def script(prompt: Prompt) -> Any:
        if prompt.schema and "answer" in prompt.schema["properties"]:
            reader.files["/rules.md"] = "All of it is new."
        return diligent(prompt)

    run = MemoryRun(request, ScriptedModel(script), reader)
    result = await carry_out(run)
    assert not any(quote["found"] for source in sources(run) for quote in source["quotes"])
    assert "not found in its source" in result.summary
    assert result.verification.verdict is Verdict.PARTLY
    assert "could not be found in their sources" in result.verification.note


async def test_a_search_that_finds_nothing_ends_the_step_that_was_planned_for_it() -> None:
    run = a_run(a_request(GOAL, {"rules.md": HARBOUR}, web="on"), web=MemoryWeb())
    await carry_out(run)
    assert {step.name for step in run.plans[-1]} == set(run.steps)


def test_many_doubts_are_cut_and_those_about_the_answer_come_first() -> None:
    part = Part(question=GOAL, answered=True, statements=(Statement(text="It is 5.", places=()),), quoted=())
    problems = [f"parts of {n}.pdf could not be read" for n in range(300)]
    findings = Findings(parts=(part,), claims=())
    note = verify(findings, {}, sources=300, unread=(), problems=problems).note
    assert note.startswith("1 of the sentences rest on no quotation; parts of 0.pdf could not be read; ")
    assert note.endswith("parts of 18.pdf could not be read; and 281 more.")
