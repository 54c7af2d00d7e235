"""A task is found by the beginning of its identifier, whatever that ends in."""

from dataclasses import replace
from pathlib import Path

import pytest

from desktop.cli.archive import Archive
from desktop.engine import TaskId, UnknownTask
from desktop.paths import Paths
from tests.fakes.memory_store import MemoryStore
from tests.unit.store import samples

ONE = TaskId("01M89Z2PNQQMWX0MA1ANRA5BGZ")
OTHER = TaskId("01M89Z2PNQQMWX0MA1ANRA5BH0")


@pytest.fixture
async def archive(tmp_path: Path) -> Archive:
    store = MemoryStore()
    for task_id in (ONE, OTHER):
        await store.add(samples.submitted(replace(samples.task(), task_id=task_id)))
    return Archive(store, Paths(data=tmp_path))


@pytest.mark.parametrize(
    ("wanted", "found"), [(ONE, ONE), (ONE[:-1], ONE), (OTHER[:-1], OTHER), (OTHER.lower(), OTHER)]
)
async def test_a_task_is_found_by_its_beginning(archive: Archive, wanted: str, found: TaskId) -> None:
    assert (await archive.task(wanted)).task_id == found


@pytest.mark.parametrize(("wanted", "why"), [(ONE[:-2], "More than one"), ("01M8A", "No task's"), ("", "No task's")])
async def test_what_is_none_or_several_is_said(archive: Archive, wanted: str, why: str) -> None:
    with pytest.raises(UnknownTask, match=why):
        await archive.task(wanted)
