from dataclasses import replace
from typing import Any

import pytest

from desktop.engine import (
    CannotComplete,
    Document,
    Input,
    Part,
    Prompt,
    PromptTooLong,
    Source,
    TaskRequest,
    UnreadableDocument,
    Verdict,
)
from tests.fakes.memory_reader import MemoryReader
from tests.fakes.memory_run import MemoryRun
from tests.fakes.scripted_model import ScriptedModel
from tests.unit.agents.documents.scene import (
    CONTRACT,
    a_request,
    a_run,
    carry_out,
    diligent,
    evidence,
    is_note,
    lines_of,
    prose,
)


async def test_pages_that_could_not_be_read_are_told() -> None:
    class GapReader(MemoryReader):
        async def read(self, source: Source) -> Document:
            return replace(await super().read(source), notes=("Page 3 holds a *picture* without text.",))

    run = MemoryRun(a_request("Summarise", {"scan.pdf": CONTRACT}), ScriptedModel(diligent), GapReader())
    result = await carry_out(run)
    assert "not read: parts of 1 file" in result.summary
    assert "all of it" not in result.summary
    for markdown in (result.summary, run.artifacts["report.md"].decode()):
        assert "- **scan.pdf**: Page 3 holds a \\*picture\\* without text." in markdown


async def test_one_bad_file_does_not_stop_the_others_and_is_listed() -> None:
    run = a_run(a_request("Summarise", {"bad.txt": "  ", "good.txt": prose(5)}))
    result = await carry_out(run)
    assert "**bad.txt**: bad.txt is empty. Choose a file that holds text." in result.summary
    assert result.verification.verdict is Verdict.PARTLY
    assert "1 of the files could not be read" in result.verification.note
    assert evidence(run)["unread"][0]["name"] == "bad.txt"


async def test_many_bad_files_are_counted_in_the_summary_and_listed_in_the_report() -> None:
    bad = {f"bad{number}.txt": "" for number in range(8)}
    run = a_run(a_request("Summarise", {**bad, "good.txt": prose(5)}))
    result = await carry_out(run)
    assert "and 3 more, see report.md" in result.summary
    assert "bad7.txt" in run.artifacts["report.md"].decode()


async def test_without_a_readable_file_the_task_fails_with_the_first_reasons() -> None:
    with pytest.raises(CannotComplete) as caught:
        await carry_out(a_run(a_request("Summarise", {f"{n}.txt": "" for n in range(5)})))
    assert "None of the 5 documents could be read" in caught.value.message
    assert "0.txt is empty" in caught.value.message
    assert "2 more" in caught.value.message
    assert caught.value.hint == "Choose a file that holds text."


async def test_more_text_than_allowed_is_refused_once_it_is_known() -> None:
    request = TaskRequest(
        kind="documents", goal="Summarise", inputs=(Input(path="/a.txt"),), options={"max_megabytes": "0.001"}
    )
    run = MemoryRun(request, ScriptedModel(diligent), MemoryReader({"/a.txt": "x " * 2000}))
    with pytest.raises(CannotComplete) as caught:
        await carry_out(run)
    assert "max_megabytes=1" in caught.value.hint
    assert run.steps == ["find"]


async def test_text_that_only_reading_shows_is_limited_too() -> None:
    class PdfReader(MemoryReader):
        def _source(self, given: Input) -> Source:
            return Source(name="a.pdf", path=given.path, text=None, media_type="application/pdf", size=10)

    request = TaskRequest(
        kind="documents", goal="Summarise", inputs=(Input(path="/a.pdf"),), options={"max_megabytes": "0.001"}
    )
    with pytest.raises(CannotComplete, match="more than one task takes"):
        await carry_out(MemoryRun(request, ScriptedModel(diligent), PdfReader({"/a.pdf": "x " * 2000})))


async def test_an_empty_folder_can_not_be_completed() -> None:
    class EmptyReader(MemoryReader):
        async def sources(self, inputs: tuple[Input, ...]) -> tuple[Source, ...]:
            return ()

    run = MemoryRun(a_request("Summarise", {"a": "x"}), ScriptedModel(diligent), EmptyReader())
    with pytest.raises(CannotComplete, match="no document"):
        await carry_out(run)


async def test_a_document_of_white_space_holds_no_text() -> None:
    class BlankReader(MemoryReader):
        async def read(self, source: Source) -> Document:
            return Document(name=source.name, media_type="application/pdf", parts=(Part(text=" \n", page=1),))

    run = MemoryRun(a_request("Summarise", {"scan.pdf": "x"}), ScriptedModel(diligent), BlankReader())
    with pytest.raises(CannotComplete, match=r"scan\.pdf holds no text"):
        await carry_out(run)


async def test_files_of_the_same_name_are_told_apart() -> None:
    inputs = (Input(name="a.txt", text="The first is about apples."), Input(name="a.txt", text="Then come the pears."))
    run = a_run(TaskRequest(kind="documents", goal="Summarise", inputs=inputs))
    await carry_out(run)
    assert [document["name"] for document in evidence(run)["documents"]] == ["a.txt", "a.txt (2)"]


async def test_signs_that_no_file_can_hold_do_not_stop_the_task() -> None:
    class OddReader(MemoryReader):
        async def read(self, source: Source) -> Document:
            return Document(name=source.name, media_type="", parts=(Part(text="A lone \ud800 surrogate is here."),))

    run = MemoryRun(a_request("Summarise", {"odd.txt": "x"}), ScriptedModel(diligent), OddReader())
    assert (await carry_out(run)).verification.verdict is Verdict.VERIFIED


async def test_a_passage_that_does_not_fit_is_read_in_halves() -> None:
    class Narrow(ScriptedModel):
        async def answer(self, prompt: Prompt, on_sign: Any = None) -> Any:
            if is_note(prompt) and len(lines_of(prompt)) > 4:
                raise PromptTooLong("Too long.")
            return await super().answer(prompt, on_sign)

    run = MemoryRun(a_request("Summarise", {"bridge.txt": prose(12)}), Narrow(diligent), MemoryReader())
    result = await carry_out(run)
    assert result.verification.verdict is Verdict.VERIFIED
    assert len(evidence(run)["passages"][0]["notes"]) == 12


async def test_an_unreadable_input_of_a_list_is_found_by_the_reader() -> None:
    request = TaskRequest(kind="documents", goal="Summarise", inputs=(Input(path="/gone.txt"),))
    with pytest.raises(UnreadableDocument):
        await carry_out(MemoryRun(request, ScriptedModel(diligent), MemoryReader()))
