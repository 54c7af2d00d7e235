"""The pool of reader processes keeps its promises whatever the files do to it."""

import asyncio
import os
import struct
import subprocess
import sys
import threading
import traceback
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import docx
import psutil
import pytest

from desktop.engine import Document, Input, Source, UnreadableDocument
from desktop.tools import PooledReader, pooled_reader
from desktop.tools.reading import plain, worker
from desktop.tools.reading.limits import Limits
from desktop.tools.reading.worker import read_source
from tests.fakes.memory_reader import MemoryReader
from tests.unit.tools.documents import handmade_pdf


@pytest.fixture
async def reader() -> AsyncIterator[PooledReader]:
    made = PooledReader(workers=1, seconds_per_file=60)
    yield made
    await made.close()


@pytest.mark.parametrize("make", [PooledReader, MemoryReader])
async def test_a_given_text_comes_back_with_its_lines(make: type[PooledReader | MemoryReader]) -> None:
    reader = make()
    try:
        (source,) = await reader.sources((Input(name="note", text="R&D\n1 < 2\n"),))
        document = await reader.read(source)
        assert (document.name, document.parts[0].text, document.parts[0].line) == ("note", "R&D\n1 < 2\n", 1)
        (empty,) = await reader.sources((Input(name="nothing", text=" "),))
        with pytest.raises(UnreadableDocument, match="nothing"):
            await reader.read(empty)
    finally:
        await reader.close()


async def test_a_missing_input_is_named_at_once(reader: PooledReader, tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match=r"gone\.pdf is not there"):
        await reader.sources((Input(path=str(tmp_path / "gone.pdf")),))


async def test_a_folder_of_2000_files_is_listed_in_order_without_hidden_ones(
    reader: PooledReader, tmp_path: Path
) -> None:
    for number in range(2000):
        (tmp_path / f"{number:04}.txt").write_text("x")
    (tmp_path / ".hidden").write_text("x")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "odd.bin").write_text("x")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path, target_is_directory=True)
    names = [source.name for source in await reader.sources((Input(path=str(tmp_path)),))]
    assert names == [f"{number:04}.txt" for number in range(2000)] + ["sub/odd.bin"]


async def test_a_pipe_is_refused_without_waiting_and_its_name_shown_safely(
    reader: PooledReader, tmp_path: Path
) -> None:
    path = tmp_path / "odd\n\u202ename.txt"
    os.mkfifo(path)
    (source,) = await reader.sources((Input(path=str(path)),))
    with pytest.raises(UnreadableDocument, match=r"odd��name\.txt is no file"):
        await reader.read(source)


def never_ends(source: Source, limits: Limits) -> Document:
    threading.Event().wait()
    raise AssertionError(source, limits)


def crashes(source: Source, limits: Limits) -> Document:
    if source.name == "bad":
        os.abort()
    return read_source(source, limits)


async def read_text(reader: PooledReader, name: str) -> str:
    (source,) = await reader.sources((Input(name=name, text="still read"),))
    return (await reader.read(source)).parts[0].text


async def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = PooledReader(workers=1, seconds_per_file=0.3)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(pooled_reader, "read_source", never_ends)
            with pytest.raises(UnreadableDocument, match="given up"):
                await read_text(reader, "slow")
    finally:
        await reader.close()


async def test_a_crash_costs_one_file(reader: PooledReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooled_reader, "read_source", crashes)
    with pytest.raises(UnreadableDocument, match="crashed its reader"):
        await read_text(reader, "bad")
    assert await read_text(reader, "good") == "still read"


