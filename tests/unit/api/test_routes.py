"""What the routes answer."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from desktop.api.representation import accepted_from_json, public_task, task_from_json
from desktop.api.routes import artifact_url
from desktop.engine import (
    Activity,
    Artifact,
    Check,
    Estimate,
    Failure,
    Input,
    LoadedModel,
    Notice,
    Progress,
    Result,
    StepProgress,
    StepStatus,
    StorageFailed,
    Task,
    TaskStatus,
    Usage,
    Verdict,
    Verification,
    Work,
)
from tests.fakes.engine_double import make_task
from tests.unit.api.conftest import Served

BODY = {"kind": "documents", "goal": "Summarise", "inputs": [{"name": "a.txt", "text": "The sea is wide."}]}


def finished(number: int = 1) -> Task:
    return replace(
        make_task(number, status=TaskStatus.COMPLETED),
        result=Result(
            summary="- wide",
            verification=Verification(verdict=Verdict.PARTLY, checks=(Check(name="quotations", passed=1, total=2),)),
            artifacts=(Artifact(name="report.md", media_type="text/markdown", size=10, sha256="ab"),),
        ),
    )


async def test_a_task_is_accepted_with_its_identifier_and_its_place(
    client: aiohttp.ClientSession, served: Served
) -> None:
    async with client.post(
        "/tasks", json=BODY | {"options": {"mode": "summarise"}, "priority": 9, "title": "Sea"}
    ) as answer:
        assert answer.status == 202
        accepted = accepted_from_json(await answer.read())
        assert answer.headers["Location"] == f"/tasks/{accepted.task_id}" == accepted.links["self"]
    request = served.engine.requests[0]
    assert request.inputs == (Input(name="a.txt", text="The sea is wide."),)
    assert (request.options, request.priority, request.title) == ({"mode": "summarise"}, 9, "Sea")
    assert accepted.status is TaskStatus.QUEUED


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"goal": 5}, "goal"),
        ({"webhook": {"url": "https://x", "events": ["task.slept"]}}, "webhook"),
        ({"priority": 10}, "priority"),
        ({"keep_days": 1}, "keep_days"),
        ({"inputs": [{"path": "relative.txt"}]}, "absolute"),
        ({"inputs": [{"url": "http://x"}]}, "url"),
        ({"inputs": [{"text": "no name"}]}, "name"),
        ({"inputs": [{"path": "/a", "text": "both", "name": "x"}]}, "either"),
        ({"inputs": [{}]}, "either"),
        ({"goal": "  "}, "goal is empty"),
    ],
)
async def test_a_wrong_request_is_refused_with_the_field_that_is_wrong(
    client: aiohttp.ClientSession, served: Served, change: dict[str, Any], words: str
) -> None:
    async with client.post("/tasks", json=BODY | change) as answer:
        assert (answer.status, answer.content_type) == (422, "application/problem+json")
        problem = await answer.json()
    assert words in problem["detail"]
    assert problem["hint"]
    assert not served.engine.requests


async def test_a_whole_number_may_be_written_with_a_fraction_of_nothing(
    client: aiohttp.ClientSession, served: Served
) -> None:
    async with client.post("/tasks", json=BODY | {"priority": 7.0, "keep_days": 8.0}) as answer:
        assert answer.status == 202
    assert (served.engine.requests[0].priority, served.engine.requests[0].keep_days) == (7, 8)
    async with client.post("/tasks", json=BODY | {"priority": 7.5}) as answer:
        assert answer.status == 422


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
async def test_what_is_not_json_is_refused(client: aiohttp.ClientSession, content: bytes) -> None:
    async with client.post("/tasks", data=content, headers={"Content-Type": "application/json"}) as answer:
        assert answer.status in (400, 422)
        assert answer.content_type == "application/problem+json"


async def test_tasks_are_listed_newest_first_by_pages(client: aiohttp.ClientSession, served: Served) -> None:
    served.engine.fill(3)
    async with client.get("/tasks", params={"limit": "2", "status": "queued", "q": "task"}) as answer:
        page = await answer.json()
    assert [task["title"] for task in page["tasks"]] == ["Task 2", "Task 1"]
    async with client.get("/tasks", params={"cursor": page["cursor"]}) as answer:
        rest = await answer.json()
    assert ([task["title"] for task in rest["tasks"]], rest["cursor"]) == (["Task 0"], None)
    assert served.engine.queries[0].statuses == {TaskStatus.QUEUED}


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "status=odd"])
async def test_a_wrong_question_is_refused(client: aiohttp.ClientSession, query: str) -> None:
    async with client.get(f"/tasks?{query}") as answer:
        assert answer.status == 422


@pytest.mark.parametrize("address", ["tasks", "status"])
async def test_a_task_is_shown_with_progress_and_time_left(
    client: aiohttp.ClientSession, served: Served, address: str
) -> None:
    step = StepProgress(
        name="read", title="Read", work=Work(), total=9, unit="pages", status=StepStatus.RUNNING, done=4
    )
    task = replace(
        make_task(1, status=TaskStatus.RUNNING),
        progress=Progress(fraction=0.5, steps=(step,), tokens=7, tokens_per_second=3.25, activity=Activity.READING),
        draft="So far.",
        estimate=Estimate(seconds=60, low=40, high=90),
    )
    served.engine.put(task)
    async with client.get(f"/{address}/{task.task_id}") as answer:
        assert answer.headers["Retry-After"] == "5"
        content = await answer.read()
        shown = await answer.json()
    assert task_from_json(content) == public_task(task, artifact_url)
    assert (shown["estimated_time"], shown["estimated_range"]) == (60, [40, 90])
    assert shown["progress"]["steps"][0] == {
        "name": "read",
        "title": "Read",
        "status": "running",
        "done": 4,
        "total": 9,
        "unit": "pages",
        "seconds": 0,
        "reused": 0,
        "within": "",
    }
    assert shown["progress"]["activity"] == "reading"
    assert (shown["retry_from"], shown["stopped_at"], shown["result"]) == ([], None, None)
    assert shown["created_at"] == "2026-01-05T09:01:00Z"


async def test_a_task_says_what_it_used_once_it_used_a_model(client: aiohttp.ClientSession, served: Served) -> None:
    loaded = LoadedModel(name="tiny", context_tokens=4096, slots=4, device="Card", gpu_layers=33, layers=33)
    used = Usage(
        ran_on=(loaded,),
        prompt_tokens=900,
        cached_tokens=400,
        output_tokens=61,
        reading_seconds=2.0,
        writing_seconds=3.0,
        peak_memory=5_000_000_000,
    )
    served.engine.put(replace(finished(1), usage=used))
    served.engine.put(make_task(2))
    ran, waits = finished(1).task_id, make_task(2).task_id
    async with client.get(f"/tasks/{ran}") as answer:
        shown = (await answer.json())["usage"]
        assert task_from_json(await answer.read()).usage is not None
    async with client.get(f"/tasks/{waits}") as answer:
        assert (await answer.json())["usage"] is None

    (place,) = shown.pop("ran_on")
    assert (place["device"], place["gpu_layers"], place["layers"], place["slots"]) == ("Card", 33, 33, 4)
    assert shown == {
        "prompt_tokens": 900,
        "cached_tokens": 400,
        "output_tokens": 61,
        "prompt_tokens_per_second": 250.0,
        "tokens_per_second": 20.3,
        "peak_memory": 5_000_000_000,
    }


async def test_the_specification_tells_of_usage(client: aiohttp.ClientSession) -> None:
    async with client.get("/openapi.json") as answer:
        schemas = (await answer.json())["components"]["schemas"]
    assert "cache" in schemas["PublicUsage"]["description"]
    assert {"gpu_layers", "layers", "reason", "given_up", "lacks"} <= schemas["LoadedModel"]["properties"].keys()


async def test_an_ended_task_need_not_be_asked_again(client: aiohttp.ClientSession, served: Served) -> None:
    task = replace(
        make_task(1, status=TaskStatus.FAILED), failure=Failure(type="X", message="It broke.", hint="Mend it.")
    )
    served.engine.put(task)
    async with client.get(f"/tasks/{task.task_id}") as answer:
        assert "Retry-After" not in answer.headers
        assert (await answer.json())["error"] == {"type": "X", "message": "It broke.", "hint": "Mend it."}


async def test_an_unknown_task_is_not_found(client: aiohttp.ClientSession) -> None:
    async with client.get("/tasks/nobody") as answer:
        assert answer.status == 404
        assert (await answer.json())["type"] == "urn:legwork:problem:UnknownTask"


async def test_a_task_is_steered_and_asking_twice_changes_nothing(
    client: aiohttp.ClientSession, served: Served
) -> None:
    task = make_task(1)
    served.engine.put(task)
    for action, status in [("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled"), ("retry", "queued")]:
        for _ in range(2):
            async with client.post(f"/tasks/{task.task_id}/{action}") as answer:
                assert (answer.status, (await answer.json())["status"]) == (200, status)
    assert served.engine.tasks[task.task_id].run == 2


async def test_what_the_lifecycle_forbids_is_a_conflict_that_names_the_status(
    client: aiohttp.ClientSession, served: Served
) -> None:
    served.engine.put(finished())
    async with client.post(f"/tasks/{finished().task_id}/pause") as answer:
        assert answer.status == 409
        assert (await answer.json())["task_status"] == "completed"


async def test_a_result_is_had_once_there_is_one(client: aiohttp.ClientSession, served: Served) -> None:
    served.engine.put(make_task(2))
    async with client.get(f"/tasks/{make_task(2).task_id}/result") as answer:
        assert (answer.status, (await answer.json())["task_status"]) == (409, "queued")
    served.engine.put(finished())
    async with client.get(f"/tasks/{finished().task_id}/result") as answer:
        result = await answer.json()
    assert result["verification"] == {
        "verdict": "partly",
        "checks": [{"name": "quotations", "passed": 1, "total": 2}],
        "note": "",
    }
    assert result["artifacts"][0]["url"] == f"/tasks/{finished().task_id}/artifacts/report.md"


def stopped(status: TaskStatus = TaskStatus.CANCELLED) -> Task:
    """A task that stopped at the fourth of nine pages."""
    read = StepProgress(name="read", title="Read", work=Work(), total=1, unit="", status=StepStatus.DONE, done=1)
    note = StepProgress(name="note", title="Take notes", work=Work(), total=9, unit="pages", done=4, seconds=3)
    write = StepProgress(name="write", title="Write", work=Work(), total=1, unit="")
    return replace(make_task(1, status=status), progress=Progress(steps=(read, note, write)), draft="- wide")


@pytest.mark.parametrize(("status", "word"), [(TaskStatus.CANCELLED, "was cancelled"), (TaskStatus.FAILED, "failed")])
async def test_what_an_ended_run_left_is_a_partial_result(
    client: aiohttp.ClientSession, served: Served, status: TaskStatus, word: str
) -> None:
    served.engine.put(stopped(status))
    async with client.get(f"/tasks/{stopped().task_id}/result") as answer:
        assert answer.status == 200
        result = await answer.json()
    assert (result["summary"], result["partial"], result["artifacts"]) == ("- wide", True, [])
    assert result["verification"]["verdict"] == "not_verified"
    said = f"the task {word} at the step “Take notes”, when 4 of 9 pages were done"
    assert said in result["verification"]["note"]
    async with client.get(f"/tasks/{stopped().task_id}") as answer:
        task = await answer.json()
    assert task["result"] == result
    assert (task["retry_from"], task["stopped_at"]) == (["read", "note"], "note")


async def test_a_task_is_retried_from_a_step_or_from_the_start(client: aiohttp.ClientSession, served: Served) -> None:
    bodies: list[dict[str, Any] | None] = [{"from_step": "note"}, {"from_step": None}, {}, None]
    for body in bodies:
        served.engine.put(stopped())
        async with client.post(f"/tasks/{stopped().task_id}/retry", json=body) as answer:
            assert answer.status == 200
            task = await answer.json()
        assert (task["status"], task["run"]) == ("queued", 2)
        assert task["progress"]["steps"][:1] == (
            []
            if not body or not body["from_step"]
            else [
                {
                    "name": "read",
                    "title": "Read",
                    "status": "done",
                    "done": 1,
                    "total": 1,
                    "unit": "",
                    "seconds": 0,
                    "reused": 1,
                    "within": "",
                }
            ]
        )
    assert served.engine.retries == ["note", None, None, None]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"from_step": "nots"}, "no step"),
        ({"from_step": "write"}, "never came to"),
        ({"from": "note"}, "from"),
        ({"from_step": 3}, "from_step"),
    ],
)
async def test_a_retry_that_can_not_be_is_refused_with_the_way_out(
    client: aiohttp.ClientSession, served: Served, body: dict[str, Any], words: str
) -> None:
    served.engine.put(stopped())
    async with client.post(f"/tasks/{stopped().task_id}/retry", json=body) as answer:
        assert (answer.status, answer.content_type) == (422, "application/problem+json")
        problem = await answer.json()
    assert words in problem["detail"]
    assert problem["hint"]
    assert served.engine.tasks[stopped().task_id].run == 1


async def test_an_artifact_is_handed_out_whole_or_in_ranges(client: aiohttp.ClientSession, served: Served) -> None:
    served.engine.put(finished())
    (served.engine.files / "report.md").write_bytes(b"0123456789")
    address = f"/tasks/{finished().task_id}/artifacts/report.md"
    async with client.get(address) as answer:
        assert (await answer.read(), answer.content_type) == (b"0123456789", "text/markdown")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    async with client.get(address, headers={"Range": "bytes=2-4"}) as answer:
        assert (answer.status, await answer.read()) == (206, b"234")


@pytest.mark.parametrize(
    ("wanted", "status", "content"),
    [
        ("bytes=0-3", 206, b"0123"),
        ("bytes=8-", 206, b"89"),
        ("bytes=8-99", 206, b"89"),
        ("bytes=-3", 206, b"789"),
        ("bytes=10-", 416, None),
        ("lines=1-2", 400, None),
    ],
)
async def test_a_part_of_an_artifact_is_had_by_its_range(
    client: aiohttp.ClientSession, served: Served, tmp_path: Path, wanted: str, status: int, content: bytes | None
) -> None:
    served.engine.put(finished())
    (tmp_path / "report.md").write_bytes(b"0123456789")
    address = f"/tasks/{finished().task_id}/artifacts/report.md"
    async with client.get(address, headers={"Range": wanted}) as answer:
        assert answer.status == status
        if content is None:
            assert answer.content_type == "application/problem+json"
            assert answer.headers["Content-Range"] == "bytes */10"
            assert "bytes=0-9" in (await answer.json())["hint"]
        else:
            assert await answer.read() == content


async def test_a_list_that_is_read_while_tasks_come_in_tells_each_task_once(
    client: aiohttp.ClientSession, served: Served
) -> None:
    for number in range(1, 21):
        served.engine.put(make_task(number))
    seen, cursor = [], ""
    for number in range(21, 40):
        address = f"/tasks?limit=3{cursor and f'&cursor={cursor}'}"
        async with client.get(address) as answer:
            page = await answer.json()
        seen += [int(task["task_id"][3:]) for task in page["tasks"]]
        served.engine.put(make_task(number))
        cursor = page["cursor"]
        if cursor is None:
            break
    assert seen == list(range(20, 0, -1))


async def test_the_page_for_people_needs_no_network(client: aiohttp.ClientSession) -> None:
    async with client.get("/docs") as answer:
        assert answer.status == 200
        page = await answer.text()
    assert "/tasks/{task_id}/artifacts/{name}" in page
    assert "Compare the three tenders" in page
    assert not any(word in page for word in ("<script", "http://", "https://", "src="))


async def test_every_route_tells_of_its_errors(client: aiohttp.ClientSession) -> None:
    async with client.get("/openapi.json") as answer:
        document = await answer.json()
    for path, methods in document["paths"].items():
        media_type = "application/json" if path.startswith("/v1/") else "application/problem+json"
        for operation in methods.values():
            assert {"401", "403", "413", "415", "429", "500"} <= operation["responses"].keys()
            assert media_type in operation["responses"]["401"]["content"]


async def test_the_specification_says_what_is_refused_for_its_form(client: aiohttp.ClientSession) -> None:
    async with client.get("/openapi.json") as answer:
        document = await answer.json()
    schemas, paths = document["components"]["schemas"], document["paths"]
    assert schemas["TaskBody"]["properties"]["goal"]["pattern"] == r"\S"
    path, text = schemas["InputBody"]["oneOf"]
    assert (path["required"], text["required"]) == (["path"], ["text", "name"])
    pair = schemas["PublicForecast"]["properties"]["estimated_range"]
    assert (pair["items"], pair["minItems"], pair["maxItems"]) == ({"type": "number"}, 2, 2)
    for operation in (each for methods in paths.values() for each in methods.values()):
        for parameter in operation.get("parameters", []):
            assert {"type": "null"} not in parameter["schema"].get("anyOf", [])
    assert paths["/tasks/{task_id}/events"]["get"]["parameters"][1]["schema"]["type"] == "integer"


async def test_an_estimate_of_a_relative_path_is_refused(client: aiohttp.ClientSession) -> None:
    async with client.get("/estimate", params={"kind": "documents", "goal": "Summarise", "path": "a.txt"}) as answer:
        assert answer.status == 422
        assert "path.0" in (problem := await answer.json())["detail"]
        assert "absolute" in problem["detail"]


async def test_an_artifact_whose_file_was_deleted_is_gone(client: aiohttp.ClientSession, served: Served) -> None:
    served.engine.put(finished())
    async with client.get(f"/tasks/{finished().task_id}/artifacts/report.md") as answer:
        assert (answer.status, answer.content_type) == (410, "application/problem+json")
        assert "retry" in (await answer.json())["hint"]


@pytest.mark.parametrize("name", ["other.md", "..%2Fengine.json", "%2Fetc%2Fpasswd"])
async def test_only_artifacts_are_handed_out(client: aiohttp.ClientSession, served: Served, name: str) -> None:
    import yarl

    served.engine.put(finished())
    address = yarl.URL(f"/tasks/{finished().task_id}/artifacts/{name}", encoded=True)
    async with client.get(address) as answer:
        assert answer.status == 404
        assert "report.md" in (await answer.json())["hint"]


async def test_notices_are_told_with_the_health_and_alone(client: aiohttp.ClientSession, served: Served) -> None:
    served.engine.board.put(Notice(key="disk", message="The disk is full.", hint="Make room."))
    full = {"key": "disk", "message": "The disk is full.", "hint": "Make room."}
    async with client.get("/health") as answer:
        assert (await answer.json())["notices"] == [full]
    async with client.get("/notices") as answer:
        assert await answer.json() == [full]


async def test_health_says_who_answers(client: aiohttp.ClientSession, served: Served) -> None:
    served.engine.fill(2)
    async with client.get("/health") as answer:
        health = await answer.json()
    assert (health["status"], health["tasks"]["queued"], health["pid"]) == ("ok", 2, served.announcement.pid)


async def test_the_window_comes_when_it_is_asked_for(client: aiohttp.ClientSession, served: Served) -> None:
    async with client.post("/window") as answer:
        assert answer.status == 204
    assert served.raised == 1


async def test_the_engine_gives_way_to_the_person_alone(client: aiohttp.ClientSession, served: Served) -> None:
    async with client.post("/give-way") as answer:
        assert (answer.status, (await answer.json())["type"]) == (403, "urn:legwork:problem:NotForPrograms")
    assert served.gave_way == 0
    own = {"Authorization": f"Bearer {served.announcement.own_token}"}
    async with client.post("/give-way", headers=own) as answer:
        assert answer.status == 202
    assert served.gave_way == 1


async def test_an_address_that_leads_nowhere_is_a_problem_too(client: aiohttp.ClientSession) -> None:
    for method, path, status in [("GET", "/nowhere", 404), ("DELETE", "/tasks", 405)]:
        async with client.request(method, path) as answer:
            assert (answer.status, answer.content_type) == (status, "application/problem+json")
            assert answer.headers.get("Allow") == ("GET, POST" if status == 405 else None)
            assert (await answer.json())["hint"]


async def test_a_full_disk_is_told_with_the_way_out(client: aiohttp.ClientSession, served: Served) -> None:
    served.engine.refusal = StorageFailed("The disk is full.", hint="Free some space.")
    async with client.post("/tasks", json=BODY) as answer:
        assert (answer.status, (await answer.json())["hint"]) == (507, "Free some space.")


@pytest.mark.expected_log("Exception in ASGI application")
async def test_a_defect_is_answered_and_logged_and_does_not_end_the_server(
    client: aiohttp.ClientSession, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(served.engine, "counts", broken)
    async with client.get("/health") as answer:
        assert (answer.status, answer.content_type) == (500, "application/problem+json")
    async with client.get("/tasks") as answer:
        assert answer.status == 200


@pytest.mark.parametrize("prefer", ["wait=60", "respond-async, Wait=60", 'wait="60"; why=not'])
async def test_whoever_prefers_to_wait_is_answered_with_the_end(
    client: aiohttp.ClientSession, served: Served, prefer: str
) -> None:
    served.engine.on_submit = served.engine.complete
    async with client.post("/tasks", json=BODY, headers={"Prefer": prefer}) as answer:
        assert (answer.status, answer.headers["Preference-Applied"]) == (200, "wait=60")
        assert task_from_json(await answer.read()).status is TaskStatus.COMPLETED


@pytest.mark.parametrize("prefer", ["wait=0", "wait", "wait=soon", "wait=-1", "respond-async", "wait=²"])
async def test_whoever_does_not_wait_long_enough_is_told_where_to_look(
    client: aiohttp.ClientSession, prefer: str
) -> None:
    async with client.post(
        "/tasks", json=BODY, headers={"Prefer": prefer.encode("latin-1").decode("latin-1")}
    ) as answer:
        assert answer.status == 202
        assert "Preference-Applied" not in answer.headers


async def test_a_task_has_a_price_before_it_is_sent(client: aiohttp.ClientSession, served: Served) -> None:
    price = {"estimated_time": 240.0, "estimated_range": [180.0, 420.0], "position": 1}
    async with client.post("/estimate", json=BODY) as answer:
        assert await answer.json() == price
    query = {"kind": "documents", "goal": "Summarise", "path": str(served.allowed / "a.pdf")}
    async with client.get("/estimate", params=query) as answer:
        assert await answer.json() == price
    assert served.engine.tasks == {}


@pytest.mark.parametrize("wrong", [{"path": "a.pdf"}, {"priority": "10"}, {"goal": ""}])
async def test_what_would_not_be_accepted_has_no_price(client: aiohttp.ClientSession, wrong: dict[str, str]) -> None:
    async with client.get("/estimate", params={"kind": "documents", "goal": "Summarise"} | wrong) as answer:
        assert answer.status == 422
        assert (await answer.json())["hint"]


async def test_the_models_are_listed_the_default_one_first(client: aiohttp.ClientSession) -> None:
    async with client.get("/models") as answer:
        assert [model["name"] for model in (await answer.json())["models"]] == ["SmolLM2-135M", "Qwen3-4B Q4_K_M"]
