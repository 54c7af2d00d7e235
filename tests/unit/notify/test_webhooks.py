"""Webhooks from the task to a receiver on the loopback, over a real store, by a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import msgspec
import pytest
import standardwebhooks

from desktop.engine import (
    Change,
    ChannelKind,
    Delivery,
    DeliveryQuery,
    DeliveryStatus,
    Occasion,
    Outbox,
    TaskCompleted,
    TaskStarted,
    Verdict,
    Webhook,
)
from desktop.notify import Choices, OutwardChannels, SecretDrawer, make_secret
from desktop.notify.webhook_channel import webhook_body
from desktop.store import SqliteStore
from tests.fakes.fake_clock import FakeClock
from tests.fakes.memory_files import MemoryFiles
from tests.fakes.receiver import DRIP, HANG, OK, Call, Receiver, answer
from tests.unit.notify.deliveries import delivery
from tests.unit.store.samples import of_run, submitted, task

SECRET, OLDER = make_secret(), make_secret()
HOUR = 3600.0


class WatchedStore(SqliteStore):
    """Tells how each attempt ended."""

    def watch(self) -> "WatchedStore":
        self.ended: asyncio.Queue[Delivery] = asyncio.Queue()
        return self

    async def keep_delivery(self, delivery: Delivery) -> None:
        await super().keep_delivery(delivery)
        self.ended.put_nowait(delivery)


class Post:
    """A store, an outbox, and a receiver; `restart` ends the first two and begins anew."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "legwork.db"
        self.receiver = Receiver()
        self.clock = FakeClock()
        self.clock.date = datetime.now(UTC)
        self.choices = Choices(allowed_webhook_hosts=("127.0.0.1",))

    async def open(self) -> None:
        self.store = WatchedStore(self.path, readonly=False).open(self.clock.now).watch()
        files, drawer = MemoryFiles(), SecretDrawer({})
        channels = OutwardChannels(lambda: self.choices, read_file=files.read, clock=self.clock, drawer=drawer)
        self.outbox = Outbox(store=self.store, channels=channels, clock=self.clock, grace_seconds=0.0)
        self.outbox.start()

    async def close(self) -> None:
        await self.outbox.stop()
        await self.store.close()

    async def complete(self, number: int = 1, secrets: tuple[str, ...] = (SECRET,)) -> None:
        """A task with a webhook starts, and is completed."""
        one = task(number, goal="Compare", title="Zürich\r\nX-Evil: 1")
        one = replace(one, request=replace(one.request, webhook=Webhook(url=self.receiver.url)))
        await self.store.add(replace(submitted(one), secrets=secrets))
        events = (TaskStarted(**of_run(one)), TaskCompleted(**of_run(one), verdict=Verdict.VERIFIED))
        await self.store.record(Change(task=one, events=events))

    async def attempt(self) -> Delivery:
        """How the next attempt ends."""
        return await self.store.ended.get()

    async def all(self) -> tuple[Delivery, ...]:
        return (await self.outbox.find(DeliveryQuery())).deliveries[::-1]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Post]:
    made = Post(tmp_path)
    await made.receiver.open()
    await made.open()
    yield made
    await made.close()
    await made.receiver.close()


def ids(calls: list[Call]) -> list[str]:
    return [call.headers["webhook-id"] for call in calls]


def types(calls: list[Call]) -> list[str]:
    return [msgspec.json.decode(call.body)["type"] for call in calls]


async def test_what_is_sent_is_verified_by_the_library_of_the_standard(office: Post) -> None:
    await office.complete()
    await office.attempt()
    await office.attempt()
    for call in office.receiver.calls:
        said = standardwebhooks.Webhook(SECRET).verify(call.body, call.headers)
        assert said["data"]["task_id"] == task(1).task_id
    body = msgspec.json.decode(office.receiver.calls[1].body)
    assert body["type"] == "task.completed"
    assert body["data"]["links"]["result"] == f"/tasks/{task(1).task_id}/result"
    assert set(body["data"]) == {"task_id", "run", "kind", "title", "status", "progress", "links"}
    assert "x-evil" not in office.receiver.calls[1].headers
    assert office.receiver.calls[1].line == "POST /hook HTTP/1.1"


def test_a_form_of_its_own_is_sent_as_it_is() -> None:
    assert webhook_body(delivery(ChannelKind.WEBHOOK, body={"said": "so"}).bulletin) == {"said": "so"}


async def test_while_a_secret_is_replaced_both_verify_and_another_does_not(office: Post) -> None:
    await office.complete(secrets=(SECRET, OLDER))
    await office.attempt()
    call = office.receiver.calls[0]
    assert len(call.headers["webhook-signature"].split()) == 2
    for secret in (SECRET, OLDER):
        standardwebhooks.Webhook(secret).verify(call.body, call.headers)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(make_secret()).verify(call.body, call.headers)


