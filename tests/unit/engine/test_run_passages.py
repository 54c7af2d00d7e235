"""A run searches documents, and waits where the data folder can't be used for a while."""

from collections.abc import Callable, Coroutine
from typing import Any

from desktop.engine import Indexed, Input, Passage, Result, Run, Source, StorageBlocked, TaskId, TaskStatus
from desktop.engine.run_passages import RunPassages
from desktop.engine.signs_of_life import SignsOfLife
from tests.fakes.memory_passages import MemoryPassages
from tests.fakes.memory_reader import MemoryReader
from tests.unit.engine.conftest import DONE, World


class BlockedOnce(MemoryPassages):
    """Can't be used at the first call."""

    def __init__(self, reader: MemoryReader) -> None:
        super().__init__(reader)
        self.calls = 0

    async def index(self, source: Source, *, task_id: TaskId | None = None) -> Indexed:
        self.calls += 1
        if self.calls == 1:
            raise StorageBlocked("The disk is gone. Everything is kept.", hint="Bring it back.")
        return await super().index(source, task_id=task_id)


async def test_a_run_finds_passages_and_waits_out_a_disk_that_is_away(world: World) -> None:
    found: list[tuple[Passage, ...]] = []

    async def searches(run: Run) -> Result:
        [source] = await run.sources()

        async def work() -> int:
            indexed = await run.passages.index(source)
            found.append(await run.passages.find("note", [source]))
            found.append(await run.passages.around(source, 0, indexed.passages))
            return indexed.passages

        await run.step("work", work)
        return DONE

    world.passages = passages = BlockedOnce(world.reader)
    await world.open(searches)
    task_id = await world.submit()
    await world.settle()
    await world.clock.run_for(1)
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert passages.calls == 2
    assert [[each.text for each in every] for every in found] == [["A note."], ["A note."]]


async def test_every_document_that_is_read_again_for_a_search_is_a_sign_of_life() -> None:
    reader, life = MemoryReader(), SignsOfLife()

    async def at_once(write: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        return await write()

    passages = RunPassages(all_passages=MemoryPassages(reader), task_id=TaskId("a"), insist=at_once, life=life)
    sources = await reader.sources(tuple(Input(name=f"{n}", text=f"Pilot {n}.") for n in range(50)))
    assert len(await passages.find("pilot", sources)) == 10
    assert life.count > len(sources)
