"""The pool of reader processes keeps its promises whatever the documents do to it."""

import asyncio
import os
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator
from pathlib import Path

import docx
import openpyxl
import pptx
import psutil
import pytest

from desktop.engine import Input, Source, UnreadableDocument
from desktop.tools import PooledReader
from desktop.tools.reading.messages import LENGTH, request_for
from tests.fakes import odd_reader
from tests.unit.tools.documents import mail, pdf

PROJECT = Path(__file__).parents[3]
ODD = (sys.executable, "-P", odd_reader.__file__)


@pytest.fixture
async def reader() -> AsyncIterator[PooledReader]:
    made = PooledReader(workers=1, seconds_per_file=60, program=ODD)
    yield made
    await made.close()


@pytest.fixture
def meeting(tmp_path: Path) -> Path:
    """Where a reader process tells its identifier, and waits until it is heard."""
    os.mkfifo(tmp_path / "meeting")
    return tmp_path / "meeting"


async def read_text(reader: PooledReader, name: str, text: str = "still read") -> str:
    (source,) = await reader.sources((Input(name=name, text=text),))
    return (await reader.read(source)).parts[0].text


async def heard_at(meeting: Path) -> psutil.Process:
    return psutil.Process(int(await asyncio.to_thread(meeting.read_text)))


async def reading_now(reader: PooledReader, meeting: Path) -> psutil.Process:
    """The process that reads the next document."""
    _, process = await asyncio.gather(read_text(reader, f"say_who {meeting}"), heard_at(meeting))
    return process


