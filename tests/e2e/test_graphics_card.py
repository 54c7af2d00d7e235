"""A task computes on the graphics card, and on the processor where that one is taken away, and says why.

The card is Mesa's software device: it takes the same way through loader, driver and runtime as a real one.
"""

import asyncio
from pathlib import Path

import pytest

from desktop.engine import Engine, LoadedModel, TaskRequest, TaskStatus
from desktop.headless import Parts, local_models, opened_engine
from desktop.models.hardware.local import SOFTWARE_GPU
from desktop.paths import Paths
from desktop.settings import Settings
from desktop.settings_file import SettingsFile
from tests.fakes.fixed_hardware import FixedHardware, gpu, machine
from tests.fakes.tiny_gguf import write_tiny_model

REQUEST = TaskRequest(kind="chat", goal="The river runs to the sea.", options={"max_tokens": 8})


@pytest.fixture(autouse=True)
def _card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GGML_VK_VISIBLE_DEVICES", "0")  # the runtime passes software over unless it is told not to
    monkeypatch.setenv(SOFTWARE_GPU, "1")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(notifications=False, keep_awake=False, default_model=str(write_tiny_model(tmp_path / "tiny.gguf")))


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(data=tmp_path / "data")


async def carried_out(engine: Engine) -> LoadedModel:
    """Have the task done: what ran it."""
    done = asyncio.Event()
    engine.subscribe(lambda update: done.set() if update.task.finished_at else None)
    task = await engine.submit(REQUEST)
    await done.wait()
    assert (await engine.task(task.task_id)).status is TaskStatus.COMPLETED
    loaded = engine.runtime_status().model
    assert loaded is not None
    return loaded


async def test_a_task_goes_on_without_the_card_that_it_had_and_says_why(
    paths: Paths, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = local_models(paths, SettingsFile(paths.settings, settings))
    async with opened_engine(paths, settings, parts=Parts(models=models)) as engine:
        with_card = await carried_out(engine)
        models.open(None).drop("is to be loaded anew")
        monkeypatch.setenv("VK_ICD_FILENAMES", "/no/driver")
        without = await carried_out(engine)

    assert (with_card.runtime, with_card.gpu_layers, with_card.layers) == ("llama-server (Vulkan)", 3, 3)
    assert with_card.device.startswith("llvmpipe")
    assert with_card.fit.startswith("3 of 3 layers")
    assert (without.runtime, without.gpu_layers) == ("xllamacpp", 0)
    assert without.device.startswith("CPU, ")
    assert without.reason.startswith(f"The graphics card {with_card.device}, which was there before, is not found any")


@pytest.mark.expected_log("was not used")
async def test_a_card_that_goes_while_a_model_is_loaded_is_named_with_what_happened(
    paths: Paths, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = local_models(paths, SettingsFile(paths.settings, settings))
    hardware = FixedHardware(machine(gpu(device="Vulkan0", runtime="llama-server (Vulkan)")))
    monkeypatch.setattr(models._chooser, "_hardware", hardware)
    monkeypatch.setenv("GGML_VK_VISIBLE_DEVICES", "")
    async with opened_engine(paths, settings, parts=Parts(models=models)) as engine:
        loaded = await carried_out(engine)

    assert loaded.runtime == "xllamacpp"
    assert loaded.reason.startswith("The graphics card Test Card was not used: The model tiny can't be loaded: ")
    assert "the graphics card is not there any more" in loaded.reason


async def test_software_that_poses_as_a_card_is_not_used_unless_somebody_tries_things_out(
    paths: Paths, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SOFTWARE_GPU)
    async with opened_engine(paths, settings) as engine:
        loaded = await carried_out(engine)

    assert (loaded.runtime, loaded.gpu_layers) == ("xllamacpp", 0)
    assert loaded.reason
