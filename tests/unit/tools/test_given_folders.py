"""Given folders that somebody is out to leave: links, races, odd files, and limits."""

import asyncio
import contextlib
import errno
import os
import shutil
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.engine import FileConflict, FileUnavailable, PathRefused, UnreadableDocument
from desktop.tools import GivenFolders, file_content, folder_search, given_folders
from desktop.tools.folder_handle import CheckedFolder, FolderHandle, handle_kind
from tests.unit.tools.documents import pdf
from tests.unit.tools.readers import NearReader

CANARY = b"canary-77c1"
KINDS = [FolderHandle, CheckedFolder]


class World:
    """A given folder, and a secret beside it."""

    def __init__(self, base: Path, handles: type[FolderHandle] = FolderHandle) -> None:
        self.base = base
        self.given = base / "given"
        self.outside = base / "outside"
        self.data = base / "data"
        self._handles = handles
        for folder in (self.given / "sub", self.outside / "sub", self.data):
            folder.mkdir(parents=True)
        (self.given / "a.txt").write_bytes(b"a")
        (self.given / "sub" / "b.txt").write_bytes(b"b")
        for place in ("secret.txt", "b.txt", "sub/b.txt"):
            (self.outside / place).write_bytes(CANARY)
        (self.data / "secret.txt").write_bytes(CANARY)

    def open(self, *more: Path) -> GivenFolders:
        return GivenFolders([self.given, *more], reader=NearReader(), private=self.data, handles=self._handles)

    def outside_now(self) -> dict[str, bytes]:
        return {str(each): each.read_bytes() for each in self.outside.rglob("*") if each.is_file()}


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    return World(tmp_path, request.param)


@pytest.fixture
def near(tmp_path: Path) -> World:
    return World(tmp_path)


def lead_out(world: World) -> list[str]:
    """Links of all kinds, and the paths over which they lead to a secret."""
    (world.given / "file").symlink_to(world.outside / "secret.txt")
    (world.given / "folder").symlink_to(world.outside, target_is_directory=True)
    (world.given / "up").symlink_to("..", target_is_directory=True)
    (world.given / "within").symlink_to("sub", target_is_directory=True)
    (world.given / "loop").symlink_to("loop")
    (world.given / "nowhere").symlink_to(world.outside / "new.txt")
    return ["file", "folder/secret.txt", "up/outside/secret.txt", "within/b.txt", "loop", "nowhere", "folder/sub/b.txt"]


async def test_links_are_neither_listed_nor_read_nor_searched_nor_written_through(world: World) -> None:
    paths = lead_out(world)
    folders, before = world.open(), world.outside_now()
    for path in paths:
        with pytest.raises((PathRefused, FileConflict)):
            await folders.read(f"given/{path}")
        for version in (None, file_content.version_of(CANARY)):
            with pytest.raises((PathRefused, FileConflict)):
                await folders.write(f"given/{path}", b"x", version=version)
    listing = await folders.list("given")
    assert [entry.path for entry in listing.entries] == ["given/a.txt", "given/sub"]
    assert listing.left_out == 6
    assert (await folders.search("canary")).found == ()
    assert [each.path for each in (await folders.search("b.txt")).found] == ["given/sub/b.txt"]
    assert world.outside_now() == before


async def test_a_pipe_a_socket_and_a_device_are_left_alone(world: World) -> None:
    os.mkfifo(world.given / "pipe")
    folders = world.open()
    with pytest.raises(PathRefused):
        await folders.read("given/pipe")
    with pytest.raises(FileConflict):
        await folders.write("given/pipe", b"x")
    assert (await folders.list("given")).left_out == 1
    assert (await folders.search("pipe")).found == ()
    devices = GivenFolders([Path("/dev")], reader=NearReader(), private=world.data)
    with pytest.raises(PathRefused):
        await devices.read("dev/null")


