import csv
import io
import json
from typing import Any

import pytest

from desktop.agents import DocumentsAgent
from desktop.engine import (
    CannotComplete,
    Input,
    Prompt,
    Source,
    TaskRequest,
    Verdict,
)
from tests.fakes.memory_reader import MemoryReader
from tests.fakes.memory_run import MemoryRun
from tests.fakes.scripted_model import Script, ScriptedModel
from tests.unit.agents.documents.scene import (
    CONTRACT,
    a_request,
    a_run,
    carry_out,
    diligent,
    evidence,
    is_note,
    lines_of,
    properties,
    prose,
)


async def test_a_summary_has_the_number_of_points_asked_for_each_with_a_source() -> None:
    run = a_run(a_request("Summarise this in five points", {"bridge.txt": prose(60)}))
    result = await carry_out(run)
    assert [line[:2] for line in result.summary.splitlines() if line[:1].isdigit()] == ["1.", "2.", "3.", "4.", "5."]
    assert "\\[1\\]" in result.summary
    assert result.verification.verdict is Verdict.VERIFIED
    assert all(claim["quotations"] for claim in evidence(run)["claims"])


def points_of(summary: str) -> list[str]:
    return [line for line in summary.splitlines() if line[:1].isdigit()]


@pytest.mark.parametrize("count", [10, 12, 20])
async def test_as_many_points_as_asked_for_come_out_of_many_files(count: int) -> None:
    texts = {f"{topic}.txt": prose(30, topic) for topic in ("bridge", "tower", "harbour", "castle", "temple", "palace")}
    result = await carry_out(a_run(a_request(f"Summarise this in {count} points", texts)))
    assert len(points_of(result.summary)) == count
    assert "asked for" not in result.summary


async def test_one_passage_gives_as_many_points_as_asked_for() -> None:
    result = await carry_out(a_run(a_request("Summarise this in ten points", {"bridge.txt": prose(30)})))
    assert len(points_of(result.summary)) == 10


async def test_fewer_points_than_asked_for_are_told() -> None:
    result = await carry_out(a_run(a_request("Summarise this in 30 points", {"bridge.txt": prose(300)})))
    assert "Of the 30 points asked for there are 20: 20 are the most." in result.summary
    result = await carry_out(a_run(a_request("Summarise this in 5 points", {"letter.txt": LETTER})))
    assert "Of the 5 points asked for there are 3: no more different ones came out of the notes." in result.summary


async def test_the_result_says_how_much_was_read() -> None:
    run = a_run(a_request("Summarise", {"contract.pdf": CONTRACT, "b.txt": prose(5)}))
    result = await carry_out(run)
    assert "Read: 2 files, 3 pages, " in result.summary
    assert "all of it" in result.summary


async def test_a_summary_without_a_number_begins_with_an_overview() -> None:
    result = await carry_out(a_run(a_request("Summarise", {"bridge.txt": prose(60)})))
    assert result.summary.startswith("About this: Sentence 1 ")


LETTER = "The harbour office moves to Pier 4 on 3 March.\nShips register there from that day on.\nThe old one closes.\n"


def dull(prompt: Prompt) -> Any:
    """Counts instead of noting, and repeats itself and the notes' first line."""
    asked, lines = properties(prompt), lines_of(prompt)
    if is_note(prompt):
        return {"points": [{"sentence": n, "point": str(n)} for n, _ in enumerate(lines[:6], 1)]}
    points = [{"point": point, "notes": [n]} for n, point in enumerate([lines[0], "3", lines[0]], 1) if n <= len(lines)]
    return {"overview": lines[0], "points": points} if "overview" in asked else {"points": points}


@pytest.mark.parametrize("script", [diligent, dull])
@pytest.mark.parametrize("times", [1, 3])
async def test_a_summary_is_no_longer_than_its_document_and_says_nothing_twice(script: Script, times: int) -> None:
    run = a_run(a_request("Summarise this letter", {"letter.txt": LETTER * times}), script)
    await carry_out(run)
    said = [claim["text"] for claim in evidence(run)["claims"]]
    assert sorted(text.removeprefix("About this: ") for text in said) == sorted(LETTER.splitlines())


async def test_what_an_overview_takes_up_is_not_missing_among_the_points_of_a_longer_document() -> None:
    result = await carry_out(a_run(a_request("Summarise", {"bridge.txt": prose(30)})))
    assert result.summary.startswith("About this: Sentence 1 ")
    assert len(points_of(result.summary)) == 5


async def test_numbers_alone_are_no_point() -> None:
    figures = "2 3\n14 15 16 17 18 19\n20 21 22 23 24 25\n"
    run = a_run(a_request("Summarise", {"table.txt": LETTER + figures}), dull)
    await carry_out(run)
    assert all(
        "office" in each["text"] or "Ships" in each["text"] or "old" in each["text"] for each in evidence(run)["claims"]
    )


