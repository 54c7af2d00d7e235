"""Files of an earlier run on disks that behave in their own ways."""

import os
from pathlib import Path
from typing import Any

import pytest

from desktop.engine import RunNumber, StorageFailed
from desktop.store import RunFiles
from tests.unit.store.samples import task_id

TASK, EARLIER, LATER = task_id(1), RunNumber(1), RunNumber(2)


@pytest.fixture
async def files(tmp_path: Path) -> RunFiles:
    files = RunFiles(tmp_path)
    await files.write(TASK, EARLIER, "work/a.txt", b"text")
    return files


async def test_a_file_takes_no_room_twice(files: RunFiles) -> None:
    await files.carry_over(TASK, EARLIER, LATER)
    assert files.path(TASK, LATER, "work/a.txt").samefile(files.path(TASK, EARLIER, "work/a.txt"))


async def test_a_disk_without_links_gets_copies(files: RunFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    await files.carry_over(TASK, EARLIER, LATER)
    assert await files.read(TASK, LATER, "work/a.txt") == b"text"
    assert not files.path(TASK, LATER, "work/a.txt").samefile(files.path(TASK, EARLIER, "work/a.txt"))


async def test_a_full_disk_is_told_and_the_next_try_goes_on(files: RunFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    await files.write(TASK, EARLIER, "work/b.txt", b"more")
    with monkeypatch.context() as patch:
        patch.setattr(os, "link", full)
        patch.setattr("desktop.store.files._write", full)
        with pytest.raises(StorageFailed, match="full"):
            await files.carry_over(TASK, EARLIER, LATER)
    await files.carry_over(TASK, EARLIER, LATER)
    assert await files.read(TASK, LATER, "work/b.txt") == b"more"


async def test_a_file_that_the_run_writes_in_the_same_moment_holds(
    files: RunFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def late(source: Path, target: Path) -> None:
        target.write_bytes(b"its own")
        link(source, target)

    monkeypatch.setattr(os, "link", late)
    await files.carry_over(TASK, EARLIER, LATER)
    assert await files.read(TASK, LATER, "work/a.txt") == b"its own"


async def test_half_written_files_and_links_that_lead_away_stay_behind(files: RunFiles, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("elsewhere")
    work = files.path(TASK, EARLIER, "work/a.txt").parent
    (work / ".0123.part").write_bytes(b"half")
    (work / "away.txt").symlink_to(tmp_path / "secret.txt")
    await files.carry_over(TASK, EARLIER, LATER)
    assert [path.name for path in files.path(TASK, LATER, "work/a.txt").parent.iterdir()] == ["a.txt"]
