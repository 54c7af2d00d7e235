"""The pool of reader processes keeps its promises whatever the files do to it."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from desktop.engine import Document, Input, Source, UnreadableDocument
from desktop.tools import PooledReader, pooled_reader
from desktop.tools.reading.limits import Limits
from desktop.tools.reading.worker import read_source
from tests.fakes.memory_reader import MemoryReader


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
    for worker in set(psutil.Process().children()) - before:
        worker.kill()
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
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, env=environment, check=False)  # noqa: S603
    children = [int(each) for each in done.stdout.split()]
    assert children, done.stderr
    alive = [psutil.Process(each) for each in children if psutil.pid_exists(each)]
    _, left = psutil.wait_procs(alive, timeout=20)
    assert not left
