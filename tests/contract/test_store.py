"""What every `Store` promises: the one on disk and its double in memory."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desktop.engine import (
    Change,
    Estimate,
    KeyReused,
    LoadedModel,
    Progress,
    Reuse,
    RunNumber,
    StepFinished,
    StorageFailed,
    Store,
    SubmissionKey,
    TaskId,
    TaskPage,
    TaskQuery,
    TaskStatus,
    TrashCause,
    Trashed,
    UnknownTask,
    Usage,
)
from desktop.store import open_store
from tests.fakes.memory_store import MemoryStore
from tests.unit.store.samples import (
    NOW,
    completed,
    entry,
    item_finished,
    measurement,
    of_run,
    submitted,
    task,
    task_id,
)


@pytest.fixture(params=["on disk", "in memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened: Store = MemoryStore() if request.param == "in memory" else open_store(tmp_path)
    yield opened
    await opened.close()


def numbers(page: TaskPage) -> list[int]:
    return [int(one.task_id[3:]) for one in page.tasks]


async def test_a_task_comes_back_as_it_was_added(store: Store) -> None:
    await store.add(submitted(task()))
    assert await store.task(task_id(1)) == task()


async def test_what_a_run_used_is_kept_and_an_earlier_run_keeps_its_own(store: Store) -> None:
    card = LoadedModel(name="small", context_tokens=4096, slots=4, device="Card", gpu_layers=33, layers=33)
    processor = LoadedModel(name="small", context_tokens=2048, slots=1, device="CPU", reason="The card is gone.")
    used = Usage(ran_on=(card, processor), prompt_tokens=90, cached_tokens=40, output_tokens=7, writing_seconds=0.25)
    one = replace(task(), usage=used)
    await store.add(submitted(one))
    await store.record(Change(task=one, events=(item_finished(one, 1),)))
    assert (await store.task(task_id(1))).usage == used
    await store.record(Change(task=replace(one, run=RunNumber(2), usage=Usage())))
    assert (await store.task(task_id(1))).usage == Usage()
    assert [earlier.usage for earlier in await store.past_runs(task_id(1))] == [used]


async def test_a_new_store_holds_nothing(store: Store) -> None:
    assert await store.newest_task_id() is None
    assert await store.find(TaskQuery()) == TaskPage(tasks=(), cursor=None)
    assert await store.unfinished() == ()
    assert await store.counts() == dict.fromkeys(TaskStatus, 0)


async def test_an_unknown_task_is_refused_and_leaves_nothing(store: Store) -> None:
    with pytest.raises(UnknownTask) as asked:
        await store.task(task_id(9))
    with pytest.raises(UnknownTask):
        await store.record(submitted(task(9)))
    assert asked.value.hint
    assert await store.events(task_id(9)) == ()
    assert await store.journal(task_id(9), task().run) == ()
    assert await store.past_runs(task_id(9)) == ()


async def test_events_are_numbered_per_task_without_gaps(store: Store) -> None:
    one, other = task(1), task(2)
    first = await store.add(submitted(one))
    await store.add(submitted(other))
    events = (item_finished(one, 1), item_finished(one, 2))
    more = await store.record(Change(task=one, events=events))
    assert [recorded.number for recorded in first + more] == [1, 2, 3]
    assert await store.events(one.task_id) == first + more
    assert await store.events(one.task_id, after=1) == more
    assert await store.events(one.task_id, after=3) == ()


async def test_a_change_without_events_still_changes_the_task(store: Store) -> None:
    await store.add(submitted(task()))
    assert await store.record(Change(task=task(draft="so far"))) == ()
    assert (await store.task(task_id(1))).draft == "so far"


async def test_the_journal_keeps_the_order_and_each_run_apart(store: Store) -> None:
    one = task()
    await store.add(submitted(one))
    for kept in (entry(one, "b"), entry(one, "a"), entry(one, "a", run=2)):
        await store.record(Change(task=one, entry=kept))
    assert await store.journal(one.task_id, one.run) == (entry(one, "b"), entry(one, "a"))


async def test_a_new_run_takes_over_the_steps_of_an_earlier_one_which_keeps_them(store: Store) -> None:
    one = task()
    await store.add(submitted(one))
    finished = (entry(one, "b"), entry(one, "a", b"[2]"), replace(entry(one, ""), step="find"))
    for kept in (*finished, replace(entry(one, "a"), step="write")):
        await store.record(Change(task=one, entry=kept))
    again = replace(one, run=RunNumber(2))
    await store.record(Change(task=again, reuse=Reuse(run=one.run, steps=("find", "read", "absent"))))
    assert await store.journal(one.task_id, again.run) == tuple(replace(kept, run=again.run) for kept in finished)
    assert len(await store.journal(one.task_id, one.run)) == 4
    assert await store.past_runs(one.task_id) == (one,)
    await store.record(Change(task=again, entry=entry(one, "a", b"[3]", run=2)))
    assert (await store.journal(one.task_id, one.run))[1] == entry(one, "a", b"[2]")


async def test_a_new_run_may_take_over_nothing(store: Store) -> None:
    await store.add(submitted(task()))
    await store.record(Change(task=replace(task(), run=RunNumber(2)), reuse=Reuse(run=RunNumber(1), steps=())))
    assert await store.journal(task_id(1), RunNumber(2)) == ()


async def test_where_a_new_run_is_refused_nothing_is_taken_over(store: Store) -> None:
    await store.add(submitted(task()))
    await store.record(Change(task=task(), entry=entry(task(), "a")))
    reuse = Reuse(run=RunNumber(1), steps=("read",))
    with pytest.raises(StorageFailed):
        await store.record(Change(task=task(run=RunNumber(2), draft="\udcff"), reuse=reuse))
    broken = StepFinished(**of_run(task()), step="read", seconds=NEVER)
    with pytest.raises(StorageFailed):
        await store.record(Change(task=task(run=RunNumber(2)), reuse=reuse, events=(broken,)))
    assert await store.journal(task_id(1), RunNumber(2)) == ()
    assert (await store.task(task_id(1))).run == 1


async def test_a_later_result_of_the_same_item_replaces_the_earlier_one(store: Store) -> None:
    one = task()
    await store.add(submitted(one))
    for kept in (entry(one, "a", b"1"), entry(one, "b"), entry(one, "a", b"2")):
        await store.record(Change(task=one, entry=kept))
    assert await store.journal(one.task_id, one.run) == (entry(one, "b"), entry(one, "a", b"2"))


async def test_each_earlier_run_is_kept_as_it_ended(store: Store) -> None:
    first = task(status=TaskStatus.FAILED, draft="half")
    second = replace(first, run=RunNumber(2), draft="more")
    third = replace(second, run=RunNumber(3), status=TaskStatus.QUEUED, draft="")
    await store.add(submitted(first))
    await store.record(Change(task=second))
    assert await store.past_runs(first.task_id) == (first,)
    await store.record(Change(task=third))
    assert await store.past_runs(first.task_id) == (first, second)
    assert await store.task(first.task_id) == third


async def test_measurements_come_newest_first_and_only_those_asked_for(store: Store) -> None:
    await store.add(submitted(task()))
    for seconds in (1.0, 2.0, 3.0):
        await store.record(Change(task=task(), measurement=measurement(seconds)))
    await store.record(Change(task=task(), measurement=measurement(9.0, model="large")))
    assert await store.measurements("documents", "small") == tuple(map(measurement, (3.0, 2.0, 1.0)))
    assert await store.measurements("documents", "small", limit=1) == (measurement(3.0),)
    assert await store.measurements("research", "small") == ()


NEVER = float("inf")
NONSENSE = float("nan")
UNKEEPABLE = {
    "an infinite estimate": Change(task=task(estimate=Estimate(seconds=1.0, low=0.0, high=NEVER))),
    "an estimate that is no number": Change(task=task(estimate=Estimate(seconds=NONSENSE, low=0.0, high=1.0))),
    "an infinite speed": Change(task=task(progress=Progress(tokens_per_second=NEVER))),
    "an infinite event": Change(
        task=task(), events=(item_finished(task(), 1), StepFinished(**of_run(task()), step="read", seconds=NEVER))
    ),
    "an infinite measurement": Change(task=task(), measurement=measurement(NEVER)),
    "half a character": Change(task=task(draft="\udcff")),
}
UNKEEPABLE_OPTIONS = [{"limit": NONSENSE}, {"limit": NEVER}, {"of": {1: 2}}, {"words": ("a", "b")}, {"name": "\udcff"}]


@pytest.mark.parametrize("what", UNKEEPABLE)
async def test_what_would_not_come_back_is_refused_and_nothing_of_it_is_kept(store: Store, what: str) -> None:
    await store.add(submitted(task()))
    before = await store.events(task_id(1))
    with pytest.raises(StorageFailed) as refused:
        await store.record(replace(UNKEEPABLE[what], entry=entry(task(), "a")))
    assert refused.value.hint
    assert await store.task(task_id(1)) == task()
    assert await store.events(task_id(1)) == before
    assert await store.journal(task_id(1), RunNumber(1)) == ()
    assert await store.measurements("documents", "small") == ()


@pytest.mark.parametrize("options", UNKEEPABLE_OPTIONS, ids=str)
async def test_a_request_that_would_not_come_back_is_refused(store: Store, options: dict[str, Any]) -> None:
    one = task()
    with pytest.raises(StorageFailed):
        await store.add(submitted(replace(one, request=replace(one.request, options=options))))
    assert await store.find(TaskQuery()) == TaskPage(tasks=(), cursor=None)


async def test_an_identifier_that_is_not_the_greatest_is_refused(store: Store) -> None:
    await store.add(submitted(task(5)))
    for number in (5, 4):
        with pytest.raises(ValueError, match="identifier"):
            await store.add(submitted(task(number)))
    assert numbers(await store.find(TaskQuery())) == [5]
    assert await store.newest_task_id() == task_id(5)


SOME = frozenset({TaskStatus.QUEUED, TaskStatus.FAILED, TaskStatus.PAUSED})
QUERIES = [
    TaskQuery(limit=2),
    TaskQuery(limit=2, statuses=SOME),
    TaskQuery(limit=2, kind="documents"),
    TaskQuery(limit=2, statuses=SOME, kind="documents"),
    TaskQuery(limit=2, text="tenders"),
    TaskQuery(limit=2, text="tend", statuses=SOME, kind="documents"),
]


@pytest.mark.parametrize("query", QUERIES)
async def test_pages_lead_from_the_newest_to_the_oldest_while_others_come(store: Store, query: TaskQuery) -> None:
    for number in range(1, 6):
        await store.add(submitted(task(number, status=TaskStatus.FAILED if number % 2 else TaskStatus.QUEUED)))
    first = await store.find(query)
    await store.add(submitted(task(6)))
    second = await store.find(replace(query, cursor=first.cursor))
    await store.add(submitted(task(7)))
    third = await store.find(replace(query, cursor=second.cursor))
    assert [numbers(page) for page in (first, second, third)] == [[5, 4], [3, 2], [1]]
    assert third.cursor is None


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize(("cursor", "found"), [("01", []), ("01J00000000000000000000002X", [2, 1]), ("02", [3, 2])])
async def test_a_cursor_that_is_no_tasks_identifier_still_has_its_place(
    store: Store, query: TaskQuery, cursor: str, found: list[int]
) -> None:
    for number in range(1, 4):
        await store.add(submitted(task(number)))
    assert numbers(await store.find(replace(query, cursor=TaskId(cursor)))) == found


async def test_a_last_page_that_is_full_leads_nowhere(store: Store) -> None:
    for number in (1, 2):
        await store.add(submitted(task(number)))
    assert (await store.find(TaskQuery(limit=2))).cursor is None


async def test_lists_are_narrowed_by_status_and_kind(store: Store) -> None:
    statuses = (TaskStatus.FAILED, TaskStatus.RUNNING, TaskStatus.COMPLETED, TaskStatus.RUNNING)
    for number, status in enumerate(statuses, start=1):
        kind = "research" if number == 4 else "documents"
        await store.add(submitted(task(number, status=status, kind=kind)))
    ended = frozenset({TaskStatus.FAILED, TaskStatus.COMPLETED})
    assert numbers(await store.find(TaskQuery(statuses=ended))) == [3, 1]
    assert numbers(await store.find(TaskQuery(kind="research"))) == [4]
    running = frozenset({TaskStatus.RUNNING})
    assert numbers(await store.find(TaskQuery(statuses=running, kind="documents"))) == [2]
    assert numbers(await store.find(TaskQuery(statuses=running, cursor=task_id(4)))) == [2]
    assert [one.task_id for one in await store.unfinished()] == [task_id(2), task_id(4)]
    assert (await store.counts())[TaskStatus.RUNNING] == 2


async def test_counts_follow_each_task_from_status_to_status(store: Store) -> None:
    for number in (1, 2, 3):
        await store.add(submitted(task(number)))
    for status in (TaskStatus.RUNNING, TaskStatus.RUNNING, TaskStatus.FAILED):
        await store.record(Change(task=task(1, status=status)))
    await store.record(Change(task=task(2, status=TaskStatus.RUNNING)))
    counted = {TaskStatus.FAILED: 1, TaskStatus.RUNNING: 1, TaskStatus.QUEUED: 1}
    assert await store.counts() == dict.fromkeys(TaskStatus, 0) | counted


async def test_closing_again_changes_nothing(store: Store) -> None:
    await store.close()
    await store.close()


SEARCHES = [
    ("tenders", True),
    ("TEND", True),
    ("tend three", False),
    ("three tenders", True),
    ("zürich", True),
    ("zurich offers", True),
    ("heat-pump", True),
    ("pump-heat", False),
    ("absent", False),
    ("warranty", True),
    ("", True),
    ("   ", True),
]


@pytest.mark.parametrize(("words", "found"), SEARCHES)
async def test_words_are_found_in_title_goal_and_result(store: Store, words: str, found: bool) -> None:
    one = task(goal="Compare the three tenders for the heat-pump", title="Offers from Zürich")
    await store.add(submitted(one))
    await store.record(Change(task=completed(one, "Only one gives a **warranty**.")))
    assert numbers(await store.find(TaskQuery(text=words))) == ([1] if found else [])


async def test_a_retried_task_is_no_longer_found_by_the_result_of_before(store: Store) -> None:
    one = task()
    await store.add(submitted(one))
    await store.record(Change(task=completed(one, "warranty")))
    await store.record(Change(task=replace(one, run=RunNumber(2))))
    assert numbers(await store.find(TaskQuery(text="warranty"))) == []
    assert numbers(await store.find(TaskQuery(text="tenders"))) == [1]


HOSTILE = [
    '"',
    '""',
    "*",
    "AND",
    "NOT",
    "a OR",
    "NEAR(",
    "NEAR(a b, 2)",
    "title:x",
    "-x",
    "^x",
    "(",
    "x*y",
    "';--",
    "\0",
]


@pytest.mark.parametrize(
    "words", [*HOSTILE, "x\0y", "{title}: x", "日本", "e\u0301", "\udcff", "x\udcffy", "👩‍👩‍👧", "%_", "\\", "a" * 5000]
)
async def test_nothing_that_a_person_types_into_the_search_is_an_error(store: Store, words: str) -> None:
    await store.add(submitted(task()))
    assert isinstance(await store.find(TaskQuery(text=words)), TaskPage)
    assert isinstance(await store.find(TaskQuery(text=f"{words} tenders")), TaskPage)


KEY = SubmissionKey(key="order-7", fingerprint="abc")


async def test_a_task_is_found_by_the_key_of_its_submission(store: Store) -> None:
    await store.add(replace(submitted(task(1)), key=KEY))
    await store.add(submitted(task(2)))
    await store.record(Change(task=task(1, draft="so far")))
    assert await store.keyed("order-7") == (task_id(1), KEY)
    assert await store.keyed("order-8") is None


async def test_a_key_is_given_away_once(store: Store) -> None:
    await store.add(replace(submitted(task(1)), key=KEY))
    with pytest.raises(KeyReused):
        await store.add(replace(submitted(task(2)), key=replace(KEY, fingerprint="other")))
    assert await store.keyed("order-7") == (task_id(1), KEY)
    assert numbers(await store.find(TaskQuery())) == [1]
    await store.add(submitted(task(2)))


async def test_a_key_goes_with_its_task(store: Store) -> None:
    ended = task(1, status=TaskStatus.COMPLETED)
    await store.add(replace(submitted(ended), key=KEY))
    await store.record(Change(task=replace(ended, trashed=Trashed(at=NOW, cause=TrashCause.PERSON, seen=1.0))))
    assert await store.keyed("order-7") is not None
    await store.purge(task_id(1))
    assert await store.keyed("order-7") is None
    await store.add(replace(submitted(task(2)), key=KEY))
    assert await store.keyed("order-7") == (task_id(2), KEY)
