"""The reader finds and reads documents, and refuses those that can't be read; its double does as well."""

import os
import struct
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import docx
import pytest

from desktop.engine import Input, UnreadableDocument
from desktop.tools import PooledReader
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
            read_source(each, Limits(memory_bytes=2**30, max_text_bytes=2**20))
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
