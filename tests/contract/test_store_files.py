"""What every `Files` promises: the ones on disk and their double in memory."""

import hashlib
from pathlib import Path

import pytest

from desktop.engine import Files, RunNumber, StorageFailed, TaskId
from desktop.store import RunFiles
from tests.fakes.memory_files import MemoryFiles
from tests.unit.store.samples import task_id

TASK, RUN = task_id(1), RunNumber(1)


@pytest.fixture(params=["on disk", "in memory"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    return MemoryFiles() if request.param == "in memory" else RunFiles(tmp_path)


@pytest.mark.parametrize("content", [b"", b"report", bytes(range(256)) * 5000])
async def test_a_file_comes_back_as_it_was_written(files: Files, content: bytes) -> None:
    stored = await files.write(TASK, RUN, "artifacts/report.md", content)
    assert (stored.name, stored.size) == ("artifacts/report.md", len(content))
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert await files.read(TASK, RUN, "artifacts/report.md") == content


async def test_a_second_write_takes_the_place_of_the_first(files: Files) -> None:
    await files.write(TASK, RUN, "a.txt", b"longer before")
    await files.write(TASK, RUN, "a.txt", b"after")
    assert await files.read(TASK, RUN, "a.txt") == b"after"


async def test_runs_and_tasks_do_not_see_each_others_files(files: Files) -> None:
    await files.write(TASK, RUN, "a.txt", b"one")
    await files.write(TASK, RunNumber(2), "a.txt", b"two")
    assert await files.read(TASK, RUN, "a.txt") == b"one"
    with pytest.raises(StorageFailed):
        await files.read(task_id(2), RUN, "a.txt")


async def test_a_file_that_is_gone_is_named_with_a_way_out(files: Files) -> None:
    with pytest.raises(StorageFailed) as gone:
        await files.read(TASK, RUN, "artifacts/report.md")
    assert "report.md" in gone.value.message
    assert gone.value.hint


async def test_the_path_ends_with_task_run_and_name(files: Files) -> None:
    assert files.path(TASK, RUN, "artifacts/Größe 1.md").parts[-4:] == (TASK, "1", "artifacts", "Größe 1.md")


LEADING_AWAY = ["", ".", "..", "../x", "a/../b", "/etc/passwd", "a//b", "a/", "C:x", "C:\\x", "..\\x", "\\\\host\\x"]
IMPOSSIBLE = ["a\0b", "a\nb", "con", "NUL.txt", "a/Com1.log", "lpt9", "a.", "a ", "a?", "a*b", '"', "a|b", "\udcff"]


@pytest.mark.parametrize("name", LEADING_AWAY + IMPOSSIBLE)
async def test_a_name_that_leads_elsewhere_or_that_some_system_refuses_is_refused(files: Files, name: str) -> None:
    with pytest.raises(StorageFailed) as refused:
        await files.write(TASK, RUN, name, b"x")
    assert refused.value.hint
    with pytest.raises(StorageFailed):
        await files.read(TASK, RUN, name)
    with pytest.raises(StorageFailed):
        files.path(TASK, RUN, name)


@pytest.mark.parametrize("name", [".hidden", "a..b", "console.txt", "com10", "ünï", "a b/c d.txt", "...x"])
async def test_plain_names_are_fine(files: Files, name: str) -> None:
    await files.write(TASK, RUN, name, b"x")
    assert await files.read(TASK, RUN, name) == b"x"


@pytest.mark.parametrize("identifier", ["..", "../../x", "a/b", "", "a\0"])
def test_an_identifier_that_leads_elsewhere_is_refused(files: Files, identifier: str) -> None:
    with pytest.raises(StorageFailed):
        files.path(task_id(1).__class__(identifier), RUN, "a.txt")


async def test_all_files_of_all_runs_of_a_task_are_removed_and_no_others(files: Files) -> None:
    for run in (1, 2):
        await files.write(TASK, RunNumber(run), "artifacts/report.md", b"one")
    await files.write(task_id(2), RUN, "artifacts/report.md", b"two")
    for _ in range(2):  # asked again there is nothing to do
        await files.remove(TASK)
    for run in (1, 2):
        with pytest.raises(StorageFailed):
            await files.read(TASK, RunNumber(run), "artifacts/report.md")
    assert await files.read(task_id(2), RUN, "artifacts/report.md") == b"two"


@pytest.mark.parametrize("name", ["", ".", "..", "/", "a/b", "/etc"])
async def test_nothing_is_removed_that_is_no_task(files: Files, name: str) -> None:
    await files.write(TASK, RUN, "a.txt", b"one")
    with pytest.raises(StorageFailed):
        await files.remove(TaskId(name))
    assert await files.read(TASK, RUN, "a.txt") == b"one"
