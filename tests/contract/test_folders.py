"""Given folders are listed, read, searched and written, nothing of it unseen; their double does as well."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from desktop.engine import FileConflict, FileUnavailable, Finding, Folders, PathRefused
from desktop.tools import GivenFolders
from desktop.tools.folder_handle import CheckedFolder, FolderHandle
from tests.fakes.memory_folders import MemoryFolders
from tests.unit.tools.readers import NearReader

Make = Callable[[Mapping[str, bytes]], Folders]

FILES = {
    "reports/2026/march.csv": b"name,sum\nR&D,7\n",
    "reports/notes.md": "Größe\nall of r&d\n".encode(),
    "letters/a.txt": b"Dear R&D\n",
}


@pytest.fixture(params=["memory", "by descriptor", "by path"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    handles = {"by descriptor": FolderHandle, "by path": CheckedFolder}

    def made(files: Mapping[str, bytes]) -> Folders:
        if request.param == "memory":
            return MemoryFolders(files)
        for path, content in files.items():
            file = tmp_path / "given" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        given = sorted((tmp_path / "given").iterdir())
        return GivenFolders(given, reader=NearReader(), private=tmp_path / "data", handles=handles[request.param])

    return made


async def test_a_listing_gives_the_paths_that_all_else_takes(make: Make) -> None:
    folders = make(FILES)
    assert [(each.path, each.is_folder) for each in (await folders.list()).entries] == [
        ("letters", True),
        ("reports", True),
    ]
    listing = await folders.list("reports")
    assert [(each.path, each.is_folder, each.size) for each in listing.entries] == [
        ("reports/2026", True, 0),
        ("reports/notes.md", False, 19),
    ]
    assert (listing.left_out, listing.is_cut) == (0, False)


async def test_a_file_is_read_as_bytes_with_its_version_and_as_text(make: Make) -> None:
    folders = make(FILES)
    found = await folders.read("reports/2026/march.csv")
    content = FILES["reports/2026/march.csv"]
    assert (found.path, found.content) == ("reports/2026/march.csv", content)
    assert found.version == hashlib.sha256(content).hexdigest()
    assert await folders.text("reports/notes.md") == "Größe\nall of r&d\n"


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("reports/gone.txt", FileUnavailable),
        ("reports/2026", PathRefused),
        ("reports/../letters/a.txt", PathRefused),
        ("/etc/passwd", PathRefused),
        ("elsewhere/a.txt", PathRefused),
        ("reports/.hidden", PathRefused),
        ("reports//notes.md", PathRefused),
    ],
)
async def test_what_is_no_file_of_theirs_is_not_read(make: Make, path: str, error: type[FileUnavailable]) -> None:
    with pytest.raises(error) as refused:
        await make(FILES).read(path)
    assert type(refused.value) is error
    assert refused.value.hint


@pytest.mark.parametrize("path", ["reports/gone", "reports/notes.md", "elsewhere"])
async def test_what_is_no_folder_of_theirs_is_not_listed(make: Make, path: str) -> None:
    with pytest.raises(FileUnavailable):
        await make(FILES).list(path)


async def test_words_are_found_in_lines_and_names_whatever_their_case(make: Make) -> None:
    folders = make(FILES)
    assert (await folders.search(" r&D ")).found == (
        Finding(path="letters/a.txt", line=1, text="Dear R&D"),
        Finding(path="reports/2026/march.csv", line=2, text="R&D,7"),
        Finding(path="reports/notes.md", line=2, text="all of r&d"),
    )
    assert (await folders.search("MARCH", "reports/2026")).found == (
        Finding(path="reports/2026/march.csv", line=None, text=""),
    )
    assert (await folders.search("GRÖSSE", "reports")).found == (
        Finding(path="reports/notes.md", line=1, text="Größe"),
    )
    with pytest.raises(FileUnavailable):
        await folders.search("  ")


async def test_a_new_file_is_written_with_the_folders_that_it_needs(make: Make) -> None:
    folders = make(FILES)
    written = await folders.write("reports/2027/q1/plan.md", b"# Plan")
    assert (written.path, written.replaced) == ("reports/2027/q1/plan.md", None)
    assert await folders.read("reports/2027/q1/plan.md") == await folders.read(written.path)
    assert (await folders.read(written.path)).version == written.version


async def test_a_file_that_is_there_is_replaced_only_by_who_knows_it(make: Make) -> None:
    folders = make(FILES)
    before = await folders.read("letters/a.txt")
    for wrong in (None, "0" * 64):
        with pytest.raises(FileConflict) as refused:
            await folders.write("letters/a.txt", b"new", version=wrong)
        assert refused.value.version == before.version
        assert refused.value.hint
    assert await folders.read("letters/a.txt") == before
    written = await folders.write("letters/a.txt", b"new", version=before.version)
    assert written.replaced == before.version
    assert (await folders.read("letters/a.txt")).content == b"new"
    with pytest.raises(FileConflict):
        await folders.write("letters/gone.txt", b"new", version=before.version)


@pytest.mark.parametrize("path", ["letters", "elsewhere/a.txt", "letters/../a.txt", "letters/.profile", "/a", ""])
async def test_what_would_lie_elsewhere_is_not_written(make: Make, path: str) -> None:
    with pytest.raises(PathRefused):
        await make(FILES).write(path, b"x")
