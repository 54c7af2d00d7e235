"""Which files a program may name."""

from pathlib import Path

import aiohttp
import pytest

from desktop.api.allowed_folders import AllowedFolders
from desktop.api.client import RunningEngine
from desktop.api.errors import PathNotAllowed
from desktop.engine import Input, TaskRequest
from tests.unit.api.conftest import Served


def wanting(*paths: Path, model: str | None = None) -> TaskRequest:
    return TaskRequest(kind="documents", goal="x", inputs=tuple(Input(path=str(path)) for path in paths), model=model)


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A folder with an open one, in which Legwork's data lie, and a closed one."""
    for name in ("open/deep", "open/.ssh", "open/legwork", "closed"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "a.txt").write_text("x")
    return tmp_path.resolve()


@pytest.fixture
def allowed(room: Path) -> AllowedFolders:
    return AllowedFolders([str(room / "open")], private=room / "open/legwork")


@pytest.mark.parametrize("name", ["open/deep", "open/deep/a.txt", "open/../open/deep/a.txt", "open/absent.txt"])
async def test_what_lies_in_an_allowed_folder_may_be_named(allowed: AllowedFolders, room: Path, name: str) -> None:
    admitted = await allowed.admitted(wanting(room / name))
    assert admitted.inputs == (Input(path=str((room / name).resolve())),)


@pytest.mark.parametrize(
    "name",
    [
        "closed/a.txt",
        "closed",
        "",
        "open/../closed/a.txt",
        "open/.ssh/a.txt",
        "open/legwork/a.txt",
        "open/legwork",
        "open",  # Legwork's data lie in it
        "openly/a.txt",
        "open/a\0b",
    ],
)
async def test_all_else_is_refused_and_the_setting_is_named(allowed: AllowedFolders, room: Path, name: str) -> None:
    with pytest.raises(PathNotAllowed) as refused:
        await allowed.admitted(wanting(room / "open/deep", room / name))
    assert "allowed_folders" in refused.value.hint


async def test_no_link_leads_out(allowed: AllowedFolders, room: Path) -> None:
    (room / "open/deep/link.txt").symlink_to(room / "closed/a.txt")
    (room / "open/away").symlink_to(room / "closed")
    (room / "open/loop").symlink_to(room / "open/loop")
    for name in ("open/deep/link.txt", "open/away/a.txt", "open/deep", "open/loop"):
        with pytest.raises(PathNotAllowed):
            await allowed.admitted(wanting(room / name))


async def test_a_link_to_what_is_open_is_followed_for_good(allowed: AllowedFolders, room: Path) -> None:
    (room / "open/link.txt").symlink_to(room / "open/deep/a.txt")
    admitted = await allowed.admitted(wanting(room / "open/link.txt"))
    assert admitted.inputs[0].path == str(room / "open/deep/a.txt")


async def test_weights_are_files_too(allowed: AllowedFolders, room: Path) -> None:
    assert (await allowed.admitted(wanting(model="Qwen3-4B"))).model == "Qwen3-4B"
    assert (await allowed.admitted(wanting(model=str(room / "open/a.gguf")))).model == str(room / "open/a.gguf")
    with pytest.raises(PathNotAllowed):
        await allowed.admitted(wanting(model=str(room / "closed/a.gguf")))


async def test_by_default_it_is_the_home_folder(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(room / "open"))
    monkeypatch.setenv("USERPROFILE", str(room / "open"))
    allowed = AllowedFolders(None, private=room / "open/legwork")
    await allowed.admitted(wanting(room / "open/deep/a.txt"))
    with pytest.raises(PathNotAllowed):
        await allowed.admitted(wanting(room / "closed/a.txt"))


async def test_a_program_is_refused_and_told_what_to_do(client: aiohttp.ClientSession, served: Served) -> None:
    body = {"kind": "documents", "goal": "x", "inputs": [{"path": str(served.path)}]}
    for method, address in (("POST", "/tasks"), ("POST", "/estimate")):
        async with client.request(method, address, json=body) as answer:
            assert answer.status == 403
            assert "allowed_folders" in (await answer.json())["hint"]
    query = {"kind": "documents", "goal": "x", "path": str(served.path)}
    async with client.get("/estimate", params=query) as answer:
        assert answer.status == 403
    assert not served.engine.tasks


async def test_the_person_may_name_anything(served: Served) -> None:
    import asyncio

    running = RunningEngine(served.announcement)
    await asyncio.to_thread(running.submit, wanting(served.path))
    assert served.engine.requests[0].inputs == (Input(path=str(served.path)),)
