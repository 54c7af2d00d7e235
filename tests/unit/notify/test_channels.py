"""ntfy, a command of the person's own, the drawer of secrets, and what chooses among all channels."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keyring
import msgspec
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.errors import PasswordDeleteError

from desktop.engine import ChannelKind, Delivery, DeliveryFailed, InvalidRequest, Occasion, Webhook
from desktop.notify import (
    Choices,
    CommandChoice,
    EndpointKey,
    MailChoice,
    NtfyChoice,
    OutwardChannels,
    SecretDrawer,
    SecretName,
    send_test,
    try_channel,
)
from desktop.notify.command_channel import run_command
from tests.fakes.fake_clock import FakeClock
from tests.fakes.memory_files import MemoryFiles
from tests.fakes.receiver import Receiver, answer
from tests.unit.notify.deliveries import HOSTILE, delivery

CLOCK = FakeClock()
TOKEN = "tk_1"  # noqa: S105 - of the server below


class Ring(KeyringBackend):
    """A keyring in memory."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


@pytest.fixture
def ring() -> Iterator[Ring]:
    before, made = keyring.get_keyring(), Ring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def no_ring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
async def server() -> AsyncIterator[Receiver]:
    made = Receiver()
    await made.open()
    yield made
    await made.close()


def channels(choices: Choices, environment: dict[str, str] | None = None) -> OutwardChannels:
    files, drawer = MemoryFiles(), SecretDrawer(environment or {})
    return OutwardChannels(lambda: choices, read_file=files.read, clock=CLOCK, drawer=drawer)


async def send(each: Delivery, choices: Choices) -> None:
    await channels(choices, {"LEGWORK_NTFY_TOKEN": TOKEN}).deliver(each, ())


def ntfy(server: Receiver, **fields: object) -> Choices:
    return Choices(
        ntfy=NtfyChoice(enabled=True, server=f"http://127.0.0.1:{server.port}/", topic="legwork-1", **fields)  # type: ignore[arg-type]
    )


async def test_the_phone_gets_a_message_in_json(server: Receiver) -> None:
    await send(delivery(ChannelKind.NTFY, title=HOSTILE), ntfy(server))
    (call,) = server.calls
    said = msgspec.json.decode(call.body)
    assert call.line == "POST / HTTP/1.1"
    assert "authorization" not in call.headers
    assert "bcc" not in call.headers
    assert said["topic"] == "legwork-1"
    assert said["title"].startswith("Completed: Zürich Bcc")
    assert said["message"] == "Result"


