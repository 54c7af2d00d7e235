"""Responses are tasks: made, looked at, waited for and cancelled."""

import asyncio
import base64
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import openai.types.responses
import pytest

from desktop.api.openai.response_event import RESPONSE_FORM
from desktop.engine import (
    Check,
    Failure,
    Input,
    Occasion,
    Result,
    StorageFailed,
    Task,
    TaskStatus,
    Usage,
    Verdict,
    Verification,
    Webhook,
)
from tests.fakes.engine_double import START, make_task
from tests.unit.api.conftest import Served

ASK = {"model": "documents", "input": "Summarise: the sea is wide.", "background": True}
HOOK = {"url": "https://example.com/hook"}
SECRET = "whsec_" + "QUFB" * 8
PDF = b"%PDF-1.7 \xff\x00"


def encoded(content: bytes, media_type: str = "") -> str:
    text = base64.b64encode(content).decode()
    return f"data:{media_type};base64,{text}" if media_type else text


def message(*content: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(content)}]


def text_part(text: str) -> dict[str, Any]:
    return {"type": "input_text", "text": text}


def file_part(name: str, content: bytes, media_type: str = "") -> dict[str, Any]:
    return {"type": "input_file", "filename": name, "file_data": encoded(content, media_type)}


def done(task: Task, summary: str = "- wide", *checks: Check) -> Task:
    verification = Verification(verdict=Verdict.VERIFIED, checks=checks)
    result = Result(summary=summary, verification=verification)
    return replace(task, status=TaskStatus.COMPLETED, finished_at=START, result=result)


async def made(client: aiohttp.ClientSession, **change: Any) -> dict[str, Any]:
    async with client.post("/v1/responses", json=ASK | change) as answer:
        content: dict[str, Any] = await answer.json()
        assert answer.status == 200, content
        return content


async def refused(client: aiohttp.ClientSession, **change: Any) -> tuple[int, str]:
    async with client.post("/v1/responses", json=ASK | change) as answer:
        error = (await answer.json())["error"]
        assert error["type"] == "invalid_request_error"
        return answer.status, error["message"]


async def test_a_response_in_the_background_is_answered_in_line(client: aiohttp.ClientSession, served: Served) -> None:
    response = await made(client, instructions="In five points", metadata={"ticket": "17"})
    (task,) = served.engine.tasks.values()
    assert response["id"] == f"resp_{task.task_id}"
    assert (response["object"], response["status"], response["background"]) == ("response", "queued", True)
    assert (response["model"], response["instructions"]) == ("documents", "In five points")
    assert (response["metadata"], response["output"]) == ({"ticket": "17"}, [])
    assert response["created_at"] == int(task.created_at.timestamp())


@pytest.mark.parametrize(
    ("text", "orders", "goal", "document"),
    [
        ("Summarise: the sea is wide.", None, "Summarise", "the sea is wide."),
        ("Summarise this: The sea\nis wide.", None, "Summarise this", "The sea\nis wide."),
        ("Summarise this\n\nThe sea is wide.", None, "Summarise this", "The sea is wide."),
        ("Summarise:\nThe sea is wide.", None, "Summarise", "The sea is wide."),
        ("The sea is wide.", None, "The sea is wide.", "The sea is wide."),
        ("Note: the sea is wide.", "Summarise this", "Summarise this", "Note: the sea is wide."),
        ("Summarise: ", None, "Summarise", "Summarise: "),
        (f"{'x' * 301}: the sea", None, f"{'x' * 301}: the sea", f"{'x' * 301}: the sea"),
    ],
)
async def test_a_text_is_told_from_what_is_to_be_done_with_it(
    client: aiohttp.ClientSession, served: Served, text: str, orders: str | None, goal: str, document: str
) -> None:
    await made(client, input=text, instructions=orders)
    request = served.engine.requests[0]
    assert (request.kind, request.goal, request.model) == ("documents", goal, None)
    assert request.inputs == (Input(name="input.txt", text=document),)


