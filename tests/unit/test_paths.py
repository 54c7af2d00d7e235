"""The data folder."""

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from desktop.engine import RESERVED_BYTES, StorageFailed
from desktop.paths import Paths, find_paths, prepare
from desktop.store import open_store


def test_the_environment_moves_all_data(tmp_path: Path) -> None:
    assert find_paths({"LEGWORK_DATA_DIR": str(tmp_path)}) == Paths(data=tmp_path)


def test_without_a_wish_the_data_is_where_the_system_keeps_it() -> None:
    assert find_paths({}).data.name == "legwork"
    assert find_paths({"LEGWORK_DATA_DIR": ""}) == find_paths({})


def test_a_relative_folder_is_made_absolute() -> None:
    assert find_paths({"LEGWORK_DATA_DIR": "here"}).data == Path.cwd() / "here"


def test_everything_lies_inside_the_data_folder(tmp_path: Path) -> None:
    paths = Paths(data=tmp_path)
    names = [name for name, value in vars(Paths).items() if isinstance(value, property)]
    found = [value for name in names if isinstance(value := getattr(paths, name), Path)]
    assert found
    assert all(path.is_relative_to(tmp_path) for path in found)


async def test_the_database_has_the_name_that_the_store_gives_it(tmp_path: Path) -> None:
    await open_store(tmp_path).close()
    assert Paths(data=tmp_path).database.is_file()


def test_a_new_data_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    paths = Paths(data=tmp_path / "deep" / "data")
    prepare(paths)
    assert stat.S_IMODE(paths.data.stat().st_mode) == 0o700
    assert paths.models.is_dir()


def test_preparing_twice_leaves_no_trace(tmp_path: Path) -> None:
    paths = Paths(data=tmp_path / "data")
    prepare(paths)
    before = sorted(paths.data.iterdir())
    prepare(paths)
    assert sorted(paths.data.iterdir()) == before == sorted([paths.models, paths.runs])


def test_a_folder_that_exists_keeps_its_rights(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    prepare(Paths(data=tmp_path))
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750


def test_a_file_in_place_of_the_folder_is_named_with_the_way_out(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("mine")
    with pytest.raises(StorageFailed) as failed:
        prepare(Paths(data=taken))
    assert str(taken) in failed.value.message
    assert "LEGWORK_DATA_DIR" in failed.value.hint
    assert taken.read_text() == "mine"


@contextmanager
def failing_probe(number: int, *_arguments: Any, **_options: Any) -> Iterator[Any]:
    raise OSError(number, os.strerror(number))
    yield


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EROFS, "can't be written"), (errno.EACCES, "can't be written"), (errno.ENOSPC, "is full")],
)
def test_a_folder_that_takes_no_file_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda *_a, **_o: failing_probe(number))
    with pytest.raises(StorageFailed, match=words) as failed:
        prepare(Paths(data=tmp_path))
    assert failed.value.hint


def test_a_disk_that_is_nearly_full_counts_as_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = RESERVED_BYTES - 1

    monkeypatch.setattr("shutil.disk_usage", lambda _path: Usage)
    with pytest.raises(StorageFailed, match="is full"):
        prepare(Paths(data=tmp_path))
