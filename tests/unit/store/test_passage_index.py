"""The index of passages: what changed is read again, what is lost is built anew."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest

from desktop.engine import Document, Indexed, Input, Source, StorageBlocked, StorageFailed, TaskId, UnreadableDocument
from desktop.store import PassageIndex
from tests.fakes.memory_reader import MemoryReader

START = datetime(2026, 1, 1, tzinfo=UTC)


def remove(source: Source) -> None:
    Path(source.path or "").unlink()


class FileReader(MemoryReader):
    """Reads real files as text, and keeps the names of what it read."""

    def __init__(self) -> None:
        super().__init__()
        self.read_names: list[str] = []

    async def read(self, source: Source) -> Document:
        self.read_names.append(source.name)
        if source.path is not None:
            self.files[source.path] = content_of(source)
        return await super().read(source)


def content_of(source: Source) -> str:
    path = Path(source.path or "")
    if not path.exists():
        raise UnreadableDocument(f"{source.name} is not there any more.", hint="Look for it.")
    return path.read_text(encoding="utf-8")


class Desk:
    """A folder with files, and the index over them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "files"
        self.folder.mkdir()
        self.path = folder / "passages.db"
        self.reader = FileReader()
        self.now = START
        self.index = self.opened()

    def opened(self) -> PassageIndex:
        return PassageIndex(self.path, reader=self.reader, now=lambda: self.now)

    async def reopen(self) -> None:
        await self.index.close()
        self.index = self.opened()

    def file(self, name: str, text: str) -> Source:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return Source(name=name, path=str(path), text=None, media_type="text/plain", size=len(text))

    async def texts(self, words: str, *sources: Source) -> list[str]:
        return [found.text for found in await self.index.find(words, sources)]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    await desk.index.close()


async def test_nothing_is_opened_before_it_is_needed(desk: Desk) -> None:
    assert not desk.path.exists()


async def test_what_did_not_change_is_not_read_again(desk: Desk) -> None:
    rules = desk.file("rules.txt", "Ships need a pilot.")
    first = await desk.index.index(rules)
    await desk.reopen()
    assert await desk.index.index(rules) == first
    assert await desk.texts("pilot", rules) == ["Ships need a pilot."]
    assert desk.reader.read_names == ["rules.txt"]


async def test_a_file_that_changed_is_read_again_and_its_old_words_are_gone(desk: Desk) -> None:
    rules = desk.file("rules.txt", "Ships need a pilot.")
    await desk.index.index(rules)
    desk.file("rules.txt", "Boats need a captain.")
    await desk.index.index(rules)
    assert await desk.texts("pilot", rules) == []
    assert await desk.texts("captain", rules) == ["Boats need a captain."]


async def test_a_file_of_the_same_size_is_known_by_its_time(desk: Desk) -> None:
    rules = desk.file("rules.txt", "Ships need a pilot.")
    await desk.index.index(rules)
    desk.file("rules.txt", "Boats need a pilot.")
    os.utime(rules.path or "", ns=(1, 1))
    await desk.index.index(rules)
    assert await desk.texts("pilot", rules) == ["Boats need a pilot."]


async def test_a_given_text_is_known_by_what_it_is(desk: Desk) -> None:
    one, same, other = await desk.reader.sources(
        tuple(Input(name="note", text=text) for text in ("A pilot comes.", "A pilot comes.", "No pilot comes."))
    )
    for each in (one, same, other):
        await desk.index.index(each)
    assert desk.reader.read_names == ["note", "note"]
    assert await desk.texts("pilot", same) == ["A pilot comes."]


async def test_a_file_that_vanished_goes(desk: Desk) -> None:
    rules, dogs = desk.file("rules.txt", "Ships need a pilot."), desk.file("dogs.txt", "Dogs need a pilot.")
    for each in (rules, dogs):
        await desk.index.index(each)
    remove(rules)
    with pytest.raises(UnreadableDocument):
        await desk.index.index(rules)
    assert await desk.texts("pilot", rules, dogs) == ["Dogs need a pilot."]


async def test_files_that_vanished_meanwhile_leave_the_index_at_the_next_start(desk: Desk) -> None:
    rules = desk.file("rules.txt", "Ships need a pilot.")
    await desk.index.index(rules)
    remove(rules)
    await desk.reopen()
    assert await desk.texts("pilot", rules) == []
    await desk.index.close()
    assert rows(desk.path) == 0


async def test_what_nobody_asks_for_leaves_the_index_after_a_month(desk: Desk) -> None:
    for name in ("kept", "forgotten"):
        await desk.index.index(Source(name=name, path=None, text=name, media_type="text/plain", size=4))
    desk.now += timedelta(days=20)
    await desk.index.index(Source(name="kept", path=None, text="kept", media_type="text/plain", size=4))
    desk.now += timedelta(days=20)
    await desk.reopen()
    await desk.index.index(Source(name="kept", path=None, text="kept", media_type="text/plain", size=4))
    await desk.index.close()
    assert desk.reader.read_names == ["kept", "forgotten"]
    assert rows(desk.path) == 1


def rows(path: Path) -> int:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return int(connection.execute("SELECT count(*) FROM documents").get)
    finally:
        connection.close()


