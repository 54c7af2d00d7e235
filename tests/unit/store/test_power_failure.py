"""What is on the disk when the power fails: what a folder held when it was last synced, and a file's content then.

See "fsync" in POSIX.1-2017: syncing a file does not sync the folder that names it, nor the folders above.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.engine import RunNumber, StorageFailed
from desktop.store import RunFiles, open_store
from tests.unit.store.frozen import thaw
from tests.unit.store.samples import task_id

TASK, RUN = task_id(1), RunNumber(1)


class Disk:
    """Remembers what was synced, by inode."""

    def __init__(self) -> None:
        self._names: dict[int, dict[str, int]] = {}
        self._contents: dict[int, bytes] = {}

    def sync(self, descriptor: int) -> None:
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            with os.scandir(descriptor) as entries:
                self._names[found.st_ino] = {entry.name: entry.inode() for entry in entries}
        else:
            self._contents[found.st_ino] = Path(f"/proc/self/fd/{descriptor}").read_bytes()

    def names(self, path: Path, below: Path) -> int | None:
        """The inode that the disk finds by that path, where it finds its way from `below`."""
        inode: int | None = below.stat().st_ino
        for part in path.relative_to(below).parts:
            inode = None if inode is None else self._names.get(inode, {}).get(part)
        return inode

    def content(self, path: Path, below: Path) -> bytes | None:
        inode = self.names(path, below)
        return None if inode is None else self._contents.get(inode)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    found = Disk()
    monkeypatch.setattr(os, "fsync", found.sync)
    return found


async def test_a_file_is_there_with_all_folders_that_lead_to_it(disk: Disk, tmp_path: Path) -> None:
    files = RunFiles(tmp_path / "runs")
    for name in ("artifacts/report.md", "work/a/b.txt", "c.txt"):
        await files.write(TASK, RUN, name, name.encode())
    for name in ("artifacts/report.md", "work/a/b.txt", "c.txt"):
        assert disk.content(files.path(TASK, RUN, name), tmp_path) == name.encode()


async def test_a_file_is_there_where_another_write_had_just_made_its_folder(disk: Disk, tmp_path: Path) -> None:
    files = RunFiles(tmp_path / "runs")
    path = files.path(TASK, RUN, "artifacts/report.md")
    path.parent.mkdir(parents=True)
    await files.write(TASK, RUN, "artifacts/report.md", b"report")
    assert disk.content(path, tmp_path) == b"report"


async def test_the_second_content_is_there_after_the_second_write(disk: Disk, tmp_path: Path) -> None:
    files = RunFiles(tmp_path / "runs")
    for content in (b"first", b"second"):
        await files.write(TASK, RUN, "a.txt", content)
        assert disk.content(files.path(TASK, RUN, "a.txt"), tmp_path) == content


async def test_a_new_database_stands_in_its_folder_by_its_name(disk: Disk, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    await open_store(tmp_path / "data").close()
    path = tmp_path / "data" / "legwork.db"
    assert disk.names(path, tmp_path) == path.stat().st_ino


async def test_the_copy_from_before_a_migration_is_whole_and_stands_by_its_name(disk: Disk, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    thaw(1, tmp_path / "data" / "legwork.db")
    await open_store(tmp_path / "data").close()
    (copy,) = (tmp_path / "data" / "backups").iterdir()
    assert disk.content(copy, tmp_path / "data") == copy.read_bytes() != b""
    assert not list((tmp_path / "data").glob("*new*"))


def failing_on_folders(number: int) -> Callable[[int], None]:
    def sync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))

    return sync


async def test_a_file_system_that_has_nothing_to_sync_in_a_folder_is_fine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", failing_on_folders(errno.EINVAL))
    await RunFiles(tmp_path / "runs").write(TASK, RUN, "a.txt", b"a")
    assert await RunFiles(tmp_path / "runs").read(TASK, RUN, "a.txt") == b"a"


async def test_a_folder_that_can_not_be_synced_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", failing_on_folders(errno.EIO))
    with pytest.raises(StorageFailed, match="reports an error") as failed:
        await RunFiles(tmp_path / "runs").write(TASK, RUN, "a.txt", b"a")
    assert failed.value.hint
