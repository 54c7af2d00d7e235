"""What there is so far, as it is shown while a run works and kept when it does not complete."""

import json
import re
from typing import Any

from desktop.agents.documents.notes_draft import NotesDraft
from desktop.agents.documents.points import Point, Span
from desktop.engine import Prompt
from tests.fakes.memory_run import MemoryRun
from tests.unit.agents.documents.scene import a_corpus, a_request, a_run, carry_out


async def test_drafts_say_where_each_note_stands_and_when_they_show_only_the_latest() -> None:
    run = a_run(a_request("Summarise", {"pier.txt": "Grey.\nGranite."}))
    draft = NotesDraft(run=run, corpus=a_corpus({"pier.txt": "Grey.\nGranite."}))
    span = Span(document="pier.txt", start=6, end=14)
    await draft.add([Point(text="It is *granite*.", spans=(span,))])
    assert run.drafts[-1] == "Notes so far, on 1 of 1 passages:\n\n- It is \\*granite\\*. *(pier.txt, line 2)*"
    await draft.add([Point(text=f"Point {number}.", spans=()) for number in range(70)])
    assert run.drafts[-1].startswith("Notes so far, on 2 of 1 passages, the latest 60 of 71:\n\n- Point 10.\n")


def settled(prompt: Prompt) -> Any:
    """The amount that the document states; where it is asked to choose between places, the first one."""
    assert prompt.schema is not None
    if "properties" not in prompt.schema:
        return json.dumps(prompt.schema["enum"][0])
    amount = re.search(r"\d+\.50", prompt.messages[-1].content)
    assert amount is not None
    return {"total_sum": amount[0]}


async def test_drafts_of_a_table_are_its_rows_so_far() -> None:
    texts = {f"invoice {number}.txt": f"Invoice\nTotal sum: {number}.50\n" for number in range(1, 24)}
    run = a_run(a_request("Extract the total", texts, fields="total_sum:number"), settled)
    await carry_out(run)
    assert run.drafts[0].startswith("Rows so far, of 1 of 23 documents;")
    assert re.search(r"\| invoice \d+\\?\.txt \| \d+\\?\.5 \|", run.drafts[0])
    assert run.drafts[-1].startswith("Rows so far, of 23 of 23 documents, the latest 20;")
    assert run.drafts[-1].count("| invoice") == 20
    again = MemoryRun(run.request, run.model, run.reader, journal=run.journal, files=run.files)
    await carry_out(again)
    assert len(again.drafts) == 23


async def test_rows_remembered_by_an_older_version_are_drafted_when_they_are_done_anew_only() -> None:
    run = a_run(a_request("Extract the total", {"a.txt": "Total sum: 1.50 EUR\n"}, fields="total_sum:number"))
    await carry_out(run)
    key = ("fields", "0")
    inputs_hash, remembered = run.journal[key]
    run.journal[key] = (inputs_hash, remembered.replace(b',"document":"a.txt"', b""))
    again = MemoryRun(run.request, run.model, run.reader, journal=run.journal, files=run.files)
    result = await carry_out(again)
    assert again.drafts == []
    assert "1" in result.summary