@pytest.mark.parametrize(
    ("first", "problem"),
    [
        (answer(500), "answered 500"),
        (answer(302, "Location: /elsewhere"), "was not followed"),
        (answer(307, "Location: http://169.254.169.254/"), "was not followed"),
        ("nonsense\r\n\r\n", "could not be reached"),
        ("", "could not be reached"),
    ],
)
async def test_a_receiver_that_fails_is_called_again_and_in_order(office: Post, first: str, problem: str) -> None:
    office.receiver.answers.append(first)
    await office.complete()
    assert problem in (await office.attempt()).problem
    await office.clock.advance(6.0)
    assert (await office.attempt()).status is DeliveryStatus.DELIVERED
    assert (await office.attempt()).status is DeliveryStatus.DELIVERED
    assert types(office.receiver.calls) == [Occasion.STARTED, Occasion.STARTED, Occasion.COMPLETED]
    assert len(set(ids(office.receiver.calls))) == 2
    assert all("elsewhere" not in call.line for call in office.receiver.calls)


@pytest.mark.parametrize("slowness", [HANG, DRIP])
async def test_a_receiver_that_takes_its_time_has_twenty_seconds(office: Post, slowness: str) -> None:
    office.receiver.answers.append(slowness)
    await office.complete()
    await office.receiver.came.get()
    await office.clock.advance(19.0)
    assert office.store.ended.empty()
    await office.clock.advance(1.0)
    assert "20 seconds" in (await office.attempt()).problem
    await office.clock.advance(6.0)
    assert (await office.attempt()).status is DeliveryStatus.DELIVERED


async def test_a_receiver_that_is_gone_is_not_called_again(office: Post) -> None:
    office.receiver.answers.extend([answer(410)] * 2)
    await office.complete()
    assert (await office.attempt()).status is DeliveryStatus.DEAD
    assert (await office.attempt()).status is DeliveryStatus.DEAD
    await office.clock.advance(30 * HOUR)
    assert len(office.receiver.calls) == 2


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
async def test_a_receiver_that_asks_for_time_gets_it(office: Post, status: int, as_date: bool) -> None:
    later = datetime.fromtimestamp(office.clock.date.timestamp() + 1800, UTC)
    wait = format_datetime(later, usegmt=True) if as_date else "1800"
    office.receiver.answers.append(answer(status, f"Retry-After: {wait}"))
    await office.complete()
    await office.attempt()
    await office.clock.advance(1790.0)
    assert len(office.receiver.calls) == 1
    await office.clock.advance(11.0)
    assert (await office.attempt()).status is DeliveryStatus.DELIVERED


async def test_after_an_hour_without_a_receiver_and_a_restart_each_is_delivered_once_and_in_order(
    office: Post,
) -> None:
    await office.receiver.close()
    for number in (1, 2, 3):
        await office.complete(number)
    for seconds in (5.6, 325.0, 1650.0):
        for _ in range(3):
            assert (await office.attempt()).status is DeliveryStatus.PENDING
        await office.clock.advance(seconds)
    for _ in range(3):
        await office.attempt()
    await office.close()
    await office.clock.advance(HOUR - 1980.6)
    await office.receiver.open()
    await office.open()
    assert office.receiver.calls == []
    await office.clock.advance(2 * HOUR)
    for _ in range(6):
        assert (await office.attempt()).status is DeliveryStatus.DELIVERED
    assert sorted(ids(office.receiver.calls)) == sorted(each.delivery_id for each in await office.all())
    for number in (1, 2, 3):
        of_task = [call for call in office.receiver.calls if task(number).task_id.encode() in call.body]
        assert types(of_task) == [Occasion.STARTED, Occasion.COMPLETED]
        signed = standardwebhooks.Webhook(SECRET).sign(
            of_task[0].headers["webhook-id"],
            datetime.fromtimestamp(int(of_task[0].headers["webhook-timestamp"]), UTC),
            of_task[0].body.decode(),
        )
        assert of_task[0].headers["webhook-signature"] == signed


async def test_an_attempt_that_the_program_did_not_survive_is_made_again_under_its_identifier(office: Post) -> None:
    office.receiver.answers.append(HANG)
    await office.complete()
    await office.receiver.came.get()
    await office.close()
    office.receiver.answers.clear()
    await office.open()
    await office.attempt()
    await office.attempt()
    assert types(office.receiver.calls) == [Occasion.STARTED, Occasion.STARTED, Occasion.COMPLETED]
    assert len(set(ids(office.receiver.calls))) == 2


async def test_a_host_that_is_not_allowed_any_more_is_not_called(office: Post) -> None:
    office.choices = Choices()
    await office.complete()
    assert "TLS" in (await office.attempt()).problem
    assert office.receiver.calls == []


async def test_ten_answers_of_500_make_a_dead_letter_that_can_be_sent_again(office: Post) -> None:
    office.receiver.answers.extend([answer(500)] * 10)
    await office.complete()
    for _ in range(9):
        assert (await office.attempt()).status is DeliveryStatus.PENDING
        await office.clock.advance(7 * HOUR)
    dead = await office.attempt()
    assert dead.status is DeliveryStatus.DEAD
    assert (await office.attempt()).status is DeliveryStatus.DELIVERED
    office.receiver.answers.append(OK)
    await office.outbox.send_again(dead.delivery_id)
    await office.attempt()  # what `send_again` wrote
    assert (await office.attempt()).status is DeliveryStatus.DELIVERED
    assert ids(office.receiver.calls)[-1] == dead.delivery_id
