"""This machine: implements the engine's `Hardware`."""

import asyncio
import os
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
from desktop.models.programs import RuntimeProgram, built_in

MIB: Final = 2**20
GPU: Final = "GPU"
INTEGRATED: Final = "IGPU"
SOFTWARE_GPU: Final = "LEGWORK_SOFTWARE_GPU"
"""The variable that lets software which poses as a graphics card count as one: it is slower than the processor that it
runs on, and of use only to try things out."""
_SOFTWARE: Final = re.compile(r"llvmpipe|lavapipe|softpipe|swiftshader|microsoft basic render", re.IGNORECASE)
_SHARING: Final = re.compile(r"^Apple|^(?!.*\b(?:RX|Pro|[AB]\d{3}M?)\b).*(?:\bGraphics\b|Radeon \d{3}M\b)")
"""How cards are called that have the processor's memory: lists of devices do not tell."""
_FEATURE: Final = re.compile(r"(\w+) = 1\b")
_LISTED: Final = re.compile(r"^\s+(?P<id>\w+\d): (?P<name>.+) \((?P<total>\d+) MiB, (?P<free>\d+) MiB free\)$", re.M)


class LocalHardware:
    """Looks at this machine. `servers` are runtimes whose devices count beside those of the built-in one."""

    def __init__(
        self,
        folder: Path,
        *,
        servers: Sequence[RuntimeProgram] = (),
        seconds: float = PROBE_SECONDS,
        program: tuple[str, ...] = PROGRAM,
    ) -> None:
        self._folder = folder  # on the disk where models are kept
        self._servers = tuple(servers)
        self._seconds = seconds
        self._program = program

    async def look(self) -> Machine:
        """What there is now. Never raises, and takes no longer than the probe may."""
        paths = [server.lister for server in self._servers]
        findings = await probe(paths, seconds=self._seconds, program=self._program)
        return machine(findings, disk_free=await asyncio.to_thread(_disk_free, self._folder), servers=self._servers)


def machine(findings: Findings, *, disk_free: int, servers: Sequence[RuntimeProgram] = ()) -> Machine:
    """What the findings say, with what the system says of its memory."""
    memory = psutil.virtual_memory()
    runtime = findings.of("runtime")
    gpus = tuple(_gpus(findings, servers))
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
        all_answered=not findings.lost and not findings.failed_servers,
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
            kind=INTEGRATED if _SHARING.search(found["name"]) or _SOFTWARE.search(found["name"]) else GPU,
        )
        for found in _LISTED.finditer(listing)
    ]


def _gpus(findings: Findings, servers: Sequence[RuntimeProgram]) -> Iterator[Gpu]:
    """Those that a runtime can use, each once, then those that only their driver knows."""
    nvidia = findings.of("nvidia")
    cards = {card.name for card in nvidia.devices}
    names: set[str] = set()
    for runtime, devices in _lists(findings, servers):
        fresh = [device for device in devices if device.name not in names]  # several runtimes may use the same card
        names.update(device.name for device in fresh)
        for device in fresh:
            yield _gpu(device, nvidia.driver if device.name in cards else "", runtime)
    for card in nvidia.devices:
        if card.name not in names:
            yield _gpu(card, nvidia.driver, "")


def _lists(findings: Findings, servers: Sequence[RuntimeProgram]) -> Iterator[tuple[str, list[Device]]]:
    """What each runtime offers, with its name; the one first that is to have a card which several can use."""
    listings = {finding.path: listed_devices(finding.listing) for finding in findings.found if finding.path}
    for server in servers:
        if server.is_chosen:
            yield server.name, _counting(listings.get(server.lister, []))
    own = [device for device in findings.of("runtime").devices if device.kind in (GPU, INTEGRATED)]
    yield built_in().name, _counting(own)
    for server in servers:
        yield server.name, _counting(listings.get(server.lister, []))


def _counting(devices: list[Device]) -> list[Device]:
    """Those of the devices that are hardware, or all where somebody wants to try things out."""
    return [device for device in devices if SOFTWARE_GPU in os.environ or not _SOFTWARE.search(device.name)]


def _gpu(device: Device, driver: str, runtime: str) -> Gpu:
    return Gpu(
        name=device.name,
        memory_total=device.total,
        memory_free=min(device.free, device.total),
        driver=driver,
        device=device.id,
        runtime=runtime,
        shares_memory=device.kind == INTEGRATED,
    )


def _disk_free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0
