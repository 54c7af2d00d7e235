"""This machine: implements the engine's `Hardware`."""

import asyncio
import platform
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import psutil

from desktop.engine import Gpu, Machine, Processor
from desktop.models.hardware.advice import Trouble, advise, find_trouble
from desktop.models.hardware.cores import usable_cores
from desktop.models.hardware.probe import PROBE_SECONDS, PROGRAM, Device, Findings, probe

MIB: Final = 2**20
GPU_KINDS: Final = frozenset({"GPU", "IGPU"})
_FEATURE: Final = re.compile(r"(\w+) = 1\b")
_LISTED: Final = re.compile(r"^\s+(?P<id>\w+\d): (?P<name>.+) \((?P<total>\d+) MiB, (?P<free>\d+) MiB free\)$", re.M)


class LocalHardware:
    """Looks at this machine. `servers` are programs whose devices count beside those of the built-in runtime."""

    def __init__(
        self,
        folder: Path,
        *,
        servers: Sequence[str] = (),
        seconds: float = PROBE_SECONDS,
        program: tuple[str, ...] = PROGRAM,
    ) -> None:
        self._folder = folder  # on the disk where models are kept
        self._servers = tuple(servers)
        self._seconds = seconds
        self._program = program

    async def look(self) -> Machine:
        """What there is now. Never raises, and takes no longer than the probe may."""
        findings = await probe(self._servers, seconds=self._seconds, program=self._program)
        return machine(findings, disk_free=await asyncio.to_thread(_disk_free, self._folder))


def machine(findings: Findings, *, disk_free: int) -> Machine:
    """What the findings say, with what the system says of its memory."""
    memory = psutil.virtual_memory()
    runtime = findings.of("runtime")
    gpus = tuple(_gpus(findings))
    has_usable = any(gpu.device for gpu in gpus)
    name = next((device.name for device in runtime.devices if device.kind == "CPU"), "")
    return Machine(
        processor=Processor(
            name=name or platform.processor() or platform.machine(),
            cores=usable_cores(),
            features=frozenset(_FEATURE.findall(runtime.system)),
        ),
        memory_total=memory.total,
        memory_available=memory.available,
        disk_free=disk_free,
        gpus=gpus,
        all_answered=not findings.lost,
        advice="" if has_usable else advise(findings),
        has_idle_gpu=not has_usable and find_trouble(findings) is not Trouble.NONE_THERE,
    )


def listed_devices(listing: str) -> list[Device]:
    """The devices in what `llama-server --list-devices` writes."""
    return [
        Device(
            id=found["id"],
            name=found["name"],
            total=int(found["total"]) * MIB,
            free=int(found["free"]) * MIB,
            kind="GPU",
        )
        for found in _LISTED.finditer(listing)
    ]


def _gpus(findings: Findings) -> Iterator[Gpu]:
    """Those that a runtime can use, each once, then those that only their driver knows."""
    nvidia = findings.of("nvidia")
    cards = {card.name for card in nvidia.devices}
    names: set[str] = set()
    for devices in _lists(findings):
        fresh = [device for device in devices if device.name not in names]  # several runtimes may use the same card
        names.update(device.name for device in fresh)
        for device in fresh:
            yield _gpu(device, nvidia.driver if device.name in cards else "")
    for card in nvidia.devices:
        if card.name not in names:
            yield _gpu(card, nvidia.driver)


def _lists(findings: Findings) -> Iterator[list[Device]]:
    yield [device for device in findings.of("runtime").devices if device.kind in GPU_KINDS]
    for finding in findings.found:
        yield listed_devices(finding.listing)


def _gpu(device: Device, driver: str) -> Gpu:
    return Gpu(
        name=device.name,
        memory_total=device.total,
        memory_free=min(device.free, device.total),
        driver=driver,
        device=device.id,
        shares_memory=device.kind == "IGPU",
    )


def _disk_free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0