async def test_with_files_the_text_is_what_is_to_be_done(client: aiohttp.ClientSession, served: Served) -> None:
    given = message(
        file_part("notes.md", "Größe: 3".encode()),
        text_part("Compare: all"),
        file_part("a.pdf", PDF, "application/pdf"),
    )
    await made(client, input=[{"role": "developer", "content": "In German"}, *given], options={"mode": "summarise"})
    request = served.engine.requests[0]
    assert (request.goal, request.options) == ("Compare: all\n\nIn German", {"mode": "summarise"})
    text, file = request.inputs
    assert text == Input(name="notes.md", text="Größe: 3")
    assert file.path is not None
    assert (served.path.parent / "uploads" / Path(file.path).parent.name / "a.pdf").read_bytes() == PDF
    assert Path(file.path).name == "a.pdf"
    assert Path(file.path).parents[1] == served.path.parent / "uploads"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\docs\\a.pdf", "a.pdf"),
        ("..", "document.pdf"),
        ("", "document.pdf"),
        ("a\0b\n.pdf", "a_b_.pdf"),
        ("ä" * 300 + ".pdf", "ä" * 98 + ".pdf"),
    ],
)
async def test_a_files_name_leads_nowhere_else(
    client: aiohttp.ClientSession, served: Served, name: str, kept: str
) -> None:
    await made(client, input=message(text_part("Summarise"), file_part(name, PDF, "application/pdf")))
    (file,) = served.engine.requests[0].inputs
    assert file.path is not None
    assert Path(file.path).name == kept
    assert Path(file.path).parents[1] == served.path.parent / "uploads"


async def test_files_of_a_request_that_is_refused_are_not_kept(client: aiohttp.ClientSession, served: Served) -> None:
    served.engine.refusal = StorageFailed("The disk is full.", hint="Free some space.")
    async with client.post(
        "/v1/responses", json=ASK | {"input": message(text_part("x"), file_part("a.pdf", PDF))}
    ) as answer:
        error = (await answer.json())["error"]
    assert (answer.status, error["type"], error["code"]) == (507, "server_error", "storage_failed")
    assert list((served.path.parent / "uploads").iterdir()) == []


async def test_a_file_that_cant_be_kept_is_told_and_leaves_nothing(
    client: aiohttp.ClientSession, served: Served
) -> None:
    (served.path.parent / "uploads").write_text("in the way")
    async with client.post(
        "/v1/responses", json=ASK | {"input": message(text_part("x"), file_part("a.pdf", PDF))}
    ) as answer:
        assert answer.status == 507
        assert "a.pdf could not be kept" in (await answer.json())["error"]["message"]
    assert not served.engine.requests


async def test_a_model_is_asked_with_the_whole_conversation(client: aiohttp.ClientSession, served: Served) -> None:
    schema = {"type": "object", "properties": {"width": {"type": "number"}}}
    response = await made(
        client,
        model="SmolLM2-135M",
        instructions="Be brief.",
        input=[
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": [{"type": "output_text", "text": "Good day.", "annotations": []}]},
            *message(text_part("How wide is this?"), file_part("sea.csv", b"sea,wide")),
        ],
        temperature=0.5,
        top_p=0.25,
        max_output_tokens=40,
        text={"format": {"type": "json_schema", "name": "sea", "schema": schema, "strict": True}},
    )
    request = served.engine.requests[0]
    assert (request.kind, request.model, request.inputs) == ("chat", "SmolLM2-135M", ())
    assert request.goal == "How wide is this?\n\nsea.csv:\nsea,wide"
    assert request.options == {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Good day."},
            {"role": "user", "content": request.goal},
        ],
        "temperature": 0.5,
        "top_p": 0.25,
        "max_tokens": 40,
        "schema": schema,
    }
    assert (response["model"], response["temperature"], response["max_output_tokens"]) == ("SmolLM2-135M", 0.5, 40)
    assert response["text"]["format"]["schema"] == schema


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tools": [{"type": "web_search"}]}, "Tools"),
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"store": False}, "kept"),
        ({"temperature": 1.0}, "temperature"),
        ({"text": {"format": {"type": "json_schema", "schema": {}}}}, "schema"),
        ({"model": "SmolLM2-135M", "options": {"mode": "extract"}}, "options"),
        ({"model": "SmolLM2-135M", "input": message(file_part("a.pdf", PDF))}, "documents"),
        ({"model": "SmolLM2-135M", "input": message(file_part("a.bin", b"a\0b"))}, "documents"),
        ({"model": "SmolLM2-135M", "temperature": 3.0}, "temperature"),
        ({"input": message(text_part("x"), {"type": "input_file", "filename": "a.pdf", "file_data": "%%%"})}, "base64"),
        ({"input": message({"type": "input_image", "image_url": "http://x"})}, "input_image"),
        ({"input": message({"type": "input_file", "file_id": "file-1"})}, "file_data"),
        ({"input": 5}, "input"),
        ({"metadata": {"a": "x" * 513}}, "metadata"),
        ({"metadata": {str(number): "x" for number in range(17)}}, "metadata"),
        ({"metadata": {"x" * 65: "a"}}, "metadata"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"input": ""}, "goal is empty"),
        ({"webhook": HOOK, "stream": True}, "secret"),
        ({"webhook": {"url": "https://refuse/"}}, "Somewhere else"),
        ({"webhook": HOOK | {"events": []}}, "events"),
    ],
)
async def test_what_cant_be_done_is_refused_with_a_way_out(
    client: aiohttp.ClientSession, served: Served, change: dict[str, Any], words: str
) -> None:
    status, told = await refused(client, **change)
    assert status == 400
    assert words in told
    assert not served.engine.requests


