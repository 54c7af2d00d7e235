"""`legwork models`: choosing, downloading, adding and removing, as a person at a terminal does it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from desktop.cli import main
from desktop.cli.get_model import progress_line
from desktop.models.downloading import DownloadState, DownloadStatus
from desktop.paths import Paths, find_paths
from tests.fakes.fixed_hardware import GIB, FixedHardware, gpu, machine
from tests.fakes.hub_server import Gate, HubServer, Refusal, running_hub
from tests.fakes.tiny_gguf import write_tiny_model

PROJECT = Path(__file__).parents[3]
ADDRESS = "maker/repo/model.gguf"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """A data folder of its own, and a home without models of other programs."""
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return find_paths(os.environ)


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[HubServer]:
    content = write_tiny_model(tmp_path / "model.gguf").read_bytes()
    async with running_hub(HubServer(files={ADDRESS: content * 6})) as server:
        yield server


class Command:
    """`legwork models …` in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def begin(cls, hub: HubServer, data: Paths, *words: str) -> "Command":
        environment = os.environ | {"HF_ENDPOINT": hub.hub_address, "LEGWORK_DATA_DIR": str(data.data)}
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "main.py", "models", *words, cwd=PROJECT, env=environment, stdout=pipe, stderr=pipe
        )
        return cls(process)

    async def end(self) -> tuple[int | None, str, str]:
        out, err = await self.process.communicate()
        return self.process.returncode, out.decode(), err.decode()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def installed(data: Paths) -> list[str]:
    return sorted(path.name for path in data.models.glob("*.gguf"))


def test_what_is_recommended_fits_and_says_how_to_get_it(data: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "recommend", "--memory", "8", "--gpu"]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("qwen3-8b  (8.2 B, 5.0 GB, needs about 6.9 GB, Apache-2.0)")
    assert "'legwork models get qwen3-8b'" in shown.err

    assert main(["models", "recommend", "--memory", "8", "--kind", "code", "--json"]) == 0
    found = lines(capsys)
    assert [model["id"] for model in found] == ["qwen3-4b-2507", "qwen2.5-coder-1.5b"]
    assert all(model["need"] <= 8 * 10**9 for model in found)

    assert main(["models", "recommend"]) == 0
    assert main(["models", "recommend", "--kind", "dancing"]) == 0
    assert "Nothing in the catalogue" in capsys.readouterr().err


def test_what_is_recommended_suits_the_card_or_says_why_there_is_none(
    data: Paths, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hardware = FixedHardware(machine(gpu(total=12 * GIB)))
    monkeypatch.setattr("desktop.headless.local_hardware", lambda _paths: hardware)
    assert main(["models", "recommend"]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("qwen3-14b")
    assert "For 11.6 GB of memory on Test Card." in shown.err

    hardware.found = machine(advice="The driver of Test Card is too old. Install a newer one.")
    assert main(["models", "recommend"]) == 0
    shown = capsys.readouterr()
    assert "is too old. Install a newer one." in shown.err
    assert "qwen3-14b" not in shown.out
    assert main(["models", "recommend", "--gpu"]) == 0
    assert "is too old" not in capsys.readouterr().err

    hardware.found = machine()
    assert main(["models", "recommend"]) == 0
    assert "graphics card" not in capsys.readouterr().err


def test_a_model_of_another_program_is_added_by_its_name_and_forgotten(
    data: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "home/.lmstudio/models/maker/repo"
    folder.mkdir(parents=True)
    path = write_tiny_model(folder / "theirs.gguf")

    assert main(["models", "list"]) == 0
    assert "1 more of other programs" in capsys.readouterr().err
    assert main(["models", "list", "--found", "--json"]) == 0
    assert [model["name"] for model in lines(capsys)] == ["theirs"]
    assert main(["models", "add", "theirs", "--json"]) == 0
    assert lines(capsys)[0]["path"] == str(path)
    assert main(["models", "list", "--json"]) == 0
    assert lines(capsys)[0]["name"] == "theirs"

    assert main(["models", "remove", "theirs"]) == 0
    assert str(path) in capsys.readouterr().out
    assert path.exists()


def test_a_model_is_added_by_its_path_and_removed_with_its_space(
    data: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "add", str(write_tiny_model(tmp_path / "mine.gguf")), "--name", "my own"]) == 0
    assert "my own" in capsys.readouterr().out
    write_tiny_model(data.models / "here.gguf")

    assert main(["models", "remove", "here", "--json"]) == 0
    (removal,) = lines(capsys)
    assert removal["freed"] > 0
    assert installed(data) == []
    write_tiny_model(data.models / "here.gguf")
    assert main(["models", "remove", "here"]) == 0
    assert "are free again" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["remove", "gone"], ["get", "gone"], ["get", "a/b"]])