async def test_the_token_goes_along_where_the_server_wants_one(server: Receiver) -> None:
    await send(delivery(ChannelKind.NTFY, Occasion.FAILED), ntfy(server, with_token=True))
    assert server.calls[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert msgspec.json.decode(server.calls[0].body)["priority"] == 4


async def test_a_server_that_refuses_is_told(server: Receiver) -> None:
    server.answers.append(answer(403))
    with pytest.raises(DeliveryFailed, match="403"):
        await send(delivery(ChannelKind.NTFY), ntfy(server))


@pytest.mark.parametrize(
    "choice", [NtfyChoice(topic="a", server="ntfy.sh"), NtfyChoice(), NtfyChoice(server="https://[")]
)
async def test_a_server_or_topic_that_is_none_is_told(choice: NtfyChoice) -> None:
    with pytest.raises(DeliveryFailed) as failed:
        await send(delivery(ChannelKind.NTFY), Choices(ntfy=replace(choice, enabled=True)))
    assert failed.value.hint


async def test_the_server_can_be_tried_without_a_message(server: Receiver) -> None:
    choices, drawer = ntfy(server), SecretDrawer({})
    assert await try_channel(ChannelKind.NTFY, choices, clock=CLOCK, drawer=drawer) == ""
    assert server.calls[0].line == "GET /v1/health HTTP/1.1"
    await send_test(ChannelKind.NTFY, choices, clock=CLOCK, drawer=drawer)
    assert "A test from Legwork" in server.calls[1].body.decode()


def script(folder: Path, text: str) -> Choices:
    path = folder / "told.py"
    path.write_text(text, encoding="utf-8")
    return Choices(command=CommandChoice(enabled=True, arguments=(sys.executable, str(path), "$HOME; id")))


TELL = """
import json, os, sys
told = {"arguments": sys.argv[1:], "stdin": json.load(sys.stdin), "env": dict(os.environ)}
open(sys.argv[0] + ".json", "w").write(json.dumps(told))
"""


async def test_a_command_is_told_the_facts_and_no_shell_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEGWORK_MAIL_PASSWORD", "secret")
    monkeypatch.setenv("LEGWORK_ENDPOINT_KEY_GPU_BOX", "secret")
    await send(delivery(ChannelKind.COMMAND, title=HOSTILE), script(tmp_path, TELL))
    told = json.loads((tmp_path / "told.py.json").read_text())
    assert told["arguments"] == ["$HOME; id"]
    assert told["stdin"]["type"] == "task.completed"
    assert told["stdin"]["data"]["title"] == HOSTILE
    assert told["env"]["LEGWORK_EVENT"] == "task.completed"
    assert told["env"]["LEGWORK_TASK_STATUS"] == "completed"
    assert told["env"]["LEGWORK_TASK_TITLE"].startswith("Zürich Bcc: evil")
    assert "secret" not in told["env"].values()


async def test_a_command_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    choices = script(tmp_path, "import sys\nsys.exit('no such room\\x1b[31m')")
    with pytest.raises(DeliveryFailed, match=r"code 1. no such room") as failed:
        await send(delivery(ChannelKind.COMMAND), choices)
    assert "\x1b" not in str(failed.value)


async def test_a_command_need_not_read_and_may_leave_something_running(tmp_path: Path) -> None:
    """What it leaves keeps its standard error open; nobody waits for that."""
    leave = (
        "import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)\n"
    )
    await send(delivery(ChannelKind.COMMAND, text="x" * 300_000), script(tmp_path, f"{leave}child.stdin = None"))


async def test_a_command_that_takes_too_long_ends_with_all_that_it_started(tmp_path: Path) -> None:
    started = tmp_path / "started"
    os.mkfifo(started)
    choices = script(
        tmp_path,
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(started)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(600)",
    )
    aio_task = asyncio.create_task(run_command(delivery(ChannelKind.COMMAND), choices.command))
    pid = int(await asyncio.to_thread(started.read_text))
    aio_task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await aio_task
    await asyncio.to_thread(until_gone, pid)


async def test_a_command_that_nobody_waits_for_any_more_when_it_has_just_started_ends_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: asyncio.Queue[asyncio.subprocess.Process] = asyncio.Queue()
    handed_out, start = asyncio.Event(), asyncio.create_subprocess_exec

    async def start_slowly(*given: Any, **how: Any) -> asyncio.subprocess.Process:
        process = await start(*given, **how)
        started.put_nowait(process)
        await handed_out.wait()
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start_slowly)
    choices = script(tmp_path, "import time; time.sleep(600)")
    aio_task = asyncio.create_task(run_command(delivery(ChannelKind.COMMAND), choices.command))
    process = await started.get()
    try:
        aio_task.cancel()
        asyncio.get_running_loop().call_soon(handed_out.set)
        with pytest.raises(asyncio.CancelledError):
            await aio_task
        assert process.returncode == -signal.SIGKILL
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def until_gone(pid: int) -> None:
    """The kernel ends it at once, but nobody may have collected it yet."""
    state = Path(f"/proc/{pid}/stat")
    while state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z":
        pass


@pytest.mark.parametrize("arguments", [(), (" ",), ("legwork-no-such-program",), ("/etc/passwd",)])
async def test_a_command_that_is_none_is_told(arguments: tuple[str, ...]) -> None:
    choices = Choices(command=CommandChoice(enabled=True, arguments=arguments))
    with pytest.raises(DeliveryFailed) as failed:
        await send(delivery(ChannelKind.COMMAND), choices)
    assert failed.value.hint
    assert await try_channel(ChannelKind.COMMAND, choices, clock=CLOCK, drawer=SecretDrawer({})) == str(failed.value)


