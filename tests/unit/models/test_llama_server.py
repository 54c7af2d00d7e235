"""A llama-server as a runtime: it is told what it knows, its words are read, and where it fails another one runs."""

import re
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from desktop.engine import LoadedModel, Message, ModelUnavailable, Prompt, Role, RuntimeFailed
from desktop.models import LocalModels
from desktop.models.programs import llama_server
from tests.fakes.fixed_hardware import FixedHardware, gpu, machine
from tests.fakes.odd_server import CARD, starts, write_server
from tests.fakes.tiny_gguf import write_tiny_model

QUESTION = Prompt(messages=(Message(role=Role.USER, content="Hello"),), max_tokens=8)
FALLS_BACK = "The graphics card Test Card was not used: "


@dataclass(frozen=True)
class World:
    """A machine with a card that only a llama-server can use, and a model."""

    models: LocalModels
    model: str
    folder: Path

    async def load(self) -> LoadedModel:
        try:
            return await self.models.open(self.model).load()
        finally:
            await self.models.close()


def world(folder: Path, *moods: str, is_chosen: bool = False, has_card: bool = True) -> World:
    server = llama_server(str(write_server(folder / "server", *moods)), "odd server", is_chosen=is_chosen)
    hardware = FixedHardware(machine(gpu(runtime="odd server", device="Vulkan0")) if has_card else machine())
    models = LocalModels(None, servers=(server,), hardware=hardware, context_tokens=2048)
    return World(models, str(write_tiny_model(folder / "tiny.gguf")), folder / "server")


async def test_what_a_server_says_of_its_layers_and_its_card_is_told(tmp_path: Path) -> None:
    loaded = await world(tmp_path).load()

    assert (loaded.runtime, loaded.device) == ("odd server", CARD)
    assert (loaded.gpu_layers, loaded.layers) == (3, 3)
    assert loaded.reason == "odd server is the runtime here that can use Test Card."


async def test_a_server_gets_the_arguments_that_it_knows_and_no_secret_among_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMA_ARG_HOST", "0.0.0.0")  # noqa: S104 - it is not to get there
    here = world(tmp_path)
    model = here.models.open(here.model)
    await model.load()
    running = model.runtime.running
    assert running is not None
    log, key = running.process._log.decode(), running.process.api_key
    await here.models.close()

    (start,) = starts(here.folder)
    assert start["arguments"] == [
        *("--model", here.model, "--host", "127.0.0.1", "--port", "0", "--parallel", "4", "--ctx-size", "8192"),
        *("--device", "Vulkan0", "--gpu-layers", "3", "--slots"),
    ]
    assert start["environment"]["LLAMA_API_KEY"] == key
    assert [name for name in start["environment"] if name.startswith("LLAMA_")] == ["LLAMA_API_KEY"]
    assert "offloaded 3/3" in log
    assert "cret" not in log


@pytest.mark.expected_log("was not used")
@pytest.mark.parametrize(
    ("mood", "words"),
    [
        ("lacks instructions", "This processor lacks instructions"),
        ("lost the card", "can't be loaded: the graphics card is not there any more"),
        ("knows no such cache", "can't be loaded: error while handling argument .--cache-type-k.: odd"),
        ("can't read it", "can't be loaded: E load_model: failed to load model: unknown architecture"),
        ("puts nothing there", "odd server put no layer of the model there"),
    ],
)
async def test_where_a_server_fails_the_processor_does_the_work_and_the_reason_is_said(
    tmp_path: Path, mood: str, words: str
) -> None:
    loaded = await world(tmp_path, mood).load()

    assert loaded.runtime == "xllamacpp"
    assert loaded.device.startswith("CPU, ")
    assert loaded.gpu_layers == 0
    assert loaded.reason.startswith(FALLS_BACK)
    assert re.search(words, loaded.reason)
    assert "usage" not in loaded.reason


