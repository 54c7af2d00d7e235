"""The outbox: what is told, to whom, in which order, and again when."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from desktop.engine import (
    CannotComplete,
    Change,
    ChannelKind,
    Delivery,
    DeliveryFailed,
    DeliveryId,
    DeliveryQuery,
    DeliveryStatus,
    InvalidRequest,
    Occasion,
    Outbox,
    Question,
    QuestionAsked,
    QuestionId,
    Result,
    Run,
    StorageFailed,
    Task,
    TaskCompleted,
    TaskId,
    TaskStarted,
    TaskStatus,
    UnknownDelivery,
    Verdict,
    Webhook,
)
from desktop.engine.delivery_schedule import ATTEMPT_TIMES, HOUR
from tests.fakes.fake_clock import FakeClock
from tests.fakes.memory_store import MemoryStore
from tests.fakes.open_ears import OpenEars
from tests.unit.engine.conftest import DONE, World, at_once, forever
from tests.unit.store.samples import of_run, submitted, task

HOOK = Webhook(url="https://example.com/hook", events=tuple(Occasion), secrets=("whsec_1",))
BARE = replace(HOOK, secrets=())


def told(deliveries: list[Delivery]) -> list[Occasion]:
    return [delivery.bulletin.occasion for delivery in deliveries]


class Mailroom:
    """An outbox on a store in memory, tasks that come to something, and the time."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.ears = OpenEars()
        self.clock = FakeClock()
        self.outbox = self.reopened()

    def reopened(self) -> Outbox:
        self.outbox = Outbox(store=self.store, channels=self.ears, clock=self.clock, grace_seconds=0.0)
        return self.outbox

    async def complete(self, number: int = 1, url: str = HOOK.url) -> None:
        one = task(number)
        one = replace(one, request=replace(one.request, webhook=replace(BARE, url=url)))
        await self.store.add(replace(submitted(one), task=one, secrets=("whsec_1",)))
        events = (TaskStarted(**of_run(one)), TaskCompleted(**of_run(one), verdict=Verdict.VERIFIED))
        await self.store.record(Change(task=one, events=events))
        await self.clock.pass_on()

    async def all(self) -> tuple[Delivery, ...]:
        """All deliveries, the oldest first."""
        return (await self.outbox.find(DeliveryQuery())).deliveries[::-1]

    def refuse(self, times: int, **how: float) -> None:
        async def refuse(_: Delivery) -> None:
            raise DeliveryFailed("It said no.", hint="Ask why.", **how)  # type: ignore[arg-type]

        self.ears.answers.extend([refuse] * times)

    def hang(self, times: int = 1) -> None:
        async def hang(_: Delivery) -> None:
            await asyncio.Event().wait()

        self.ears.answers.extend([hang] * times)


@pytest.fixture
async def room() -> AsyncIterator[Mailroom]:
    made = Mailroom()
    made.outbox.start()
    yield made
    await made.outbox.stop()


async def test_a_webhook_hears_of_all_that_happens_to_its_task_in_order(world: World) -> None:
    await world.open(at_once)
    await world.submit(webhook=HOOK)
    await world.settle()
    assert told(world.ears.heard) == [Occasion.STARTED, Occasion.COMPLETED]
    assert world.ears.signed_with == [("whsec_1",)] * 2
    last = world.ears.heard[-1]
    assert (last.target, last.channel, last.bulletin.text) == (HOOK.url, ChannelKind.WEBHOOK, "")
    assert last.bulletin.status is TaskStatus.COMPLETED
    assert last.receiver == "https://example.com"  # the rest may be a secret