def flip(path: Path) -> None:
    """Turn over a bit in the middle of every page but the first."""
    content = bytearray(path.read_bytes())
    for place in range(4096 + 2000, len(content), 4096):
        content[place] ^= 1
    path.write_bytes(content)


DAMAGES = {
    "deleted": Path.unlink,
    "emptied": lambda path: path.write_bytes(b""),
    "overwritten": lambda path: path.write_bytes(b"no database at all " * 500),
    "cut off": lambda path: os.truncate(path, 5000),
    "a bit turned over": flip,
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("in_use", [True, False])
async def test_a_damaged_index_is_built_anew_and_no_word_is_lost(desk: Desk, damage: str, in_use: bool) -> None:
    sources = [desk.file(f"{n}.txt", f"Pilot {n} comes aboard. " + f"word{n} " * 3000) for n in range(5)]
    for each in sources:
        await desk.index.index(each)
    await desk.reopen()  # so that all of it is in the file
    if in_use:
        await desk.index.index(sources[0])
    else:
        await desk.index.close()
    DAMAGES[damage](desk.path)
    if not in_use:
        desk.index = desk.opened()
    for n, each in enumerate(sources):
        assert f"Pilot {n} comes aboard." in (await desk.texts("aboard", each))[0]
        [around] = await desk.index.around(each, 1, 1)
        assert f"word{n}" in around.text
    assert len(await desk.texts("aboard", *sources)) == 5


async def test_an_index_of_another_version_is_built_anew(desk: Desk) -> None:
    rules = desk.file("rules.txt", "Ships need a pilot.")
    await desk.index.index(rules)
    await desk.index.close()
    connection = apsw.Connection(str(desk.path))
    connection.pragma("user_version", 99)
    connection.close()
    desk.index = desk.opened()
    assert await desk.texts("pilot", rules) == ["Ships need a pilot."]
    assert desk.reader.read_names == ["rules.txt", "rules.txt"]


async def test_a_folder_that_can_not_be_written_is_said_and_nothing_is_thrown_away(tmp_path: Path) -> None:
    index = PassageIndex(tmp_path / "missing" / "passages.db", reader=FileReader(), now=lambda: START)
    with pytest.raises(StorageBlocked):
        await index.find("pilot", [Source(name="a", path=None, text="a", media_type="", size=1)])
    await index.close()


async def test_words_are_found_in_their_other_forms(desk: Desk) -> None:
    note = desk.file("note.txt", "Die Rechnung für die Häuser liegt bei. The packages were uploaded in the Straße.")
    for words in ("Welche Rechnungen?", "das haus", "Wo sind Häuser", "uploading", "package", "welche Strassen"):
        assert await desk.texts(words, note), words
    assert await desk.texts("welche Brücken", note) == []


async def test_two_thousand_files_are_found_among_each_other(desk: Desk) -> None:
    sources = [
        Source(name=f"{n}.txt", path=None, text=f"Ship number{n} lies at pier {n % 7}.", media_type="", size=9)
        for n in range(2000)
    ]
    for each in sources:
        await desk.index.index(each)
    [found] = await desk.index.find("Where does number1234 lie?", sources, 1)
    assert found.document == "1234.txt"
    assert len(await desk.index.find("ship", sources, 50)) == 50
    assert await desk.index.find("number1234", sources[:1000], 5) == ()


def bytes_of(desk: Desk) -> bytes:
    """All that the index has on the disk."""
    return b"".join(path.read_bytes() for path in desk.path.parent.glob("passages.db*"))


async def test_of_a_text_that_is_gone_for_good_no_word_is_left_on_the_disk(desk: Desk) -> None:
    text = "Zebrasecret paid. " * 5000
    note = Source(name="note", path=None, text=text, media_type="text/plain", size=9)
    await desk.index.index(desk.file("kept.txt", "Ships need a pilot."))
    await desk.index.index(note, task_id=TaskId("one"))
    await desk.reopen()
    await desk.index.sweep()
    assert b"zebrasecret" in bytes_of(desk).lower()
    before = desk.path.stat().st_size
    await desk.index.forget(TaskId("one"))
    assert b"zebrasec" not in bytes_of(desk).lower()
    assert desk.path.stat().st_size < before


async def test_a_sweep_needs_no_start_and_leaves_no_word_either(desk: Desk) -> None:
    rules = desk.file("rules.txt", "Zebrasecret ships need a pilot. " * 500)
    await desk.index.index(rules)
    remove(rules)
    await desk.index.sweep()
    assert b"zebrasec" not in bytes_of(desk).lower()


async def test_nothing_is_opened_to_remove_something(desk: Desk) -> None:
    await desk.index.sweep()
    await desk.index.forget(TaskId("one"))
    assert not desk.path.exists()


class Forgetful(PassageIndex):
    """Loses what was put in at once."""

    async def index(self, source: Source, *, task_id: TaskId | None = None) -> Indexed:
        indexed = await super().index(source, task_id=TaskId("one"))
        await self.forget(TaskId("one"))
        return indexed


async def test_an_index_that_is_lost_again_and_again_is_said(desk: Desk) -> None:
    note = Source(name="note", path=None, text="A pilot.", media_type="text/plain", size=9)
    index = Forgetful(desk.path, reader=desk.reader, now=lambda: START)
    with pytest.raises(StorageFailed, match="again and again"):
        await index.find("pilot", [note])
    await index.close()
