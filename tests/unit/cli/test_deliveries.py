"""`legwork deliveries` on a data folder that nobody runs an engine on."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from desktop.cli import main
from desktop.engine import DeliveryId, DeliveryStatus
from desktop.notify import CommandChoice, MailChoice, NtfyChoice
from desktop.paths import Paths
from desktop.settings import Settings, save_settings
from desktop.store import open_store
from tests.contract.test_store_deliveries import Postings, delivery, post
from tests.unit.store.samples import submitted, task, task_id

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(paths: Paths, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(paths.data))

    def call(*words: str) -> tuple[int, str, str]:
        code = main(words)
        return code, *capfd.readouterr()

    return call


@pytest.fixture
def _kept(paths: Paths) -> None:
    """A dead delivery, and one that was delivered."""

    async def keep() -> None:
        store, postings = open_store(paths.data), Postings()
        for number in (1, 2):
            await store.add(submitted(task(number)))
        store.post_with(postings.rule, postings.on_posted)
        await post(store, postings, delivery(1, target="https://example.com/secret-part"), delivery(2, of=2))
        dead = await store.delivery(DeliveryId("msg_1"))
        await store.keep_delivery(replace(dead, status=DeliveryStatus.DEAD, problem="It answered 500.\x1b[31m"))
        sent = await store.delivery(DeliveryId("msg_2"))
        await store.keep_delivery(replace(sent, status=DeliveryStatus.DELIVERED))
        await store.close()

    asyncio.run(keep())


@pytest.mark.usefixtures("_kept")
def test_what_could_not_be_told_is_listed_with_why(command: Command) -> None:
    code, out, _ = command("deliveries", "--status", "dead")
    assert code == 0
    assert out.startswith("msg_1  dead")
    assert "It answered 500." in out
    assert "\x1b" not in out
    assert "secret-part" not in out
    assert len(out.splitlines()) == 1


@pytest.mark.usefixtures("_kept")
def test_those_of_a_task_are_listed_as_json(command: Command) -> None:
    _, out, _ = command("deliveries", "--task", task_id(2), "--json")
    assert json.loads(out)["delivery_id"] == "msg_2"
    assert len(command("deliveries")[1].splitlines()) == 2


@pytest.mark.usefixtures("_kept")
def test_a_dead_one_is_sent_again_when_legwork_runs(command: Command, paths: Paths) -> None:
    code, _, err = command("deliveries", "--send-again", "msg_1")
    assert code == 0
    assert "as soon as Legwork runs" in err
    _, out, _ = command("deliveries", "--send-again", "msg_1", "--json")
    assert json.loads(out)["status"] == "pending"
    assert "delivered already" in command("deliveries", "--send-again", "msg_2")[2]
    code, _, err = command("deliveries", "--send-again", "msg_9")
    assert code == 2
    assert "no delivery msg_9" in err


def test_where_there_is_nothing_it_says_so(command: Command, paths: Paths) -> None:
    assert "No deliveries." in command("deliveries")[2]
    asyncio.run(open_store(paths.data).close())
    assert "No deliveries." in command("deliveries")[2]


def test_doctor_says_whether_the_channels_work(command: Command, paths: Paths) -> None:
    found = json.loads(command("doctor", "--json")[1])
    assert {found[name]["what"] for name in ("e-mail", "phone", "command")} == {"not switched on"}
    choices = Settings(
        mail=MailChoice(enabled=True, host="127.0.0.1", port=1, sender="a@example.com", recipient="b@example.com"),
        ntfy=NtfyChoice(enabled=True, server="http://127.0.0.1:1", topic="a"),
        command=CommandChoice(enabled=True, arguments=("true",)),
    )
    save_settings(paths.settings, choices)
    found = json.loads(command("doctor", "--json")[1])
    assert "can't be used" in found["e-mail"]["what"]
    assert "could not be reached" in found["phone"]["what"]
    assert found["command"] == {"health": "good", "what": "the program is there"}