async def test_a_webhook_with_a_form_of_its_own_hears_in_the_words_of_that(world: World) -> None:
    def form(task: Task) -> dict[str, str] | None:
        return {"said": task.status} if task.status is TaskStatus.COMPLETED else None

    world.webhook_forms["odd"] = form
    await world.open(at_once)
    await world.submit(webhook=replace(HOOK, form="odd"))
    await world.submit(webhook=replace(HOOK, form="unknown", events=(Occasion.COMPLETED,)))
    await world.settle()
    assert told(world.ears.heard) == [Occasion.COMPLETED] * 2  # of the start it has nothing to say
    assert [delivery.bulletin.body for delivery in world.ears.heard] == [{"said": "completed"}, None]


async def test_the_secrets_leave_the_task_when_it_is_accepted(world: World) -> None:
    await world.open(forever)
    task_id = await world.submit(webhook=HOOK)
    assert (await world.engine.task(task_id)).request.webhook == BARE
    assert (await world.store.task(task_id)).request.webhook == BARE


async def test_an_address_that_may_not_be_called_is_refused_with_its_task(world: World) -> None:
    await world.open(at_once)
    with pytest.raises(InvalidRequest):
        await world.submit(webhook=replace(HOOK, url="https://refuse/"))
    assert await world.store.newest_task_id() is None


async def test_the_person_is_told_the_result_and_of_a_failure_what_to_do(world: World) -> None:
    world.ears.personal = {
        Occasion.COMPLETED: (ChannelKind.MAIL, ChannelKind.NTFY),
        Occasion.FAILED: (ChannelKind.MAIL,),
    }

    async def fails(run: Run) -> Result:
        if run.request.goal == "fail":
            raise CannotComplete("It is encrypted.", hint="Remove the password.")
        artifact = await run.write_artifact("report.md", "text/markdown", b"# Report")
        return replace(DONE, artifacts=(artifact,))

    await world.open(fails)
    await world.submit()
    await world.settle()
    await world.submit("fail")
    await world.settle()
    mail, ntfy, failed = world.ears.heard
    assert (mail.channel, ntfy.channel, failed.channel) == (ChannelKind.MAIL, ChannelKind.NTFY, ChannelKind.MAIL)
    assert (mail.bulletin.text, mail.bulletin.artifacts[0].name) == ("Done.", "report.md")
    assert failed.bulletin.text == "It is encrypted. Remove the password."
    assert failed.receiver == ""


async def test_a_cancelled_task_is_told_to_its_webhook_alone(world: World) -> None:
    world.ears.personal = {Occasion.COMPLETED: (ChannelKind.MAIL,)}
    await world.open(forever)
    task_id = await world.submit(webhook=HOOK)
    await world.settle()
    await world.engine.cancel(task_id)
    await world.settle()
    assert told(world.ears.heard) == [Occasion.STARTED, Occasion.CANCELLED]


async def test_what_has_no_contents_yet_is_told_without_any(room: Mailroom) -> None:
    room.ears.personal = {Occasion.STARTED: (ChannelKind.MAIL,)}
    one = task()
    await room.store.add(submitted(one))
    await room.store.record(Change(task=one, events=(TaskStarted(**of_run(one)),)))
    await room.clock.pass_on()
    assert [each.bulletin.text for each in room.ears.heard] == [""]


async def test_a_task_that_needs_the_person_says_so(room: Mailroom) -> None:
    room.ears.personal = {Occasion.WAITING: (ChannelKind.MAIL,)}
    one = task()
    await room.store.add(submitted(one))
    asked = QuestionAsked(**of_run(one), question_id=QuestionId("1"), question=Question(text="Which one?"))
    waiting = replace(one, status=TaskStatus.WAITING, question=asked.question)
    await room.store.record(Change(task=waiting, events=(asked,)))
    await room.clock.pass_on()
    assert told(room.ears.heard) == [Occasion.WAITING]
    assert room.ears.heard[0].bulletin.text == "Which one?"