async def test_cancelling_stops_the_job_and_frees_its_process(
    reader: PooledReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(pooled_reader, "read_source", never_ends)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(read_text(reader, "endless"), 0.3)
    assert await read_text(reader, "good") == "still read"


async def test_processes_ended_from_outside_are_replaced(reader: PooledReader) -> None:
    before = set(psutil.Process().children())
    assert await read_text(reader, "first") == "still read"
    for process in set(psutil.Process().children()) - before:
        process.kill()
    assert await read_text(reader, "second") == "still read"


async def test_a_reader_that_needs_too_much_memory_costs_one_file(tmp_path: Path) -> None:
    reader = PooledReader(workers=1, memory_bytes=400 * 1024**2, max_text_bytes=2**30)
    with (tmp_path / "big.txt").open("wb") as file:
        file.write(b"word and more\n" * 40_000_000)
    (tmp_path / "small.txt").write_text("still read")
    try:
        big, small = await reader.sources((Input(path=str(tmp_path)),))
        with pytest.raises(UnreadableDocument, match="more memory"):
            await reader.read(big)
        assert (await reader.read(small)).parts[0].text == "still read"
    finally:
        await reader.close()


def stumbles(source: Source, limits: Limits) -> Document:
    def read(*_: object) -> None:
        raise LookupError(source.text)

    plain.read = read  # type: ignore[assignment]
    return read_source(source, limits)


@pytest.mark.expected_log(r"The reader failed on note")
async def test_a_fault_of_a_reader_is_logged_with_its_place_and_without_the_text(
    reader: PooledReader, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pooled_reader, "read_source", stumbles)
    with pytest.raises(UnreadableDocument, match="note was not read: its reader failed") as caught:
        await read_text(reader, "note")
    assert "report what the log says" in caught.value.hint
    assert "builtins.LookupError" in caplog.text
    assert f'File "{__file__}", line' in caplog.text
    shown = "".join(traceback.format_exception(caught.value))
    assert "still read" not in caplog.text + shown


async def test_two_reads_share_the_pool_that_replaces_a_broken_one() -> None:
    reader = PooledReader(workers=2, seconds_per_file=60)
    before = set(psutil.Process().children())
    try:
        await read_text(reader, "first")
        for process in set(psutil.Process().children()) - before:
            process.kill()
        assert await asyncio.gather(read_text(reader, "a"), read_text(reader, "b")) == ["still read"] * 2
    finally:
        await reader.close()


async def test_two_files_whose_processes_all_die_are_refused_and_the_next_one_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    reader = PooledReader(workers=2, seconds_per_file=60)
    monkeypatch.setattr(pooled_reader, "read_source", dies_after_the_other)
    meeting = tmp_path / "meeting"
    os.mkfifo(meeting)
    try:
        outcomes = await asyncio.gather(
            read_text(reader, f"{os.O_RDONLY}|{meeting}"),
            read_text(reader, f"{os.O_WRONLY}|{meeting}"),
            return_exceptions=True,
        )
        assert all("crashed its reader" in str(each) for each in outcomes), outcomes
        assert await read_text(reader, "good") == "still read"
    finally:
        await reader.close()


def dies_after_the_other(source: Source, limits: Limits) -> Document:
    mode, _, meeting = source.name.partition("|")
    if meeting:
        os.open(meeting, int(mode))  # waits for the one that opens the other end
        os.abort()
    return read_source(source, limits)


async def test_closing_ends_a_read_that_is_under_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reader = PooledReader(workers=1, seconds_per_file=60)
    monkeypatch.setattr(pooled_reader, "read_source", never_ends)
    aio_task = asyncio.create_task(read_text(reader, "endless"), name="read")
    await asyncio.sleep(0)  # its turn: it goes as far as it can without an answer
    await reader.close()
    with pytest.raises(UnreadableDocument, match="is being closed"):
        await aio_task
    with pytest.raises(UnreadableDocument, match="is being closed"):
        await read_text(reader, "later")


async def test_a_folder_that_may_not_be_opened_is_named_among_the_files(
    reader: PooledReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a" / "deeper").mkdir(parents=True)
    (tmp_path / "a" / "x.txt").write_text("x")
    (tmp_path / "b.txt").write_text("b")
    (tmp_path / "z").mkdir()
    scandir = os.scandir

    def guarded(path: str) -> Iterator[os.DirEntry[str]]:
        if Path(path).name in ("deeper", "z"):  # the tests may run as root, whom no permission stops
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    found = await reader.sources((Input(path=str(tmp_path)),))
    assert [each.name for each in found] == ["b.txt", "a/x.txt", "a/deeper", "z"]
    for each in found[2:]:
        with pytest.raises(UnreadableDocument, match=f"^{each.name} may not be read"):
            worker.read_source(each, Limits(memory_bytes=2**30, max_text_bytes=2**20))
    monkeypatch.undo()
    with pytest.raises(UnreadableDocument, match="a/deeper is a folder that could not be opened"):
        await reader.read(found[2])


async def test_a_folder_or_file_that_may_not_be_seen_is_refused_at_once(
    reader: PooledReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(UnreadableDocument, match="may not be read"):
        await reader.sources((Input(path=str(tmp_path)),))


async def test_pictures_of_any_declared_size_cost_nothing(tmp_path: Path) -> None:
    side = 40_000
    png(tmp_path / "huge.png", side)
    made = docx.Document()
    made.add_paragraph("Words beside the picture")
    made.add_picture(str(tmp_path / "huge.png"))
    made.save(str(tmp_path / "a.docx"))
    (tmp_path / "huge.png").unlink()
    (tmp_path / "b.pdf").write_bytes(pdf_with_picture(side))
    reader = PooledReader(workers=1, memory_bytes=600 * 1024**2)  # one such picture, grey, needs 1,600 MB
    try:
        for source in await reader.sources((Input(path=str(tmp_path)),)):
            document = await reader.read(source)
            assert [part.text.strip() for part in document.parts] == ["Words beside the picture"]
    finally:
        await reader.close()


def png(path: Path, side: int) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""))


def pdf_with_picture(side: int) -> bytes:
    picture = b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray" % (side, side)
    picture += b" /BitsPerComponent 8 /Filter /FlateDecode /Length 8 >> stream\n" + zlib.compress(b"") + b"\nendstream"
    drawn = b"BT /F 12 Tf 20 20 Td (Words beside the picture) Tj ET q 90 0 0 90 0 90 cm /I Do Q"
    return handmade_pdf(drawn, resources=b"/XObject << /I 4 0 R >>", extra=picture)


PARENT = """
import asyncio, os, psutil, signal
from desktop.engine import Input
from desktop.tools import PooledReader

async def main():
    reader = PooledReader(workers=1)
    (source,) = await reader.sources((Input(name="n", text="t"),))
    await reader.read(source)
    print(*(each.pid for each in psutil.Process().children(recursive=True)), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_no_process_outlives_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, env=environment, check=False)
    children = [int(each) for each in done.stdout.split()]
    assert children, done.stderr
    alive = [psutil.Process(each) for each in children if psutil.pid_exists(each)]
    _, left = psutil.wait_procs(alive, timeout=20)
    assert not left
