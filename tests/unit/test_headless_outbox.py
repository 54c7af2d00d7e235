"""A webhook and a command through the whole of the real program: handed over by HTTP, called back from the engine."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
import standardwebhooks

from desktop.api.announcement import read_announcement
from desktop.engine import DeliveryQuery, DeliveryStatus
from desktop.headless import opened_engine
from desktop.notify import CommandChoice
from desktop.paths import Paths
from desktop.settings import save_settings
from tests.fakes.receiver import Receiver
from tests.fakes.tiny_gguf import write_tiny_model
from tests.unit.test_headless import QUIET, announced

BODY = {"kind": "documents", "goal": "Summarise", "inputs": [{"name": "a.txt", "text": "The sea is wide."}]}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    await made.open()
    yield made
    await made.close()


async def test_a_program_is_called_back_and_the_command_of_the_person_is_run(
    tmp_path: Path, receiver: Receiver
) -> None:
    paths, told = Paths(data=tmp_path / "data"), tmp_path / "told.json"
    paths.models.mkdir(parents=True)
    write_tiny_model(paths.models / "broken.gguf", architecture="nonesuch")  # the task fails as soon as it is run
    tell = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())"
    settings = replace(QUIET, default_model="broken", allowed_webhook_hosts=("127.0.0.1",))
    async with opened_engine(paths, settings) as engine:
        command = CommandChoice(enabled=True, arguments=(sys.executable, "-c", tell, str(told)))
        save_settings(paths.settings, replace(settings, command=command))  # holds without a restart
        await announced(paths)
        announcement = read_announcement(paths.engine)
        assert announcement is not None
        headers = {"Authorization": f"Bearer {announcement.token}"}
        async with aiohttp.ClientSession(announcement.address, headers=headers) as session:
            async with session.post("/tasks", json=BODY | {"webhook": {"url": receiver.url}}) as answer:
                accepted = await answer.json()
            calls = [await receiver.came.get() for _ in range(2)]
    said = [standardwebhooks.Webhook(accepted["webhook"]["secret"]).verify(call.body, call.headers) for call in calls]
    assert [each["type"] for each in said] == ["task.started", "task.failed"]
    assert {each["data"]["task_id"] for each in said} == {accepted["task_id"]}
    async with opened_engine(paths, settings) as engine:
        page = await engine.outbox.find(DeliveryQuery())
        while any(each.status is DeliveryStatus.PENDING for each in page.deliveries):
            await asyncio.sleep(0)
            page = await engine.outbox.find(DeliveryQuery())
    assert {each.status for each in page.deliveries} == {DeliveryStatus.DELIVERED}
    assert json.loads(told.read_text())["type"] == "task.failed"