async def test_progress_is_told_only_where_asked_for_and_not_more_often_than_every_ten_seconds(world: World) -> None:
    gates = [asyncio.Event() for _ in range(4)]

    async def count(run: Run) -> Result:
        for number in range(len(gates)):
            await run.step(f"step {number}", gate_opens, number)
        return DONE

    async def gate_opens(number: int) -> int:
        await gates[number].wait()
        return number

    await world.open(count)
    await world.submit(webhook=HOOK)
    await world.submit("fetch more", webhook=Webhook(url="https://example.com/quiet", secrets=("whsec_2",)))
    for gate, seconds in zip(gates, (1.0, 8.0, 2.0, 0.0), strict=True):
        await world.settle()
        gate.set()
        await world.settle()
        await world.clock.advance(seconds)
    heard = [each for each in world.ears.heard if each.target == HOOK.url]
    assert told(heard) == [Occasion.STARTED, Occasion.PROGRESS, Occasion.PROGRESS, Occasion.COMPLETED]
    quiet = [each for each in world.ears.heard if each.target != HOOK.url]
    assert told(quiet) == [Occasion.STARTED, Occasion.COMPLETED]


async def test_a_channel_that_hangs_holds_up_neither_the_task_nor_the_others(world: World) -> None:
    async def hang(_: Delivery) -> None:
        await asyncio.Event().wait()

    world.ears.answers.append(hang)
    await world.open(at_once)
    first = await world.submit(webhook=HOOK)
    await world.settle()
    second = await world.submit(webhook=replace(HOOK, url="https://example.com/other"))
    await world.settle()
    assert await world.status(first) is TaskStatus.COMPLETED
    assert await world.status(second) is TaskStatus.COMPLETED
    assert told(world.ears.heard) == [Occasion.STARTED, Occasion.COMPLETED]


async def test_what_follows_waits_for_what_came_before(room: Mailroom) -> None:
    room.refuse(2)
    await room.complete()
    assert told(room.ears.tried) == [Occasion.STARTED]
    await room.clock.advance(6.0)
    assert told(room.ears.tried) == [Occasion.STARTED] * 2
    await room.clock.advance(330.0)
    assert told(room.ears.heard) == [Occasion.STARTED, Occasion.COMPLETED]
    assert [each.attempts for each in await room.all()] == [3, 1]
    assert len({each.delivery_id for each in room.ears.tried}) == 2


async def test_it_is_tried_ten_times_within_a_day_and_then_it_is_dead(room: Mailroom) -> None:
    room.refuse(10)
    await room.complete()
    times = [0.0]
    for _ in range(9):
        before = len(room.ears.tried)
        while len(room.ears.tried) == before:
            await room.clock.advance(1.0 if times[-1] < 400 else 30.0)
        times.append(room.clock.seconds)
    for at, planned in zip(times, ATTEMPT_TIMES, strict=True):
        assert planned <= at <= planned * 1.1 + 300
    dead, delivered = await room.all()
    assert (dead.status, dead.attempts, dead.problem) == (DeliveryStatus.DEAD, 10, "It said no. Ask why.")
    assert delivered.status is DeliveryStatus.DELIVERED  # the next one had its turn


async def test_a_receiver_that_says_when_is_left_alone_until_then(room: Mailroom) -> None:
    room.refuse(1, retry_after=1000.0)
    await room.complete()
    await room.clock.advance(999.0)
    assert len(room.ears.tried) == 1
    await room.clock.advance(2.0)
    assert told(room.ears.heard) == [Occasion.STARTED, Occasion.COMPLETED]


async def test_nobody_can_put_a_delivery_off_for_more_than_a_day(room: Mailroom) -> None:
    room.refuse(1, retry_after=1e9)
    await room.complete()
    await room.clock.advance(24 * HOUR)
    assert told(room.ears.heard) == [Occasion.STARTED, Occasion.COMPLETED]


async def test_a_final_no_ends_it_at_once(room: Mailroom) -> None:
    room.refuse(1, final=True)
    await room.complete()
    first, second = await room.all()
    assert (first.status, first.attempts) == (DeliveryStatus.DEAD, 1)
    assert second.status is DeliveryStatus.DELIVERED