async def test_an_answer_comes_first_and_its_evidence_after_it_with_its_page() -> None:
    def script(prompt: Prompt) -> Any:
        if is_note(prompt):
            lines = lines_of(prompt)
            return {"points": [{"sentence": n, "point": line} for n, line in enumerate(lines, 1) if "notice" in line]}
        return {"answered": True, "answer": "Three months.", "notes": [1]}

    run = a_run(a_request("What is the notice period?", {"contract.pdf": CONTRACT}), script)
    result = await carry_out(run)
    assert result.summary.startswith("Three months. \\[1\\]")
    assert "contract.pdf, page 2 · ✓ found" in run.artifacts["report.md"].decode()
    assert "Write the answer" in [step.title for step in run.plans[-1]]


async def test_what_the_documents_do_not_say_is_not_answered() -> None:
    run = a_run(a_request("Who owns the moon?", {"contract.pdf": CONTRACT}), lambda _: {"points": []})
    result = await carry_out(run)
    assert result.summary.startswith("**No answer was found in the documents.**")
    assert result.verification.verdict is Verdict.NOT_VERIFIED


async def test_an_answer_that_is_none_names_what_comes_closest() -> None:
    def script(prompt: Prompt) -> Any:
        return diligent(prompt) if is_note(prompt) else {"answered": False, "answer": "Unknown.", "notes": [1]}

    result = await carry_out(a_run(a_request("Wem gehört der Mond?", {"contract.pdf": CONTRACT}), script))
    assert result.summary.startswith(
        "**In den Dokumenten wurde keine Antwort darauf gefunden.**\n\nClosest to the question:"
    )
    assert result.verification.verdict is Verdict.NOT_VERIFIED
    assert "the model's word alone" in result.verification.note


async def test_the_sentence_closest_to_the_question_comes_first_also_where_it_was_noted() -> None:
    def script(prompt: Prompt) -> Any:
        return diligent(prompt) if is_note(prompt) else {"answered": False, "answer": "Unknown.", "notes": [1]}

    text = "Apples are red in the autumn. Pears are green all year. Plums are blue. Three rents are the deposit here."
    result = await carry_out(a_run(a_request("How high is the deposit?", {"lease.txt": text}), script))
    assert "Closest to the question:\n\n- \u201cThree rents are the deposit here.\u201d" in result.summary


async def test_what_a_report_quotes_stands_in_it_once() -> None:
    run = a_run(a_request("When does the contract start?", {"contract.pdf": CONTRACT}))
    result = await carry_out(run)
    report = run.artifacts["report.md"].decode()
    assert "\u201cThe contract starts on 1 May 2024.\u201d" in result.summary
    assert report.count("The contract starts on 1 May 2024.") == 2  # as the answer, and as its source
    assert "is for you to judge" in report


async def test_notes_that_could_not_be_combined_are_told() -> None:
    def script(prompt: Prompt) -> Any:
        if is_note(prompt) or "overview" in properties(prompt):
            return diligent(prompt)
        return {"points": []}

    result = await carry_out(a_run(a_request("Summarise", {"long.txt": prose(600)}), script))
    assert result.verification.verdict is Verdict.PARTLY
    assert "could not combine all of the notes" in result.verification.note


async def test_notes_of_a_long_document_are_combined_over_several_levels_without_silent_loss() -> None:
    run = a_run(a_request("Summarise this in five points", {"long.txt": prose(1500)}), context_tokens=2048)
    result = await carry_out(run)
    assert [name for name in run.steps if name.startswith("combine")] == ["combine 1", "combine 2"]
    assert {f"combine {n}" for n in (1, 2)} <= {step.name for step in run.plans[-1]}
    assert result.verification.verdict is Verdict.VERIFIED
    report = run.artifacts["report.md"].decode()
    assert "left out when notes were combined" in report
    assert len(evidence(run)["passages"]) == next(step.total for step in run.plans[-1] if step.name == "note")
    assert all(
        cost.prompt_tokens + prompt.max_tokens <= 2048 for cost, prompt in zip(run.answers, run.prompts, strict=True)
    )


async def test_prompts_for_notes_share_all_but_the_passage() -> None:
    run = a_run(a_request("Summarise", {"bridge.txt": prose(200)}))
    await carry_out(run)
    openings = {prompt.messages[-1].content.partition("Passage from")[0] for prompt in run.prompts if is_note(prompt)}
    assert len(openings) == 1
    assert len({prompt.messages[0] for prompt in run.prompts}) == 1


async def test_a_finished_run_resumes_without_asking_anything_again() -> None:
    request = a_request("Summarise in five points", {"bridge.txt": prose(300), "b.txt": prose(9, "tower")})
    first = a_run(request)
    result = await carry_out(first)
    second = MemoryRun(request, ScriptedModel(diligent), MemoryReader(), journal=first.journal, files=first.files)
    assert await carry_out(second) == result
    assert second.prompts == []
    assert second.done == []