def test_what_there_is_not_is_a_usage_error(data: Paths, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", *words]) == 2
    assert "gone" in capsys.readouterr().err or "a/b" in words


def test_what_is_no_model_is_not_added(data: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.gguf").write_text("no model")

    assert main(["models", "add", str(tmp_path / "notes.gguf")]) == 1
    assert "no usable GGUF file" in capsys.readouterr().err


async def test_get_downloads_with_progress_and_puts_the_model_on_the_shelf(hub: HubServer, data: Paths) -> None:
    code, out, err = await (await Command.begin(hub, data, "get", ADDRESS)).end()

    assert (code, installed(data)) == (0, ["model.gguf"]), err
    assert out == f"model is here: {data.models / 'model.gguf'}\n"
    assert "model · starting" in err
    assert "100%" in err


async def test_get_tells_everything_as_json(hub: HubServer, data: Paths) -> None:
    code, out, _ = await (await Command.begin(hub, data, "get", ADDRESS, "--json")).end()

    told = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert told[0]["state"] == "starting"
    assert told[-1]["state"] == "completed"
    assert told[-1]["done"] == told[-1]["total"] == len(hub.files[ADDRESS])


async def test_a_download_that_was_killed_goes_on_in_the_next_process(hub: HubServer, data: Paths) -> None:
    hub.files[ADDRESS] = bytes(40 * 2**20)
    gate = Gate(pieces=600)
    hub.at_storage.append(gate)
    command = await Command.begin(hub, data, "get", ADDRESS, "--json")
    await gate.held.wait()
    assert command.process.stdout is not None
    while json.loads(await command.process.stdout.readline())["done"] < 33 * 2**20:
        pass
    command.process.kill()
    await command.process.wait()
    assert installed(data) == []

    code, _, err = await (await Command.begin(hub, data, "get", ADDRESS)).end()

    assert (code, installed(data)) == (0, ["model.gguf"]), err
    begun_at = int(hub.ranges[1].removeprefix("bytes=").removesuffix("-"))
    assert 32 * 2**20 <= begun_at < 40 * 2**20, "what was brought to the disk before is not loaded again"
    assert (data.models / "model.gguf").read_bytes() == hub.files[ADDRESS]


async def test_ctrl_c_pauses_and_says_how_to_go_on(hub: HubServer, data: Paths) -> None:
    gate = Gate(pieces=8)
    hub.at_storage.append(gate)
    command = await Command.begin(hub, data, "get", ADDRESS, "--json")
    await gate.held.wait()
    assert command.process.stdout is not None
    while not json.loads(await command.process.stdout.readline())["done"]:
        pass
    command.process.send_signal(signal.SIGINT)

    code, _, err = await command.end()
    assert code == 3
    assert f"'legwork models get {ADDRESS}' goes on there" in err

    code, out, _ = await (await Command.begin(hub, data, "remove", "maker--repo--model")).end()
    assert (code, "are free again" in out) == (0, True)
    assert list(data.models.rglob("*.part")) == []


async def test_get_that_can_t_be_done_says_why(hub: HubServer, data: Paths) -> None:
    hub.at_hub.append(Refusal(403, {"X-Error-Code": "GatedRepo"}))

    code, _, err = await (await Command.begin(hub, data, "get", ADDRESS)).end()

    assert code == 1
    assert "LEGWORK_HUB_TOKEN" in err


def test_a_line_of_progress_says_how_much_how_fast_and_how_long() -> None:
    status = DownloadStatus(
        id="x",
        name="Qwen3 8B",
        state=DownloadState.RUNNING,
        done=1_250_000_000,
        total=5_000_000_000,
        speed=25_000_000.0,
        seconds_left=150.0,
    )

    assert progress_line(status) == "Qwen3 8B · running · 25% · 1.2 GB of 5.0 GB · 25.0 MB/s · about 2 min left"
