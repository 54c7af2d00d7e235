"""What holds for whoever looks at a machine."""

from pathlib import Path

import pytest

from desktop.engine import Hardware
from desktop.models import LocalHardware
from tests.fakes.fixed_hardware import FixedHardware, gpu, machine


@pytest.fixture(params=["this machine", "without a GPU", "with a GPU", "with one that is not used"])
def hardware(request: pytest.FixtureRequest, tmp_path: Path) -> Hardware:
    match request.param:
        case "this machine":
            return LocalHardware(tmp_path, seconds=60.0)
        case "with a GPU":
            return FixedHardware(machine(gpu()))
        case "with one that is not used":
            return FixedHardware(machine(advice="The driver is too old. Install a newer one."))
        case _:
            return FixedHardware()


async def test_a_machine_has_a_processor_memory_and_disk(hardware: Hardware) -> None:
    found = await hardware.look()

    assert found.processor.name
    assert found.processor.cores >= 1
    assert 0 < found.memory_available <= found.memory_total
    assert found.disk_free > 0


async def test_a_machine_that_uses_no_gpu_says_why_and_one_that_does_has_nothing_to_say(hardware: Hardware) -> None:
    found = await hardware.look()

    assert bool(found.advice) is not bool(found.usable_gpus)
    assert not (found.has_idle_gpu and found.usable_gpus)
    assert all(0 <= each.memory_free <= each.memory_total for each in found.gpus)
