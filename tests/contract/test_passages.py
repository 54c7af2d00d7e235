"""The index finds passages by their words, and says what can't be read; its double does as well."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from desktop.engine import Input, PassageStore, Source, SystemClock, TaskId, UnreadableDocument
from desktop.store import PassageIndex
from tests.fakes.memory_passages import MemoryPassages
from tests.fakes.memory_reader import MemoryReader

TIDES = "High water comes at six in the morning.\n\n" + "\n\n".join(f"The pilot boat {word} leaves." for word in "abcd")
FILES = {"/tides.txt": TIDES, "/rules.txt": "Dogs stay on a lead.\n\nShips need a pilot.", "/empty.txt": ""}


@asynccontextmanager
async def real(folder: Path, reader: MemoryReader) -> AsyncIterator[PassageStore]:
    index = PassageIndex(folder / "passages.db", reader=reader, now=SystemClock().now)
    yield index
    await index.close()


@asynccontextmanager
async def double(folder: Path, reader: MemoryReader) -> AsyncIterator[PassageStore]:
    yield MemoryPassages(reader)


@pytest.fixture(params=[real, double])
async def passages(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PassageStore]:
    async with request.param(tmp_path, MemoryReader(FILES)) as made:
        yield made


async def source(path: str) -> Source:
    [found] = await MemoryReader(FILES).sources((Input(path=path),))
    return found


async def test_a_document_is_indexed_with_its_name_and_size(passages: PassageStore) -> None:
    indexed = await passages.index(await source("/rules.txt"))
    assert indexed.document == "rules.txt"
    assert indexed.passages >= 1
    assert 0 < indexed.characters <= len(FILES["/rules.txt"])


async def test_what_can_not_be_read_is_refused_and_passed_over_in_a_search(passages: PassageStore) -> None:
    empty, rules = await source("/empty.txt"), await source("/rules.txt")
    with pytest.raises(UnreadableDocument):
        await passages.index(empty)
    await passages.index(rules)
    assert [found.document for found in await passages.find("pilot", [rules])] == ["rules.txt"]


async def test_only_the_named_documents_are_searched_and_no_more_is_given_than_asked_for(
    passages: PassageStore,
) -> None:
    tides, rules = await source("/tides.txt"), await source("/rules.txt")
    for each in (tides, rules):
        await passages.index(each)
    assert {found.document for found in await passages.find("pilot", [tides, rules])} == {"tides.txt", "rules.txt"}
    assert {found.document for found in await passages.find("pilot", [rules])} == {"rules.txt"}
    assert len(await passages.find("pilot", [tides, rules], 1)) == 1
    assert await passages.find("pilot", []) == ()


async def test_a_document_that_nobody_indexed_is_read_for_a_search(passages: PassageStore) -> None:
    [found] = await passages.find("dogs", [await source("/rules.txt")])
    assert "Dogs stay on a lead." in found.text
    assert found.line == 1


@pytest.mark.parametrize("words", ["", "?", '"', "AND OR NOT", "pilot NEAR(", "col:x *", "\x00", "zebra", "'; DROP--"])
async def test_a_search_may_be_any_words(passages: PassageStore, words: str) -> None:
    found = await passages.find(words, [await source("/tides.txt")])
    assert all("pilot" in each.text for each in found)


async def test_what_stands_around_a_passage_is_in_order(passages: PassageStore) -> None:
    tides = await source("/tides.txt")
    indexed = await passages.index(tides)
    around = await passages.around(tides, -1, 1)
    assert [each.number for each in around] == list(range(min(2, indexed.passages)))
    assert await passages.around(tides, 500, 501) == ()


async def test_a_given_text_goes_with_the_last_task_that_gave_it(passages: PassageStore) -> None:
    [note] = await MemoryReader().sources((Input(name="note", text="A secret pilot."),))
    rules, read = await source("/rules.txt"), list[str]()
    for each in (note, rules):
        for task_id in (TaskId("one"), TaskId("two")):
            await passages.index(each, task_id=task_id)
    for task_id, times in ((TaskId("one"), 0), (TaskId("three"), 0), (TaskId("two"), 1)):
        await passages.forget(task_id)
        read.clear()
        found = await passages.find("pilot", [note, rules], on_read=lambda: read.append("again"))
        assert {each.document for each in found} == {"note", "rules.txt"}
        assert len(read) == times
    await passages.sweep()
    assert await passages.find("secret", [note])


async def test_a_text_that_is_read_again_for_a_search_goes_with_its_task_too(passages: PassageStore) -> None:
    [note] = await MemoryReader().sources((Input(name="note", text="A secret pilot."),))
    read: list[str] = []
    await passages.find("pilot", [note], task_id=TaskId("one"))
    await passages.forget(TaskId("one"))
    await passages.around(note, 0, 1, task_id=TaskId("one"))
    await passages.forget(TaskId("one"))
    await passages.find("pilot", [note], on_read=lambda: read.append("again"))
    assert read == ["again"]
