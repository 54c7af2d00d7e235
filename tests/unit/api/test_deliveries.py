"""Webhooks and deliveries over HTTP."""

from dataclasses import replace

import aiohttp
import pytest

from desktop.api.public_delivery import delivery_from_json
from desktop.engine import Change, DeliveryId, DeliveryStatus, Occasion, TaskStatus, Webhook
from desktop.notify.signing import key_of
from tests.contract.test_store_deliveries import Postings, delivery, post
from tests.unit.api.conftest import Served
from tests.unit.store.samples import submitted, task, task_id

HOOK = {"url": "https://example.com/hook/secret-part?key=1"}
BODY = {"kind": "documents", "goal": "Summarise", "inputs": [{"name": "a.txt", "text": "The sea is wide."}]}
SECRET = "whsec_" + "QUFB" * 8


async def test_a_caller_without_a_secret_gets_one_and_only_once(client: aiohttp.ClientSession, served: Served) -> None:
    async with client.post("/tasks", json=BODY | {"webhook": HOOK}) as answer:
        assert answer.status == 202
        said = await answer.json()
    secret = said["webhook"]["secret"]
    assert key_of(secret)
    assert served.engine.secrets == [(secret,)]
    assert served.engine.requests[0].webhook == Webhook(url=HOOK["url"])
    for path in ("/tasks", f"/tasks/{said['task_id']}", "/deliveries", f"/status/{said['task_id']}"):
        async with client.get(path) as answer:
            text = await answer.text()
            assert answer.status == 200
            assert secret not in text
            assert "secret-part" not in text


async def test_a_caller_that_waits_for_the_end_gets_its_secret_too(
    client: aiohttp.ClientSession, served: Served
) -> None:
    served.engine.on_submit = served.engine.complete
    async with client.post("/tasks", json=BODY | {"webhook": HOOK}, headers={"Prefer": "wait=20"}) as answer:
        assert answer.status == 200
        said = await answer.json()
    assert said["status"] == TaskStatus.COMPLETED
    assert served.engine.secrets == [(said["webhook"]["secret"],)]


async def test_a_caller_with_a_secret_of_its_own_is_not_told_it(client: aiohttp.ClientSession, served: Served) -> None:
    hook = {**HOOK, "secret": SECRET, "events": ["task.progress", "task.failed", "task.failed"]}
    async with client.post("/tasks", json=BODY | {"webhook": hook}) as answer:
        assert (await answer.json())["webhook"] is None
    assert served.engine.secrets == [(SECRET,)]
    webhook = served.engine.requests[0].webhook
    assert webhook is not None
    assert webhook.events == (Occasion.PROGRESS, Occasion.FAILED)


async def test_an_address_that_may_not_be_called_is_refused(client: aiohttp.ClientSession) -> None:
    async with client.post("/tasks", json=BODY | {"webhook": {"url": "https://refuse/"}}) as answer:
        assert answer.status == 422


@pytest.fixture
async def dead(served: Served) -> DeliveryId:
    """A dead delivery of one task, and a pending one of another."""
    store, postings = served.engine.store, Postings()
    for number in (1, 2):
        await store.add(Change(task=submitted(task(number)).task, secrets=(SECRET,)))
    store.post_with(postings.rule, postings.on_posted)
    await post(store, postings, delivery(1, target=HOOK["url"]), delivery(2, of=2))
    found = await store.delivery(DeliveryId("msg_1"))
    await store.keep_delivery(replace(found, status=DeliveryStatus.DEAD, attempts=10, problem="It answered 500."))
    return found.delivery_id


async def test_dead_letters_are_listed_and_sent_again(
    client: aiohttp.ClientSession, served: Served, dead: DeliveryId
) -> None:
    async with client.get("/deliveries", params={"status": "dead"}) as answer:
        (shown,) = (await answer.json())["deliveries"]
    assert (shown["delivery_id"], shown["target"], shown["due_at"]) == (dead, "https://example.com", None)
    assert (shown["problem"], shown["attempts"], shown["event"]) == ("It answered 500.", 10, "task.started")
    async with client.post(f"/deliveries/{dead}/send-again") as answer:
        again = delivery_from_json(await answer.read())
    assert (again.status, again.attempts) == (DeliveryStatus.PENDING, 0)
    assert again.due_at is not None


async def test_the_list_comes_in_pages_and_by_task(client: aiohttp.ClientSession, dead: DeliveryId) -> None:
    async with client.get("/deliveries", params={"limit": 1}) as answer:
        first = await answer.json()
    async with client.get("/deliveries", params={"limit": 1, "cursor": first["cursor"]}) as answer:
        last = await answer.json()
    assert [page["deliveries"][0]["delivery_id"] for page in (first, last)] == ["msg_2", dead]
    assert last["cursor"] is None
    async with client.get("/deliveries", params={"task_id": task_id(2)}) as answer:
        assert [each["delivery_id"] for each in (await answer.json())["deliveries"]] == ["msg_2"]


async def test_a_delivery_that_is_not_there_is_not_found(client: aiohttp.ClientSession) -> None:
    async with client.post("/deliveries/msg_9/send-again") as answer:
        assert answer.status == 404
        assert (await answer.json())["type"].endswith("UnknownDelivery")


@pytest.mark.usefixtures("dead")
async def test_a_secret_can_be_replaced(client: aiohttp.ClientSession, served: Served) -> None:
    path = f"/tasks/{task_id(1)}/webhook/rotate"
    async with client.post(path) as answer:
        made = (await answer.json())["secret"]
    assert await served.engine.store.webhook_secrets(task_id(1)) == (made, SECRET)
    brought = "whsec_" + "QkJC" * 8
    async with client.post(path, json={"secret": brought}) as answer:
        assert answer.status == 204
    assert await served.engine.store.webhook_secrets(task_id(1)) == (brought, made)
    async with client.post(f"/tasks/{task_id(9)}/webhook/rotate") as answer:
        assert answer.status == 422
