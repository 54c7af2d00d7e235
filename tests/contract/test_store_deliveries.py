"""What every `Store` promises of deliveries: the one on disk and its double in memory."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from desktop.engine import (
    Bulletin,
    Change,
    ChannelKind,
    Delivery,
    DeliveryId,
    DeliveryPage,
    DeliveryQuery,
    DeliveryStatus,
    Event,
    Occasion,
    Store,
    Task,
    TaskStatus,
    TaskSubmitted,
    TrashCause,
    Trashed,
    UnknownDelivery,
    UnknownTask,
)
from desktop.store import open_store
from tests.fakes.memory_store import MemoryStore
from tests.unit.store.samples import NOW, item_finished, of_run, submitted, task, task_id

DEAD = DeliveryStatus.DEAD


class Postings:
    """A rule that posts what the test has put in."""

    def __init__(self) -> None:
        self.next: list[Delivery] = []
        self.told = 0

    def rule(self, _task: Task, _events: tuple[Event, ...]) -> tuple[Delivery, ...]:
        taken, self.next = tuple(self.next), []
        return taken

    def on_posted(self) -> None:
        self.told += 1


@pytest.fixture(params=["on disk", "in memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened: Store = MemoryStore() if request.param == "in memory" else open_store(tmp_path)
    await opened.add(submitted(task(1)))
    await opened.add(submitted(task(2)))
    yield opened
    await opened.close()


@pytest.fixture
def postings(store: Store) -> Postings:
    made = Postings()
    store.post_with(made.rule, made.on_posted)
    return made


def delivery(
    number: int, *, of: int = 1, occasion: Occasion = Occasion.STARTED, target: str = "https://a/", due: float = 0.0
) -> Delivery:
    one = task(of)
    return Delivery(
        delivery_id=DeliveryId(f"msg_{number}"),
        channel=ChannelKind.WEBHOOK,
        target=target,
        bulletin=Bulletin(
            occasion=occasion,
            at=NOW,
            task_id=one.task_id,
            run=one.run,
            kind="documents",
            title=one.title,
            status=one.status,
        ),
        created_at=NOW,
        due_at=NOW + timedelta(seconds=due),
    )


async def post(store: Store, postings: Postings, *deliveries: Delivery) -> None:
    for each in deliveries:
        postings.next = [each]
        await store.record(Change(task=await store.task(each.bulletin.task_id)))


async def test_a_delivery_is_there_with_the_change_that_caused_it(store: Store, postings: Postings) -> None:
    postings.next = [delivery(1), delivery(2)]
    await store.record(Change(task=task(1), events=(item_finished(task(1), 1),)))
    assert postings.told == 1
    assert await store.delivery(DeliveryId("msg_1")) == delivery(1)
    assert (await store.deliveries(DeliveryQuery())).deliveries == (delivery(2), delivery(1))


async def test_a_new_task_may_come_with_deliveries_and_secrets(store: Store, postings: Postings) -> None:
    postings.next = [delivery(1, of=3)]
    event = TaskSubmitted(**of_run(task(3)))
    await store.add(Change(task=task(3), events=(event,), secrets=("new", "old")))
    assert await store.delivery(DeliveryId("msg_1")) == delivery(1, of=3)
    assert await store.webhook_secrets(task_id(3)) == ("new", "old")


async def test_a_change_that_fails_leaves_no_delivery(store: Store, postings: Postings) -> None:
    postings.next = [delivery(1)]
    with pytest.raises(UnknownTask):
        await store.record(Change(task=task(9)))
    assert await store.deliveries(DeliveryQuery()) == DeliveryPage(deliveries=(), cursor=None)
    assert postings.told == 0


async def test_only_the_first_of_each_lane_waits_and_what_is_due_first_comes_first(
    store: Store, postings: Postings
) -> None:
    first, after, other, others = (
        delivery(1, due=9.0),
        delivery(2),
        delivery(3, target="https://b/", due=5.0),
        delivery(4, of=2, due=7.0),
    )
    await post(store, postings, first, after, other, others)
    assert await store.waiting_deliveries(10) == (other, others, first)
    assert await store.waiting_deliveries(2) == (other, others)
    await store.keep_delivery(replace(first, status=DEAD))
    assert await store.waiting_deliveries(10) == (after, other, others)


async def test_how_a_delivery_stands_is_kept(store: Store, postings: Postings) -> None:
    await post(store, postings, delivery(1))
    changed = replace(delivery(1), status=DEAD, attempts=10, problem="Nobody is there.", due_at=NOW + timedelta(days=1))
    await store.keep_delivery(changed)
    assert await store.delivery(DeliveryId("msg_1")) == changed
    assert await store.waiting_deliveries(10) == ()


async def test_a_delivery_that_is_not_there_stays_away(store: Store) -> None:
    await store.keep_delivery(delivery(1))
    with pytest.raises(UnknownDelivery) as asked:
        await store.delivery(DeliveryId("msg_1"))
    assert asked.value.hint


async def test_newer_progress_takes_the_place_of_what_nobody_was_told(store: Store, postings: Postings) -> None:
    progress = [delivery(number, occasion=Occasion.PROGRESS) for number in (1, 2, 3)]
    await post(store, postings, delivery(0), progress[0])
    tried = replace(progress[0], attempts=1)
    await store.keep_delivery(tried)
    elsewhere = delivery(8, occasion=Occasion.PROGRESS, target="https://b/")
    await post(store, postings, elsewhere, progress[1], progress[2], delivery(9, occasion=Occasion.COMPLETED))
    kept = [each.delivery_id for each in (await store.deliveries(DeliveryQuery())).deliveries]
    assert kept == ["msg_9", "msg_3", "msg_8", "msg_1", "msg_0"]


async def test_a_list_can_be_narrowed_and_comes_in_pages(store: Store, postings: Postings) -> None:
    made = [delivery(1), delivery(2, of=2), delivery(3), delivery(4, of=2)]
    await post(store, postings, *made)
    dead = replace(made[1], status=DEAD)
    await store.keep_delivery(dead)
    assert (await store.deliveries(DeliveryQuery(status=DEAD))).deliveries == (dead,)
    assert (await store.deliveries(DeliveryQuery(task_id=task_id(2)))).deliveries == (made[3], dead)
    both = DeliveryQuery(status=DeliveryStatus.PENDING, task_id=task_id(2))
    assert (await store.deliveries(both)).deliveries == (made[3],)
    first = await store.deliveries(DeliveryQuery(limit=3))
    assert first.deliveries == (made[3], made[2], dead)
    last = await store.deliveries(DeliveryQuery(limit=3, cursor=first.cursor))
    assert last == DeliveryPage(deliveries=(made[0],), cursor=None)


async def test_secrets_are_kept_apart_and_replaced(store: Store) -> None:
    assert await store.webhook_secrets(task_id(1)) == ()
    assert await store.webhook_secrets(task_id(9)) == ()
    await store.keep_webhook_secrets(task_id(1), ("one",))
    await store.keep_webhook_secrets(task_id(1), ("two", "one"))
    assert await store.webhook_secrets(task_id(1)) == ("two", "one")
    with pytest.raises(UnknownTask):
        await store.keep_webhook_secrets(task_id(9), ("one",))


async def test_nothing_that_was_told_of_a_task_that_is_gone_is_left(store: Store, postings: Postings) -> None:
    gone = task(1, status=TaskStatus.COMPLETED, trashed=Trashed(at=NOW, cause=TrashCause.PERSON, seen=1.0))
    await post(store, postings, delivery(1), delivery(2, of=2))
    for one in (gone, task(2)):
        await store.keep_webhook_secrets(one.task_id, ("one",))
    await store.record(Change(task=gone))
    assert len(await store.waiting_deliveries(10)) == 2  # from Trash it may come back
    await store.purge(gone.task_id)
    assert (await store.deliveries(DeliveryQuery())).deliveries == (delivery(2, of=2),)
    assert [await store.webhook_secrets(task_id(number)) for number in (1, 2)] == [(), ("one",)]