async def test_a_webhook_is_called_at_the_end_and_its_secret_is_told_once(
    client: aiohttp.ClientSession, served: Served
) -> None:
    response = await made(client, webhook=HOOK)
    (secret,) = served.engine.secrets[0]
    assert response["webhook"] == {"secret": secret}
    ends = (Occasion.COMPLETED, Occasion.FAILED, Occasion.CANCELLED)
    assert served.engine.requests[0].webhook == Webhook(url=HOOK["url"], events=ends, form=RESPONSE_FORM)
    async with client.get(f"/v1/responses/{response['id']}") as answer:
        assert "webhook" not in await answer.json()


async def test_a_secret_that_was_brought_is_not_told(client: aiohttp.ClientSession, served: Served) -> None:
    assert "webhook" not in await made(client, webhook=HOOK | {"secret": SECRET})
    assert served.engine.secrets == [(SECRET,)]


async def test_whoever_waits_is_told_the_secret_too(client: aiohttp.ClientSession, served: Served) -> None:
    served.engine.on_submit = lambda task: served.engine.complete(done(task))
    response = await made(client, background=False, webhook=HOOK)
    assert (response["status"], response["webhook"]) == ("completed", {"secret": served.engine.secrets[0][0]})


async def test_what_changes_nothing_here_is_let_pass(client: aiohttp.ClientSession) -> None:
    sent_along = {"parallel_tool_calls": True, "truncation": "auto", "user": "me", "reasoning": {"effort": "low"}}
    assert (await made(client, **sent_along, tools=[], include=[]))["status"] == "queued"


async def test_a_model_that_is_not_there_is_not_found(client: aiohttp.ClientSession, served: Served) -> None:
    async with client.post("/v1/responses", json=ASK | {"model": "gpt-9"}) as answer:
        error = (await answer.json())["error"]
    assert (answer.status, error["code"]) == (404, "model_not_found")
    assert "documents, research, SmolLM2-135M" in error["message"]
    assert not served.engine.requests


async def test_without_background_the_answer_waits_for_the_end(client: aiohttp.ClientSession, served: Served) -> None:
    def complete(task: Task) -> None:
        served.engine.complete(done(task))

    served.engine.on_submit = complete
    response = await made(client, background=False)
    assert (response["status"], response["background"]) == ("completed", False)
    assert response["output"][0]["content"][0]["text"] == "- wide"
    assert served.engine.requests[0].priority > 5


def ended(task: Task) -> list[tuple[Task, dict[str, Any]]]:
    cut = Check(name="whole answer", passed=0, total=1)
    failure = Failure(type="RuntimeFailed", message="It broke.", hint="Try again.")
    error = {"code": "server_error", "message": "It broke. Try again.", "type": "RuntimeFailed"}
    return [
        (done(task), {"status": "completed", "completed_at": int(START.timestamp())}),
        (
            done(task, "- wi", cut),
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "completed_at": None},
        ),
        (replace(task, status=TaskStatus.FAILED, failure=failure), {"status": "failed", "error": error, "output": []}),
        (replace(task, status=TaskStatus.CANCELLED), {"status": "cancelled", "output": []}),
        (replace(task, status=TaskStatus.RUNNING), {"status": "in_progress", "output": []}),
        (replace(task, status=TaskStatus.WAITING), {"status": "in_progress"}),
        (replace(task, status=TaskStatus.PAUSED), {"status": "queued"}),
    ]


