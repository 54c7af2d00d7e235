"""The engine as whoever uses it sees it."""

import asyncio
from dataclasses import replace

import pytest

from desktop.engine import (
    Input,
    InvalidRequest,
    Result,
    Run,
    TaskId,
    TaskQuery,
    TaskRequest,
    TaskStatus,
    UnknownModel,
    UnknownTask,
)
from tests.unit.engine.conftest import DONE, World, at_once, forever


async def test_an_accepted_task_is_in_the_store_before_its_identifier_is_handed_out(world: World) -> None:
    await world.open(forever)
    task_id = await world.submit()
    assert (await world.store.task(task_id)).request.goal == "fetch"


async def test_a_task_runs_to_its_result_and_tells_of_every_stage(world: World) -> None:
    await world.open(at_once)
    task_id = await world.submit()
    await world.settle()
    task = await world.engine.task(task_id)
    assert task.status is TaskStatus.COMPLETED
    assert task.result == DONE
    assert task.finished_at is not None
    assert task.model == "scripted"
    assert task.progress.fraction == 1.0
    assert await world.happened(task_id) == ["TaskSubmitted", "TaskStarted", "PlanMade", "TaskCompleted"]
    assert [notice.task_id for notice in world.notices.tasks] == [task_id]


async def test_events_are_numbered_without_gaps_and_can_be_read_from_any_on(world: World) -> None:
    await world.open(at_once)
    task_id = await world.submit()
    await world.settle()
    assert [each.number for each in await world.engine.events(task_id)] == [1, 2, 3, 4]
    assert [each.number for each in await world.engine.events(task_id, after=2)] == [3, 4]


async def test_listeners_hear_every_event_until_they_unsubscribe(world: World) -> None:
    engine = await world.open(at_once)
    heard: list[str] = []
    stop = engine.subscribe(lambda update: heard.append(update.task.status))
    await world.submit()
    await world.settle()
    assert heard[0] == "queued"
    assert heard[-1] == "completed"
    stop()
    before = len(heard)
    await world.submit()
    await world.settle()
    assert len(heard) == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"goal": "  "}, "empty"),
        ({"goal": "x" * 1_000_000}, "1,000,000 characters"),
        ({"priority": 10}, "10 is no priority"),
        ({"keep_days": 3}, "3 days"),
        ({"kind": "cooking"}, "Choose one of: errand"),
        ({"goal": "refuse"}, "Refused"),
        ({"goal": "a \udcff byte"}, "no text"),
        ({"title": "a \udcff byte"}, "title"),
        ({"model": "a \udcff byte"}, "model"),
        ({"kind": "a \udcff byte"}, "kind"),
        ({"options": {"limit": float("inf")}}, "limit"),
        ({"options": {"mode": "answer", "of": {"limit": float("nan")}}}, "'of'"),
        ({"options": {"\udcff": "x"}}, "udcff"),
        ({"options": {"when": object()}}, "when"),
        ({"inputs": (Input(path="/letters/\udcff.txt"),)}, "no text"),
    ],
)
async def test_a_request_that_cannot_work_is_refused_with_the_way_out(world: World, change: dict, words: str) -> None:
    engine = await world.open(at_once)
    request = replace(TaskRequest(kind="errand", goal="fetch"), **change)
    with pytest.raises(InvalidRequest, match=words) as caught:
        await engine.submit(request)
    assert caught.value.hint
    assert (await engine.find(TaskQuery())).tasks == ()


async def test_a_model_that_is_not_there_is_refused_at_once(world: World) -> None:
    engine = await world.open(at_once)
    with pytest.raises(UnknownModel):
        await engine.submit(TaskRequest(kind="errand", goal="fetch", model="gone"))


async def test_the_title_is_the_first_line_of_the_goal_cut_to_length(world: World) -> None:
    engine = await world.open(at_once)
    task = await engine.submit(TaskRequest(kind="errand", goal="word " * 40 + "\nsecond line"))
    assert task.title.endswith("…")
    assert len(task.title) <= 80
    named = await engine.submit(TaskRequest(kind="errand", goal="fetch", title=" My  errand "))
    assert named.title == "My errand"
    turned = await engine.submit(TaskRequest(kind="errand", goal="read \u202efdp.exe\u2066 now"))
    assert turned.title == "read fdp.exe now"


async def test_lists_show_live_progress_and_can_be_filtered(world: World) -> None:
    async def script(run: Run) -> Result:
        async def work() -> str:
            await asyncio.Event().wait()
            return ""

        await run.step("work", work)
        return DONE

    engine = await world.open(script, max_running=1)
    running, queued = await world.submit(), await world.submit()
    await world.settle()
    await world.clock.advance(3)
    page = await engine.find(TaskQuery())
    assert [task.task_id for task in page.tasks] == [queued, running]
    assert page.tasks[1].progress.steps[0].seconds == 3
    only = await engine.find(TaskQuery(statuses=frozenset({TaskStatus.QUEUED})))
    assert [task.task_id for task in only.tasks] == [queued]


async def test_the_engine_names_its_models_kinds_and_runtime(world: World) -> None:
    engine = await world.open(at_once)
    assert [model.name for model in engine.models()] == ["scripted"]
    assert engine.kinds() == (("errand", "Errand"),)
    assert engine.runtime_status().model is None


async def test_an_unknown_task_is_said_to_be_unknown(world: World) -> None:
    engine = await world.open(at_once)
    with pytest.raises(UnknownTask):
        await engine.task(TaskId("01ARZ3NDEKTSV4RRFFQ69G5FAV"))


async def test_an_input_is_either_a_path_or_a_text(world: World) -> None:
    engine = await world.open(at_once)
    with pytest.raises(InvalidRequest, match="either a path or a text"):
        await engine.submit(TaskRequest(kind="errand", goal="fetch", inputs=(Input(name="both"),)))
    assert Input(path="C:\\docs\\a.pdf").label == "a.pdf"
    assert Input(text="x").label == "text"