async def test_an_attempt_ends_after_twenty_seconds(room: Mailroom) -> None:
    room.hang()
    await room.complete()
    await room.clock.advance(19.0)
    assert (await room.all())[0].attempts == 0
    await room.clock.advance(2.0)
    first = (await room.all())[0]
    assert first.attempts == 1
    assert "20 seconds" in first.problem


@pytest.mark.expected_log("failed unexpectedly")
async def test_a_defect_in_a_channel_is_a_failure_like_any_other(room: Mailroom) -> None:
    async def defect(_: Delivery) -> None:
        raise ZeroDivisionError

    room.ears.answers.append(defect)
    await room.complete()
    assert "ZeroDivisionError" in (await room.all())[0].problem
    await room.clock.advance(6.0)
    assert told(room.ears.heard) == [Occasion.STARTED, Occasion.COMPLETED]


async def test_not_more_than_eight_are_under_way_at_a_time(room: Mailroom) -> None:
    room.hang(8)
    for number in range(1, 11):
        await room.complete(number)
    assert len(room.ears.tried) == 8
    await room.clock.advance(21.0)
    assert len({each.bulletin.task_id for each in room.ears.tried}) == 10


async def test_what_was_not_told_is_told_after_a_restart(room: Mailroom) -> None:
    room.refuse(1)
    room.hang()
    await room.complete()
    await room.clock.advance(6.0)  # the second attempt hangs while the program ends
    await room.outbox.stop()
    await room.clock.advance(3600.0)
    room.reopened().start()
    await room.clock.pass_on()
    assert told(room.ears.heard) == [Occasion.STARTED, Occasion.COMPLETED]
    assert len({each.delivery_id for each in room.ears.tried}) == 2


async def test_what_is_posted_in_the_last_moment_is_still_tried(room: Mailroom) -> None:
    one = replace(task(), request=replace(task().request, webhook=BARE))
    await room.store.add(replace(submitted(one), secrets=("whsec_1",)))
    await room.store.record(Change(task=one, events=(TaskStarted(**of_run(one)),)))
    outbox, room.outbox = room.outbox, Outbox(store=MemoryStore(), channels=room.ears, clock=room.clock)
    outbox._grace_seconds = 1.0
    await outbox.stop()
    assert told(room.ears.heard) == [Occasion.STARTED]


async def test_an_outbox_that_was_never_started_has_nothing_to_stop() -> None:
    room = Mailroom()
    await room.complete()
    await room.outbox.stop()
    assert room.ears.tried == []
    assert len(await room.all()) == 2


async def test_a_clock_that_went_back_holds_nothing_up(room: Mailroom) -> None:
    room.refuse(1)
    await room.complete()
    room.clock.date -= timedelta(days=400)
    await room.clock.advance(60.0)
    assert told(room.ears.heard) == [Occasion.STARTED, Occasion.COMPLETED]


async def test_a_dead_delivery_is_sent_again_from_the_first_attempt_on(room: Mailroom) -> None:
    room.refuse(1, final=True)
    await room.complete()
    dead = (await room.all())[0]
    room.refuse(1)
    again = await room.outbox.send_again(dead.delivery_id)
    assert (again.status, again.attempts) == (DeliveryStatus.PENDING, 0)
    await room.clock.pass_on()
    assert (await room.all())[0].attempts == 1
    soon = await room.outbox.send_again(dead.delivery_id)  # not waiting for the next attempt
    assert soon.attempts == 1
    await room.clock.pass_on()
    assert [each.status for each in await room.all()] == [DeliveryStatus.DELIVERED] * 2
    assert room.ears.heard[-1].delivery_id == dead.delivery_id
    assert (await room.outbox.send_again(dead.delivery_id)).status is DeliveryStatus.DELIVERED
    await room.clock.pass_on()
    assert len(room.ears.heard) == 2


