"""Tasks that are sent twice, and tasks that bring their files along."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from desktop.engine import InvalidRequest
from tests.unit.api.conftest import Served

BODY = {"kind": "documents", "goal": "Summarise", "inputs": [{"name": "a.txt", "text": "The sea is wide."}]}
TASK = '{"kind": "documents", "goal": "Summarise"}'


async def submit(client: aiohttp.ClientSession, key: str, body: object = BODY) -> tuple[int, str | None]:
    async with client.post("/tasks", json=body, headers={"Idempotency-Key": key}) as answer:
        return answer.status, answer.headers.get("Location")


async def test_the_same_key_and_body_are_the_same_task(client: aiohttp.ClientSession, served: Served) -> None:
    first = await submit(client, "order-7")
    assert first == (202, f"/tasks/{next(iter(served.engine.tasks))}")
    assert await submit(client, "order-7", dict(reversed(BODY.items()))) == first
    assert await submit(client, "order-8") != first
    assert len(served.engine.tasks) == 2


async def test_the_same_key_with_another_body_is_refused(client: aiohttp.ClientSession, served: Served) -> None:
    await submit(client, "order-7")
    async with client.post("/tasks", json=BODY | {"goal": "Compare"}, headers={"Idempotency-Key": "order-7"}) as answer:
        assert answer.status == 422
        problem = await answer.json()
    assert problem["type"] == "urn:legwork:problem:KeyReused"
    assert problem["hint"]
    assert len(served.engine.tasks) == 1


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_1_to_255_characters(client: aiohttp.ClientSession, served: Served, key: str) -> None:
    assert (await submit(client, "x" * 255))[0] == 202
    assert (await submit(client, key))[0] == 422
    assert len(served.engine.tasks) == 1


def form(*files: tuple[str, bytes], task: str = TASK) -> aiohttp.FormData:
    data = aiohttp.FormData(quote_fields=False)
    data.add_field("task", task, content_type="application/json")
    for name, content in files:
        data.add_field("file", content, filename=name)
    return data


async def test_files_come_along_in_a_form(client: aiohttp.ClientSession, served: Served) -> None:
    async with client.post("/tasks", data=form(("tender.pdf", b"%PDF-1"), ("tender.pdf", b"%PDF-2"))) as answer:
        assert answer.status == 202, await answer.text()
    (request,) = served.engine.requests
    paths = [Path(given.path or "") for given in request.inputs]
    assert [path.read_bytes() for path in paths] == [b"%PDF-1", b"%PDF-2"]
    assert {path.name for path in paths} == {"tender.pdf"}
    assert all(path.is_relative_to(served.path.parent / "uploads") for path in paths)


@pytest.mark.parametrize("name", ["../../engine.json", "/etc/passwd", "..\\..\\x.txt", "a\u202eb.txt", ".", "…" * 200])
async def test_no_name_leads_out_of_the_folder_of_uploads(
    client: aiohttp.ClientSession, served: Served, name: str
) -> None:
    async with client.post("/tasks", data=form((name, b"x"))) as answer:
        assert answer.status == 202, await answer.text()
    (given,) = served.engine.requests[0].inputs
    path = Path(given.path or "")
    assert path.parent.parent == served.path.parent / "uploads"
    assert path.name.isprintable()


async def test_a_refused_task_leaves_no_files(client: aiohttp.ClientSession, served: Served) -> None:
    served.engine.refusal = InvalidRequest("No.", hint="Other.")
    async with client.post("/tasks", data=form(("a.pdf", b"x"))) as answer:
        assert answer.status == 422
    assert not list((served.path.parent / "uploads").iterdir())


async def test_a_form_that_is_sent_again_is_the_same_task_with_its_own_files(
    client: aiohttp.ClientSession, served: Served
) -> None:
    headers = {"Idempotency-Key": "order-7"}
    for content, status in ((b"x", 202), (b"x", 202), (b"y", 422)):
        async with client.post("/tasks", data=form(("a.pdf", content)), headers=headers) as answer:
            assert answer.status == status, await answer.text()
    (folder,) = (served.path.parent / "uploads").iterdir()
    assert (folder / "a.pdf").read_bytes() == b"x"


async def test_uploads_go_with_their_task(client: aiohttp.ClientSession, served: Served) -> None:
    async with client.post("/tasks", data=form(("a.pdf", b"x"))) as answer:
        task_id = (await answer.json())["task_id"]
    folder = served.path.parent / "uploads"
    assert len(list(folder.iterdir())) == 1
    await (await client.post(f"/tasks/{task_id}/cancel")).read()
    await (await client.delete(f"/tasks/{task_id}")).read()
    await (await client.delete(f"/tasks/{task_id}?for_good=true")).read()
    async with asyncio.timeout(10):
        while list(folder.iterdir()):  # noqa: ASYNC110 - a folder tells of nothing
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    "data",
    [
        form(("a.pdf", b"x"), task="{"),
        form(("a.pdf", b"x"), task='{"kind": "documents"}'),
        {"task": TASK, "colour": "blue"},
    ],
)
async def test_a_wrong_form_is_refused(client: aiohttp.ClientSession, served: Served, data: object) -> None:
    with aiohttp.MultipartWriter("form-data") as writer:
        if isinstance(data, dict):
            for name, value in data.items():
                writer.append(value).set_content_disposition("form-data", name=name)
            data = writer
    async with client.post("/tasks", data=data) as answer:
        assert answer.status in (400, 422)
        assert answer.content_type == "application/problem+json"
        assert (await answer.json())["hint"]
    assert not served.engine.tasks


async def test_a_form_without_a_task_or_with_two_is_refused(client: aiohttp.ClientSession, served: Served) -> None:
    twice = form()
    twice.add_field("task", TASK, content_type="application/json", filename="task.json")
    files_alone = aiohttp.FormData()
    files_alone.add_field("file", b"x", filename="a.pdf")
    for data in (twice, files_alone):
        async with client.post("/tasks", data=data) as answer:
            assert answer.status == 422
            assert "task" in (await answer.json())["hint"]
    assert not served.engine.tasks