async def test_a_program_that_is_no_program_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x00nonsense")
    broken.chmod(0o700)
    choice = CommandChoice(enabled=True, arguments=(str(broken),))
    with pytest.raises(DeliveryFailed, match="could not be started"):
        await run_command(delivery(ChannelKind.COMMAND), choice)


@pytest.mark.parametrize("channel", [ChannelKind.MAIL, ChannelKind.NTFY, ChannelKind.COMMAND])
async def test_what_was_switched_off_is_not_sent_any_more(channel: ChannelKind) -> None:
    with pytest.raises(DeliveryFailed, match="switched off") as failed:
        await send(delivery(channel), Choices())
    assert failed.value.final


def test_the_person_is_told_of_ends_and_questions_by_what_is_switched_on() -> None:
    every = Choices(mail=MailChoice(enabled=True), ntfy=NtfyChoice(enabled=True), command=CommandChoice(enabled=True))
    told = [ChannelKind.MAIL, ChannelKind.NTFY, ChannelKind.COMMAND]
    for occasion in (Occasion.COMPLETED, Occasion.FAILED, Occasion.WAITING):
        assert list(channels(every).wanted(occasion)) == told
    for occasion in (Occasion.STARTED, Occasion.PROGRESS, Occasion.CANCELLED):
        assert channels(every).wanted(occasion) == ()
    assert channels(Choices()).wanted(Occasion.COMPLETED) == ()


def test_a_webhook_needs_an_address_and_a_secret() -> None:
    some = channels(Choices())
    with pytest.raises(InvalidRequest, match="secret"):
        some.check_webhook(Webhook(url="https://example.com/"))
    with pytest.raises(InvalidRequest, match="address"):
        some.check_webhook(Webhook(url="http://example.com/"))


async def test_a_secret_is_kept_by_the_keyring_and_goes_when_it_is_empty(ring: Ring) -> None:
    drawer = SecretDrawer({})
    assert await drawer.get(SecretName.MAIL_PASSWORD) == ""
    drawer.keep(SecretName.MAIL_PASSWORD, "")
    drawer.keep(SecretName.MAIL_PASSWORD, "horse")
    assert await drawer.get(SecretName.MAIL_PASSWORD) == "horse"
    assert ring.kept == {("Legwork", "mail password"): "horse"}
    drawer.keep(SecretName.MAIL_PASSWORD, "")
    assert ring.kept == {}


@pytest.mark.usefixtures("no_ring")
async def test_a_machine_without_a_keyring_says_so_and_shows_the_way_out() -> None:
    for drawer in (SecretDrawer({}),):
        with pytest.raises(DeliveryFailed, match="no keyring") as failed:
            await drawer.get(SecretName.MAIL_PASSWORD)
        assert "LEGWORK_MAIL_PASSWORD" in failed.value.hint
        with pytest.raises(DeliveryFailed, match="can't be kept") as refused:
            drawer.keep(SecretName.NTFY_TOKEN, "tk_9")
        assert "tk_9" not in str(refused.value)
    given = SecretDrawer({"LEGWORK_MAIL_PASSWORD": "horse"})
    assert await given.get(SecretName.MAIL_PASSWORD) == "horse"


async def test_the_key_of_a_model_server_is_kept_for_its_address(ring: Ring) -> None:
    key = EndpointKey(server="http://gpu-box:8080", plain_name="GPU_BOX")
    SecretDrawer({}).keep(key, "sk-1")
    assert ring.kept == {("Legwork", "key of the model server http://gpu-box:8080"): "sk-1"}
    assert await SecretDrawer({}).find(key) == "sk-1"
    assert await SecretDrawer({}).find(replace(key, server="http://elsewhere")) == ""
    assert await SecretDrawer({"LEGWORK_ENDPOINT_KEY_GPU_BOX": "sk-2"}).find(key) == "sk-2"


@pytest.mark.usefixtures("no_ring")
async def test_where_no_keyring_is_there_is_no_secret_to_be_found() -> None:
    assert await SecretDrawer({}).find(EndpointKey(server="http://gpu-box:8080", plain_name="GPU_BOX")) == ""