@pytest.mark.expected_log("memory ran out", "was not used")
async def test_where_a_card_has_too_little_memory_less_is_tried_and_then_the_processor(tmp_path: Path) -> None:
    here = world(tmp_path, "runs out of memory")
    loaded = await here.load()

    layers = [start["arguments"][start["arguments"].index("--gpu-layers") + 1] for start in starts(here.folder)]
    assert layers == ["3", "3", "3", "2"]
    assert loaded.reason.startswith(FALLS_BACK + "there is too little free memory on it for this model.")
    assert loaded.fit.startswith("on the processor, ")
    assert loaded.given_up == ()


@pytest.mark.expected_log("was not used")
async def test_a_card_on_which_the_runtime_breaks_off_twice_in_a_row_is_left_alone(tmp_path: Path) -> None:
    here = world(tmp_path, "ends")
    model = here.models.open(here.model)
    for _ in range(2):
        assert (await model.load()).runtime == "odd server"
        with pytest.raises(RuntimeFailed):
            await model.answer(QUESTION)
    answer = await model.answer(QUESTION)
    loaded = await here.load()

    assert answer.text
    assert loaded.runtime == "xllamacpp"
    assert loaded.reason.startswith(
        FALLS_BACK + "it broke off 2 times in a row. The runtime of tiny ended with code 3: "
    )


@pytest.mark.expected_log("memory ran out")
async def test_less_on_the_card_is_better_than_nothing(tmp_path: Path) -> None:
    loaded = await world(tmp_path, "runs out of memory", "fine").load()

    assert loaded.runtime == "odd server"
    assert loaded.given_up == ("2 instead of 4 answers at the same time",)


@pytest.mark.expected_log("was not used")
async def test_a_card_without_room_for_one_layer_is_not_used(tmp_path: Path) -> None:
    here = world(tmp_path)
    full = FixedHardware(machine(gpu(free=1, runtime="odd server", device="Vulkan0")))
    here.models._chooser._hardware = full
    loaded = await here.load()

    assert loaded.reason == FALLS_BACK + "there is too little free memory on it for this model."
    assert not (here.folder / "starts").exists()


async def test_a_machine_without_a_card_says_so(tmp_path: Path) -> None:
    loaded = await world(tmp_path, has_card=False).load()

    assert loaded.runtime == "xllamacpp"
    assert "no graphics card" in loaded.reason


async def test_a_server_that_the_person_chose_is_taken_without_a_card_too(tmp_path: Path) -> None:
    here = world(tmp_path, "puts nothing there", is_chosen=True, has_card=False)
    loaded = await here.load()

    assert loaded.runtime == "odd server"
    assert loaded.reason.startswith("The settings name this runtime. There is no graphics card")
    arguments = starts(here.folder)[0]["arguments"]
    assert arguments[arguments.index("--device") + 1] == "none"


@pytest.mark.expected_log("was not used")
async def test_a_chosen_program_that_is_no_server_is_passed_over_with_the_reason(tmp_path: Path) -> None:
    here = world(tmp_path, is_chosen=True, has_card=False)
    (here.folder / "llama-server").write_text("#!/bin/sh\nexit 3\n")
    loaded = await here.load()

    assert loaded.runtime == "xllamacpp"
    assert loaded.reason.startswith("odd server was not used: The runtime can't be used on this machine: ")
    assert "returned non-zero exit status 3" in loaded.reason


@pytest.mark.expected_log("was not used")
async def test_the_last_runtime_says_what_is_wrong_with_a_model(tmp_path: Path) -> None:
    here = world(tmp_path, "can't read it")
    write_tiny_model(Path(here.model), architecture="nonesuch")

    with pytest.raises(ModelUnavailable, match="failed to load model"):
        await here.load()


@pytest.mark.parametrize("mood", ["is killed", "ends"])
async def test_a_server_that_dies_takes_its_wrapper_along_and_tells_how(tmp_path: Path, mood: str) -> None:
    here = world(tmp_path, mood)
    model = here.models.open(here.model)
    await model.load()
    running = model.runtime.running
    assert running is not None
    with pytest.raises(RuntimeFailed, match=r"was ended by signal 9|ended with code 3: .* / no more cheese"):
        await model.answer(QUESTION)
    await here.models.close()

    assert not psutil.pid_exists(running.process.pid)