async def test_what_is_not_there_can_not_be_sent_again(room: Mailroom) -> None:
    with pytest.raises(UnknownDelivery):
        await room.outbox.send_again(DeliveryId("msg_0"))


async def test_two_secrets_sign_while_one_takes_the_place_of_the_other(room: Mailroom) -> None:
    await room.complete()
    for secret in ("whsec_2", "whsec_3"):
        await room.outbox.rotate(task().task_id, secret)
    assert await room.store.webhook_secrets(task().task_id) == ("whsec_3", "whsec_2")
    with pytest.raises(InvalidRequest):
        await room.outbox.rotate(task().task_id, "refuse")
    with pytest.raises(InvalidRequest, match="no webhook"):
        await room.outbox.rotate(TaskId("01J"), "whsec_4")


class Failing(MemoryStore):
    """A store whose disk is full now and then."""

    failures: dict[str, int]

    def _fail(self, what: str) -> None:
        if self.failures.get(what, 0) > 0:
            self.failures[what] -= 1
            raise StorageFailed("The disk is full.", hint="Free some space.")

    async def waiting_deliveries(self, limit: int) -> tuple[Delivery, ...]:
        self._fail("waiting")
        return await super().waiting_deliveries(limit)

    async def keep_delivery(self, delivery: Delivery) -> None:
        self._fail("keep")
        await super().keep_delivery(delivery)

    async def webhook_secrets(self, task_id: TaskId) -> tuple[str, ...]:
        self._fail("secrets")
        return await super().webhook_secrets(task_id)


@pytest.fixture
async def poor_room() -> AsyncIterator[Mailroom]:
    made = Mailroom()
    made.store = Failing()
    made.store.failures = {}
    made.reopened().start()
    yield made
    await made.outbox.stop()


async def test_what_was_taken_is_not_sent_twice_because_the_disk_is_full(poor_room: Mailroom) -> None:
    assert isinstance(poor_room.store, Failing)
    poor_room.store.failures = {"keep": 2}
    await poor_room.complete()
    assert told(poor_room.ears.heard) == [Occasion.STARTED]
    await poor_room.clock.advance(5.0)
    await poor_room.clock.advance(5.0)
    assert told(poor_room.ears.heard) == [Occasion.STARTED, Occasion.COMPLETED]


@pytest.mark.expected_log("the outbox can't be read now")
async def test_a_store_that_can_not_be_read_is_asked_again(poor_room: Mailroom) -> None:
    assert isinstance(poor_room.store, Failing)
    poor_room.store.failures = {"waiting": 2, "secrets": 1}
    await poor_room.complete()
    for _ in range(4):
        await poor_room.clock.advance(60.0)
    assert told(poor_room.ears.heard) == [Occasion.STARTED, Occasion.COMPLETED]


class Slow(MemoryStore):
    """A store whose answer is on its way for as long as `answers` is not set."""

    answers: asyncio.Event

    async def waiting_deliveries(self, limit: int) -> tuple[Delivery, ...]:
        found = await super().waiting_deliveries(limit)
        await self.answers.wait()
        return found


async def test_what_is_taken_while_the_store_is_read_is_not_sent_again() -> None:
    room, taken = Mailroom(), asyncio.Event()
    room.store = Slow()
    room.store.answers = asyncio.Event()
    room.store.answers.set()
    room.reopened().start()

    async def take_later(_: Delivery) -> None:
        await taken.wait()

    room.ears.answers.append(take_later)
    await room.complete(1)
    room.store.answers.clear()
    await room.complete(2)  # for which the store is read, while the first delivery is in the air
    taken.set()
    await room.clock.pass_on()
    room.store.answers.set()
    await room.clock.pass_on()
    await room.outbox.stop()
    assert len(room.ears.tried) == len({each.delivery_id for each in room.ears.tried}) == 4