async def test_nothing_of_what_the_environment_holds_for_legwork_gets_near_a_document(
    reader: PooledReader, meeting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEGWORK_MAIL_PASSWORD", "horse")
    process = await reading_now(reader, meeting)

    assert "horse" not in process.environ().values()
    assert "PATH" in process.environ()


async def test_processes_are_started_when_needed_kept_and_no_more_than_allowed(meeting: Path) -> None:
    before = set(psutil.Process().children())
    reader = PooledReader(workers=2, program=ODD)
    try:
        assert set(psutil.Process().children()) == before
        first = await reading_now(reader, meeting)
        assert await asyncio.gather(*(read_text(reader, name) for name in "abcdef")) == ["still read"] * 6
        assert len(set(psutil.Process().children()) - before) == 2
        assert first.is_running()
    finally:
        await reader.close()
    assert set(psutil.Process().children()) == before


async def test_a_document_that_takes_too_long_is_given_up_with_its_process() -> None:
    before = set(psutil.Process().children())
    reader = PooledReader(workers=1, seconds_per_file=0.3, program=ODD)
    try:
        with pytest.raises(UnreadableDocument, match=r"not read within 0\.3 seconds and was given up"):
            await read_text(reader, "wait")
        assert set(psutil.Process().children()) == before
    finally:
        await reader.close()


@pytest.mark.parametrize("deed", ["die", "grow"])
async def test_a_crash_and_a_lack_of_memory_cost_one_document_each(reader: PooledReader, deed: str) -> None:
    for _ in range(2):
        with pytest.raises(UnreadableDocument, match="crashed its reader or needed more memory"):
            await read_text(reader, deed)
        assert await read_text(reader, "good") == "still read"


async def test_a_refused_document_costs_no_process(reader: PooledReader, meeting: Path) -> None:
    before = await reading_now(reader, meeting)
    with pytest.raises(UnreadableDocument, match="holds no text"):
        await read_text(reader, "blank", text=" ")
    assert await reading_now(reader, meeting) == before


async def test_a_process_ended_from_outside_costs_no_document(reader: PooledReader, meeting: Path) -> None:
    process = await reading_now(reader, meeting)
    process.kill()
    assert await read_text(reader, "second") == "still read"
    assert not process.is_running()


async def test_two_documents_whose_processes_were_ended_from_outside_are_read(meeting: Path) -> None:
    reader = PooledReader(workers=2, program=ODD)
    before = set(psutil.Process().children())
    try:
        await asyncio.gather(read_text(reader, "a"), read_text(reader, "b"))
        for process in set(psutil.Process().children()) - before:
            process.kill()
        assert await asyncio.gather(read_text(reader, "a"), read_text(reader, "b")) == ["still read"] * 2
    finally:
        await reader.close()


async def test_two_documents_whose_processes_die_together_are_refused_and_the_next_one_is_read(meeting: Path) -> None:
    reader = PooledReader(workers=2, program=ODD)
    try:
        outcomes = await asyncio.gather(
            read_text(reader, f"die_together {os.O_RDONLY} {meeting}"),
            read_text(reader, f"die_together {os.O_WRONLY} {meeting}"),
            return_exceptions=True,
        )
        assert all("crashed its reader" in str(each) for each in outcomes), outcomes
        assert await read_text(reader, "good") == "still read"
    finally:
        await reader.close()


async def test_a_cancelled_read_ends_its_process_and_the_next_one_gets_its_own_answer(
    reader: PooledReader, meeting: Path
) -> None:
    aio_task = asyncio.create_task(read_text(reader, f"stick {meeting}"), name="read")
    process = await heard_at(meeting)
    aio_task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await aio_task
    assert not process.is_running()
    assert await read_text(reader, "next", text="its own") == "its own"


async def test_closing_ends_a_read_that_is_under_way(reader: PooledReader, meeting: Path) -> None:
    aio_task = asyncio.create_task(read_text(reader, f"stick {meeting}"), name="read")
    process = await heard_at(meeting)
    await reader.close()
    assert not process.is_running()
    with pytest.raises(UnreadableDocument, match="is being closed"):
        await aio_task
    with pytest.raises(UnreadableDocument, match="is being closed"):
        await read_text(reader, "later")


async def test_closing_ends_a_process_that_is_being_started(reader: PooledReader) -> None:
    before = set(psutil.Process().children())
    (source,) = await reader.sources((Input(name="wait", text="x"),))
    aio_task = asyncio.create_task(reader.read(source), name="read")
    await asyncio.sleep(0)  # its turn: it goes as far as it can without an answer
    await reader.close()
    assert set(psutil.Process().children()) == before
    with pytest.raises(UnreadableDocument, match="is being closed"):
        await aio_task


async def test_what_a_parser_prints_is_no_answer_and_stops_nothing(reader: PooledReader) -> None:
    for _ in range(2):
        assert await read_text(reader, "print") == "still read"


@pytest.mark.expected_log(r"The reader failed on \w+")
@pytest.mark.parametrize("answer", odd_reader.ANSWERS)
async def test_an_answer_that_no_reader_gives_is_a_failure_of_the_reader(
    reader: PooledReader, meeting: Path, answer: str
) -> None:
    process = await reading_now(reader, meeting)
    with pytest.raises(UnreadableDocument, match=f"{answer} was not read: its reader failed"):
        await read_text(reader, answer)
    assert not process.is_running()  # it may have been taken over
    assert await read_text(reader, "good") == "still read"


@pytest.mark.expected_log(r"The reader failed on stumble")
async def test_a_fault_of_a_reader_is_logged_with_its_place_and_without_the_text(
    reader: PooledReader, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(UnreadableDocument, match="stumble was not read: its reader failed") as caught:
        await read_text(reader, "stumble")
    assert "report what the log says" in caught.value.hint
    assert "builtins.LookupError" in caplog.text
    assert f'File "{odd_reader.__file__}", line' in caplog.text
    shown = "".join(traceback.format_exception(caught.value))
    assert "still read" not in caplog.text + shown


async def test_a_process_that_can_not_be_started_is_told(tmp_path: Path) -> None:
    reader = PooledReader(program=(str(tmp_path / "nothing"),))
    with pytest.raises(UnreadableDocument, match="note was not read: no process could be started for it"):
        await read_text(reader, "note")
    await reader.close()


def test_a_process_that_reads_ends_with_its_input() -> None:
    limits = (str(os.getpid()), str(2**31), str(2**20))
    source = Source(name="wait", path=None, text="x", media_type="text/plain", size=1)
    with subprocess.Popen([*ODD, *limits], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(LENGTH.pack(len(request_for(source))) + request_for(source))
        process.stdin.close()
        assert process.wait() == 0


def test_a_process_whose_parent_is_gone_already_reads_nothing() -> None:
    not_the_parent = str(os.getppid())
    with subprocess.Popen([*ODD, not_the_parent, str(2**31), str(2**20)], stdin=subprocess.PIPE) as process:
        assert process.wait() == 0


PARENT = """
import asyncio, sys
from desktop.engine import Input
from desktop.tools import PooledReader

async def main(name, *program):
    reader = PooledReader(program=program)
    (source,) = await reader.sources((Input(name=name, text="x"),))
    await reader.read(source)
    sys.stdin.read()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("deed", ["stick", "say_who"])
def test_no_process_outlives_a_killed_parent(meeting: Path, deed: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, f"{deed} {meeting}", *ODD], stdin=subprocess.PIPE, cwd=PROJECT
    ) as parent:
        process = psutil.Process(int(meeting.read_text()))
        parent.kill()
        parent.wait()
        gone, left = psutil.wait_procs([process], timeout=20)
    assert (gone, left) == ([process], [])


FROM_ANYWHERE = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from desktop.engine import Input
from desktop.tools import PooledReader

async def main(folder):
    reader = PooledReader()
    for source in await reader.sources((Input(path=folder),)):
        document = await reader.read(source)
        print(source.name, "Größe" in document.parts[0].text)
    await reader.close()

asyncio.run(main(sys.argv[2]))
"""


def test_every_format_is_read_from_anywhere_without_semaphores(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / "multiprocessing.py").write_text("raise OSError('no semaphores here')")
    names = a_document_of_every_kind(tmp_path / "documents")
    done = subprocess.run(
        [sys.executable, "-P", "-c", FROM_ANYWHERE, str(PROJECT), str(tmp_path / "documents")],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(trap)},
    )
    assert done.stdout.splitlines() == [f"{name} True" for name in names], done.stderr


def a_document_of_every_kind(folder: Path) -> list[str]:
    folder.mkdir()
    word, sheet, slides = docx.Document(), openpyxl.Workbook(), pptx.Presentation()
    word.add_paragraph("Größe")
    word.save(str(folder / "a.docx"))
    (folder / "b.eml").write_bytes(mail("Größe").as_bytes())
    (folder / "c.html").write_text("<p>Größe", encoding="utf-8")
    pdf(folder / "d.pdf", "Größe")
    slides.slides.add_slide(slides.slide_layouts[5]).shapes.title.text = "Größe"
    slides.save(str(folder / "e.pptx"))
    (folder / "f.txt").write_bytes("Die Größe zählt, schöne Grüße".encode("cp1252"))
    sheet.active["A1"] = "Größe"
    sheet.save(folder / "g.xlsx")
    return sorted(path.name for path in folder.iterdir())