async def test_a_run_goes_on_with_what_it_read_when_files_were_moved_since() -> None:
    inputs = (Input(path="/a.txt"), Input(name="note", text=prose(9, "tower")), Input(path="/b.txt"))
    request = TaskRequest(kind="documents", goal="Summarise", inputs=inputs)
    files = {"/a.txt": prose(30), "/b.txt": prose(20, "harbour")}
    first = MemoryRun(request, ScriptedModel(diligent), MemoryReader(files))
    result = await carry_out(first)
    second = MemoryRun(request, ScriptedModel(diligent), MemoryReader(), journal=first.journal, files=first.files)
    assert await carry_out(second) == result
    assert second.done == []


async def test_the_journal_holds_no_texts() -> None:
    text = prose(600)
    run = a_run(a_request("Summarise", {"bridge.txt": text}))
    await carry_out(run)
    assert all(
        len(result) < 10_000 for (step, _), (_, result) in run.journal.items() if step in ("find", "read", "split")
    )
    assert run.files["text-00001.txt"].decode() == text


async def test_drafts_show_the_notes_so_far() -> None:
    run = a_run(a_request("Summarise", {"bridge.txt": prose(100)}))
    await carry_out(run)
    assert run.drafts[0].startswith("Notes so far, on 1 of ")
    assert "- Sentence 1 tells" in run.drafts[-1]


async def test_drafts_of_a_run_that_goes_on_show_the_notes_from_before() -> None:
    request = a_request("Summarise", {"bridge.txt": prose(200)})
    first = a_run(request)
    await carry_out(first)
    passages = len([item for step, item in first.journal if step == "note"])
    del first.journal["note", str(passages - 1)]
    second = MemoryRun(request, ScriptedModel(diligent), MemoryReader(), journal=first.journal, files=first.files)
    await carry_out(second)
    assert passages > 2
    assert f"Notes so far, on {passages} of {passages} passages:" in second.drafts[passages - 1]
    assert "- Sentence 1 tells" in second.drafts[passages - 1]


async def test_a_goal_that_leaves_no_room_for_documents_is_told() -> None:
    goal = "Summarise " + "this and that " * 1300
    with pytest.raises(CannotComplete, match="no document fits"):
        await carry_out(a_run(a_request(goal, {"a.txt": "text of the file"}), context_tokens=4096))


async def test_fields_are_extracted_into_a_table_with_the_words_behind_each_cell() -> None:
    texts = {"a.txt": "Invoice 17\nTotal: 12.50 EUR", "b.txt": "Invoice 18\nTotal: 99.00 EUR"}
    run = a_run(a_request("Extract the total", texts, fields="total:number"))
    result = await carry_out(run)
    table = json.loads(run.artifacts["table.json"])
    assert table["columns"] == ["file", "total"]
    assert [row["file"] for row in table["rows"]] == ["a.txt", "b.txt"]
    assert next(csv.reader(io.StringIO(run.artifacts["table.csv"].decode()))) == ["file", "total"]
    assert result.summary.startswith("| file | total |")
    assert "cells filled" in [check.name for check in result.verification.checks]


async def test_fields_that_are_not_given_are_read_from_the_goal() -> None:
    run = a_run(a_request("Extract the total sum", {"a.txt": "Total: 12.50 EUR"}))
    await carry_out(run)
    assert "columns" in run.steps
    assert json.loads(run.artifacts["table.json"])["columns"] == ["file", "total_sum"]
    assert "12.50" not in run.prompts[0].messages[-1].content


async def test_a_goal_without_fields_is_told_how_to_name_them() -> None:
    run = a_run(a_request("Extract it", {"a.txt": "Total: 12.50 EUR"}), lambda _: '{"fields": [{"name": "!!"}]}')
    with pytest.raises(CannotComplete) as caught:
        await carry_out(run)
    assert "fields=" in caught.value.hint


def source(name: str, size: int) -> Source:
    return Source(name=name, path=f"/{name}", text=None, media_type="", size=size)


def test_the_outline_is_of_the_right_order_before_anything_is_read() -> None:
    agent = DocumentsAgent()
    request = TaskRequest(kind="documents", goal="Summarise", inputs=(Input(path="/a.txt"),))
    steps = {step.name: step for step in agent.outline(request, [source("a.txt", 350_000), source("b.pdf", 250_000)])}
    assert steps["note"].total == pytest.approx(110, abs=10)
    assert steps["note"].work.prompt_tokens == pytest.approx(120_000, rel=0.3)
    assert list(steps) == ["find", "read", "split", "note", "combine 1", "combine 2", "combine 3", "write", "check"]


def test_the_outline_of_an_extraction_counts_documents() -> None:
    request = TaskRequest(kind="documents", goal="Extract the total", inputs=(Input(path="/a.txt"),))
    steps = DocumentsAgent().outline(request, [source("a.txt", 3500)] * 30)
    assert [step.name for step in steps][:4] == ["find", "read", "split", "columns"]
    assert any(step.total == 30 and step.unit == "documents" for step in steps)