async def test_a_pipe_that_comes_in_the_last_moment_holds_nobody_up(
    near: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swap() -> None:
        (near.given / "a.txt").unlink()
        os.mkfifo(near.given / "a.txt")

    before_opening(monkeypatch, "a.txt", swap)
    with pytest.raises(PathRefused):
        await near.open().read("given/a.txt")


def before_opening(monkeypatch: pytest.MonkeyPatch, name: str, do: Callable[[], None]) -> None:
    """Do something once, right before the system opens a file or folder by that name."""
    real, done = os.open, threading.Event()

    def opened(path: Any, *arguments: Any, **options: Any) -> int:
        if Path(path).name == name and not done.is_set():
            done.set()
            do()
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", opened)


def after_opening(monkeypatch: pytest.MonkeyPatch, name: str, do: Callable[[], None]) -> None:
    """Do something once, right after the system opened a folder by that name."""
    real, done = os.open, threading.Event()

    def opened(path: Any, *arguments: Any, **options: Any) -> int:
        descriptor = real(path, *arguments, **options)
        if Path(path).name == name and not done.is_set():
            done.set()
            do()
        return descriptor

    monkeypatch.setattr(os, "open", opened)


def turn_into_link(world: World) -> Callable[[], None]:
    def swap() -> None:
        (world.given / "sub").rename(world.base / "moved")
        (world.given / "sub").symlink_to(world.outside / "sub", target_is_directory=True)

    return swap


async def test_a_folder_that_becomes_a_link_before_it_is_opened_is_not_entered(
    near: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders, before = near.open(), near.outside_now()
    before_opening(monkeypatch, "sub", turn_into_link(near))
    with pytest.raises(PathRefused, match="link"):
        await folders.read("given/sub/b.txt")
    with pytest.raises(PathRefused, match="link"):
        await folders.write("given/sub/new.txt", b"x")
    assert near.outside_now() == before


async def test_a_folder_that_becomes_a_link_after_it_was_opened_is_still_the_folder_that_it_was(
    near: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders, before = near.open(), near.outside_now()
    after_opening(monkeypatch, "sub", turn_into_link(near))
    assert (await folders.read("given/sub/b.txt")).content == b"b"
    assert near.outside_now() == before


async def test_what_is_written_while_its_folder_becomes_a_link_never_lands_behind_it(
    near: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders, before = near.open(), near.outside_now()
    after_opening(monkeypatch, "sub", turn_into_link(near))
    await folders.write("given/sub/new.txt", b"x")
    assert (near.base / "moved" / "new.txt").read_bytes() == b"x"
    assert near.outside_now() == before


async def test_a_file_that_becomes_a_link_before_it_is_opened_is_not_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swap() -> None:
        (world.given / "a.txt").unlink()
        (world.given / "a.txt").symlink_to(world.outside / "secret.txt")

    before_opening(monkeypatch, "a.txt", swap)
    with pytest.raises(PathRefused):
        await world.open().read("given/a.txt")


async def test_the_given_folder_itself_can_not_be_swapped_for_another(world: World) -> None:
    folders = world.open()
    world.given.rename(world.base / "moved")
    for put in (lambda: world.given.symlink_to(world.outside), lambda: shutil.copytree(world.outside, world.given)):
        put()
        with pytest.raises(PathRefused, match="not the folder any more"):
            await folders.read("given/b.txt")
        world.given.unlink() if world.given.is_symlink() else shutil.rmtree(world.given)
    with pytest.raises(FileUnavailable):
        await folders.list("given")


async def test_somebody_who_swaps_all_the_time_never_gets_the_secret_out(near: World) -> None:
    folders, before, stop = near.open(), near.outside_now(), threading.Event()
    sub, real, link = near.given / "sub", near.base / "real", near.base / "link"
    link.symlink_to(near.outside / "sub", target_is_directory=True)

    def swap() -> None:
        while not stop.is_set():
            sub.rename(real)
            link.rename(sub)
            sub.rename(link)
            real.rename(sub)

    attacker = threading.Thread(target=swap, name="attacker")
    attacker.start()
    seen = set()
    try:
        for _ in range(300):
            with contextlib.suppress(FileUnavailable):
                seen.add((await folders.read("given/sub/b.txt")).content)
            with contextlib.suppress(FileUnavailable):
                await folders.write("given/sub/b.txt", b"b", version=file_content.version_of(b"b"))
    finally:
        stop.set()
        attacker.join()
    assert seen == {b"b"}
    assert near.outside_now() == before


async def test_legworks_own_data_is_closed_inside_a_given_folder_too(world: World) -> None:
    folders = GivenFolders([world.base], reader=NearReader(), private=world.data)
    root = world.base.name
    assert (await folders.read(f"{root}/outside/secret.txt")).content == CANARY
    for attempt in (
        folders.read(f"{root}/data/secret.txt"),
        folders.list(f"{root}/data"),
        folders.search("c", f"{root}/data"),
    ):
        with pytest.raises(PathRefused, match="own data"):
            await attempt
    assert not any("/data/" in each.path for each in (await folders.search("canary", root)).found)
    for own in (world.data, world.base / "data"):
        with pytest.raises(PathRefused, match="own data"):
            GivenFolders([own], reader=NearReader(), private=world.data)


async def test_given_folders_of_one_name_are_told_apart(world: World) -> None:
    hidden = world.base / ".given"
    hidden.mkdir()
    (hidden / "c.txt").write_bytes(b"c")
    folders = world.open(world.outside / "sub", world.outside, hidden, world.given / "sub")
    assert [entry.path for entry in (await folders.list()).entries] == ["given", "sub", "outside", "given 2", "sub 2"]
    assert (await folders.read("given 2/c.txt")).content == b"c"
    assert (await folders.read("sub/b.txt")).content == CANARY
    assert (await folders.read("sub 2/b.txt")).content == b"b"


@pytest.mark.parametrize("path", ["a.txt", "gone", "sub/b.txt"])
def test_what_is_no_folder_is_not_given(near: World, path: str) -> None:
    with pytest.raises(PathRefused, match="no folder that can be opened"):
        GivenFolders([near.given / path], reader=NearReader(), private=near.data)


def test_a_link_that_the_person_gave_is_theirs(world: World) -> None:
    link = world.base / "mine"
    link.symlink_to(world.given, target_is_directory=True)
    folders = GivenFolders([link], reader=NearReader(), private=world.data)
    assert asyncio.run(folders.read("given/a.txt")).content == b"a"


async def test_a_file_with_a_second_name_outside_is_read_and_never_written_through(world: World) -> None:
    os.link(world.outside / "secret.txt", world.given / "linked.txt")
    folders = world.open()
    found = await folders.read("given/linked.txt")
    await folders.write("given/linked.txt", b"new", version=found.version)
    assert (world.given / "linked.txt").read_bytes() == b"new"
    assert (world.outside / "secret.txt").read_bytes() == CANARY


async def test_a_document_in_a_folder_is_read_as_text(near: World) -> None:
    pdf(near.given / "two.pdf", "First", "Second")
    (near.given / "Makefile").write_text("all: it\n")
    (near.given / "noise").write_bytes(bytes(range(256)) * 20)
    folders = near.open()
    assert [page.strip() for page in (await folders.text("given/two.pdf")).split("\f")] == ["First", "Second"]
    assert await folders.text("given/Makefile") == "all: it\n"
    with pytest.raises(UnreadableDocument):
        await folders.text("given/noise")


async def test_a_name_is_found_in_the_spelling_that_it_has(near: World) -> None:
    (near.given / "Cafe\u0301.txt").write_bytes(b"decomposed")
    folders = near.open()
    assert (await folders.read("given/Café.txt")).content == b"decomposed"
    (near.given / "CAFÉ.txt").write_bytes(b"another")
    with pytest.raises(FileUnavailable, match="not there"):
        await folders.read("given/Café.txt")
    assert (await folders.read("given/CAFÉ.txt")).content == b"another"


@pytest.mark.parametrize("path", ["given/A.TXT", "given/\uff41.txt"])
async def test_a_new_file_that_looks_like_one_that_is_there_is_not_written(world: World, path: str) -> None:
    with pytest.raises(FileConflict, match=r"Nearly the same name, a\.txt"):
        await world.open().write(path, b"x")
    assert sorted(each.name for each in world.given.iterdir()) == ["a.txt", "sub"]


async def test_a_file_that_comes_while_another_is_written_is_not_overwritten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = world.open()
    fsync = os.fsync

    def come(descriptor: int) -> None:
        (world.given / "new.txt").write_bytes(b"theirs")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", come)
    with pytest.raises(FileConflict):
        await folders.write("given/new.txt", b"ours")
    monkeypatch.undo()
    assert (world.given / "new.txt").read_bytes() == b"theirs"
    found = await folders.read("given/a.txt")

    def change(descriptor: int) -> None:
        (world.given / "a.txt").write_bytes(b"theirs")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", change)
    with pytest.raises(FileConflict):
        await folders.write("given/a.txt", b"ours", version=found.version)
    assert (world.given / "a.txt").read_bytes() == b"theirs"
    assert sorted(each.name for each in world.given.iterdir()) == ["a.txt", "new.txt", "sub"]


@pytest.mark.parametrize("taken", [False, True])
async def test_a_disk_that_knows_no_second_names_is_written_to_as_well(
    near: World, monkeypatch: pytest.MonkeyPatch, taken: bool
) -> None:
    def link(*_: Any, **__: Any) -> None:
        if taken:
            (near.given / "new.txt").write_bytes(b"theirs")
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    if taken:
        with pytest.raises(FileConflict):
            await near.open().write("given/new.txt", b"ours")
    else:
        await near.open().write("given/new.txt", b"ours")
    assert (near.given / "new.txt").read_bytes() == (b"theirs" if taken else b"ours")
    assert sorted(each.name for each in near.given.iterdir()) == ["a.txt", "new.txt", "sub"]


async def test_a_replaced_file_keeps_its_permissions_and_a_new_one_is_no_program(world: World) -> None:
    (world.given / "a.txt").chmod(0o4750)
    folders = world.open()
    await folders.write("given/a.txt", b"new", version=(await folders.read("given/a.txt")).version)
    await folders.write("given/new.sh", b"#!/bin/sh\n")
    assert stat.S_IMODE((world.given / "a.txt").stat().st_mode) == 0o750
    assert not stat.S_IMODE((world.given / "new.sh").stat().st_mode) & 0o111


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EACCES, "may not be read or written"),
        (errno.EIO, "could not be used"),
    ],
)
async def test_a_disk_that_says_no_leaves_all_as_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    folders = world.open()
    version = (await folders.read("given/a.txt")).version
    monkeypatch.setattr(os, "fsync", fail)
    for path, of in (("given/new.txt", None), ("given/a.txt", version)):
        with pytest.raises(FileUnavailable, match=said):
            await folders.write(path, b"x", version=of)
    assert (world.given / "a.txt").read_bytes() == b"a"
    assert sorted(each.name for each in world.given.iterdir()) == ["a.txt", "sub"]


async def test_sizes_are_bounded(near: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_content, "MOST_BYTES", 10)
    (near.given / "big").write_bytes(b"12345678901")
    folders = near.open()
    with pytest.raises(FileUnavailable, match="too large"):
        await folders.read("given/big")
    with pytest.raises(FileUnavailable, match="too large"):
        await folders.write("given/new", b"12345678901")
    proc = GivenFolders([Path("/proc")], reader=NearReader(), private=near.data)
    with pytest.raises(FileUnavailable, match="too large"):
        await proc.read("proc/version")  # it says that it holds nothing, and holds more


async def test_a_file_that_changes_while_it_is_read_is_not_believed(
    near: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.fstat, 0

    def look(descriptor: int) -> os.stat_result:
        nonlocal calls
        calls += 1
        if calls == 4:
            with (near.given / "a.txt").open("ab") as file:
                file.write(b"more")
        return real(descriptor)

    folders = near.open()
    calls = 0
    monkeypatch.setattr(os, "fstat", look)
    with pytest.raises(FileUnavailable, match="changed while it was read"):
        await folders.read("given/a.txt")


async def test_a_listing_is_cut_and_says_so(near: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given_folders, "MOST_ENTRIES", 2)
    (near.given / ".hidden").write_bytes(b"")
    folders = near.open()
    listing = await folders.list("given")
    assert (len(listing.entries), listing.left_out, listing.is_cut) == (2, 1, False)
    (near.given / "z").write_bytes(b"")
    assert (await folders.list("given")).is_cut


@pytest.mark.parametrize(
    ("limit", "most"), [("MOST_FOUND", 3), ("MOST_FILES", 2), ("MOST_BYTES", 5), ("MOST_BYTES_OF_FILE", 1)]
)
async def test_a_search_is_cut_and_says_so(near: World, monkeypatch: pytest.MonkeyPatch, limit: str, most: int) -> None:
    for number in range(5):
        (near.given / f"{number} word").write_bytes(b"word\n")
    folders = near.open()
    assert not (await folders.search("word")).is_cut
    monkeypatch.setattr(folder_search, limit, most)
    findings = await folders.search("word")
    if limit == "MOST_BYTES_OF_FILE":
        assert [each.line for each in findings.found] == [None] * 5
    else:
        assert findings.is_cut
        assert len(findings.found) < 10


async def test_a_search_passes_what_it_can_not_read(near: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (near.given / "binary").write_bytes(b"\0 word")
    (near.given / "latin").write_bytes("Größe word".encode("latin-1"))
    (near.given / "long").write_bytes(b"x" * 1000 + b"word" + b"y" * 1000)
    (near.given / ".hidden word").write_bytes(b"word")
    before_opening(monkeypatch, "a.txt", (near.given / "a.txt").unlink)
    found = (await near.open().search("word")).found
    assert [each.path for each in found] == ["given/latin", "given/long"]
    assert found[0].text == "Gr\ufffd\ufffde word"
    assert len(found[1].text) < 300


async def test_a_search_that_nobody_waits_for_ends(near: World, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, names = threading.Event(), threading.Event(), FolderHandle.names
    listed = []

    def wait(folder: FolderHandle) -> list[str]:
        listed.append(folder)
        begun.set()
        go_on.wait()
        return names(folder)

    monkeypatch.setattr(FolderHandle, "names", wait)
    searching = asyncio.create_task(near.open().search("word"))
    await asyncio.to_thread(begun.wait)
    searching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await searching
    go_on.set()
    await asyncio.get_running_loop().shutdown_default_executor()
    assert len(listed) == 1


@pytest.mark.parametrize("words", ["", " ", "a\nb", "a" * 201])
async def test_only_words_of_one_line_are_searched_for(near: World, words: str) -> None:
    with pytest.raises(FileUnavailable, match="nothing to search for"):
        await near.open().search(words)


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_nothing_stays_open(world: World) -> None:
    folders = world.open()
    count = open_descriptors()
    for _ in range(20):
        await folders.list("given/sub")
        await folders.search("b")
        await folders.read("given/sub/b.txt")
        with pytest.raises(FileUnavailable):
            await folders.read("given/sub/gone/b.txt")
    assert open_descriptors() == count


def test_descriptors_are_used_where_the_system_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert handle_kind() is FolderHandle
    monkeypatch.setattr(os, "supports_dir_fd", set())
    assert handle_kind() is CheckedFolder


def test_a_junction_of_windows_is_a_link(near: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Junction:
        st_mode = stat.S_IFDIR
        st_file_attributes = 0x410

    with CheckedFolder.given(near.given) as folder:
        monkeypatch.setattr(os, "stat", lambda *_, **__: Junction())
        with pytest.raises(OSError, match="no file or folder"):
            folder.look("sub")


NAMES = st.sampled_from(
    [
        "given",
        "outside",
        "sub",
        "link",
        "file",
        "up",
        "..",
        ".",
        "",
        "secret.txt",
        "b.txt",
        "new",
        "/",
        "~",
        "\uff0e\uff0e",
        "\\",
    ]
)


@pytest.fixture(scope="module")
def trapped() -> Iterator[World]:
    base = Path(tempfile.mkdtemp(prefix="legwork-"))
    world = World(base)
    lead_out(world)
    (world.given / "link").symlink_to(world.outside)
    yield world
    shutil.rmtree(base)


@given(st.lists(NAMES, min_size=1, max_size=6).map("/".join), st.booleans())
@settings(max_examples=300)
def test_no_path_reads_or_writes_what_lies_outside(trapped: World, path: str, below: bool) -> None:
    folders, before = trapped.open(), trapped.outside_now()
    whole = f"given/{path}" if below else path
    for attempt in (folders.read(whole), folders.text(whole), folders.write(whole, b"written")):
        try:
            found = asyncio.run(attempt)
        except FileUnavailable:
            continue
        assert CANARY.decode() not in str(found)
    assert trapped.outside_now() == before
    assert sorted(each.name for each in trapped.base.iterdir()) == ["data", "given", "outside"]