@pytest.mark.parametrize(("task", "expected"), ended(make_task(1)))
async def test_a_response_is_shown_as_it_stands(
    client: aiohttp.ClientSession, served: Served, task: Task, expected: dict[str, Any]
) -> None:
    served.engine.put(task)
    async with client.get(f"/v1/responses/resp_{task.task_id}") as answer:
        shown = await answer.json()
    assert shown.items() >= expected.items()


async def test_a_response_that_was_stopped_keeps_what_there_was(client: aiohttp.ClientSession, served: Served) -> None:
    task = replace(make_task(1), status=TaskStatus.CANCELLED, draft="- wi")
    served.engine.put(task)
    async with client.get(f"/v1/responses/resp_{task.task_id}") as answer:
        (item,) = (await answer.json())["output"]
    assert (item["status"], item["content"][0]["text"]) == ("incomplete", "- wi")


@pytest.mark.parametrize("name", ["resp_nobody", "01K00000000000000000000001", "%2e%2e"])
async def test_an_unknown_response_is_not_found(client: aiohttp.ClientSession, served: Served, name: str) -> None:
    served.engine.put(make_task(1))
    for method, path in [("GET", ""), ("GET", "?stream=true"), ("POST", "/cancel"), ("DELETE", "")]:
        async with client.request(method, f"/v1/responses/{name}{path}") as answer:
            assert answer.status == 404
            assert (await answer.json())["error"]["type"] == "invalid_request_error"


async def test_cancelling_twice_changes_nothing(client: aiohttp.ClientSession) -> None:
    name = (await made(client))["id"]
    for _ in range(2):
        async with client.post(f"/v1/responses/{name}/cancel") as answer:
            assert (answer.status, (await answer.json())["status"]) == (200, "cancelled")


async def test_cancelling_what_is_done_answers_with_it(client: aiohttp.ClientSession, served: Served) -> None:
    task = done(make_task(1))
    served.engine.put(task)
    async with client.post(f"/v1/responses/resp_{task.task_id}/cancel") as answer:
        assert (answer.status, (await answer.json())["status"]) == (200, "completed")


async def test_only_what_is_in_the_background_is_cancelled(client: aiohttp.ClientSession, served: Served) -> None:
    served.engine.on_submit = served.engine.complete
    name = (await made(client, background=False))["id"]
    async with client.post(f"/v1/responses/{name}/cancel") as answer:
        assert answer.status == 400
        assert "background" in (await answer.json())["error"]["message"]


async def test_a_deleted_response_is_not_found_and_waits_in_trash(
    client: aiohttp.ClientSession, served: Served
) -> None:
    name = (await made(client))["id"]
    async with client.delete(f"/v1/responses/{name}") as answer:
        assert await answer.json() == {"id": name, "object": "response", "deleted": True}
    for method in ("GET", "DELETE"):
        async with client.request(method, f"/v1/responses/{name}") as answer:
            assert answer.status == 404
    (task,) = served.engine.tasks.values()
    assert (task.status, task.trashed is not None) == (TaskStatus.CANCELLED, True)


async def test_files_go_for_good_with_their_task(client: aiohttp.ClientSession, served: Served) -> None:
    name = (await made(client, input=message(text_part("Summarise"), file_part("a.pdf", PDF))))["id"]
    async with client.delete(f"/v1/responses/{name}"):
        pass
    uploads = served.path.parent / "uploads"
    assert len(list(uploads.iterdir())) == 1  # the task may come back
    await served.engine.retention.purge(next(iter(served.engine.tasks)))
    for thread in threading.enumerate():
        if thread.name == "remove uploads":
            await asyncio.to_thread(thread.join)
    assert list(uploads.iterdir()) == []


async def test_an_ended_response_says_what_its_task_used(client: aiohttp.ClientSession, served: Served) -> None:
    response = await made(client)
    (task,) = served.engine.tasks.values()
    assert response["usage"] is None
    served.engine.put(replace(done(task), usage=Usage(prompt_tokens=90, cached_tokens=40, output_tokens=7)))
    async with client.get(f"/v1/responses/{response['id']}") as answer:
        usage = (await answer.json())["usage"]
    assert openai.types.responses.ResponseUsage.model_validate(usage).to_dict() == usage
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (90, 7, 97)
    assert usage["input_tokens_details"]["cached_tokens"] == 40
    served.engine.put(done(task))
    async with client.get(f"/v1/responses/{response['id']}") as answer:
        assert (await answer.json())["usage"] is None
