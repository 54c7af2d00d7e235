"""Whatever drivers say, or do not, the machine is described in words that help."""

import sys
from pathlib import Path

import pytest

from desktop.models import LocalHardware
from desktop.models.hardware import probe_program
from desktop.models.hardware.advice import Trouble, advise, find_trouble
from desktop.models.hardware.local import listed_devices, machine
from desktop.models.hardware.probe import Device, Finding, Findings, probe
from desktop.models.programs import llama_server

GIB = 2**30
CARD = Device(name="NVIDIA GeForce RTX 4070", total=12 * GIB, free=11 * GIB)
NO_NVML = Finding(probe="nvidia", error="NVMLError_LibraryNotFound")
ODD_DRIVERS = Path(__file__).parents[2] / "fakes" / "odd_drivers.py"


def findings(nvidia: Finding = NO_NVML, *devices: Device, vendors: tuple[str, ...] = (), lost: str = "") -> Findings:
    return Findings(
        found=(
            Finding(probe="pci", vendors=list(vendors)),
            nvidia,
            Finding(probe="runtime", devices=[Device(name="Some CPU", kind="CPU"), *devices]),
        ),
        lost=lost,
    )


def driver(version: str = "580.65", cuda: int = 13_000) -> Finding:
    return Finding(probe="nvidia", driver=version, cuda=cuda, devices=[CARD])


@pytest.mark.parametrize(
    ("found", "trouble", "words"),
    [
        (findings(), Trouble.NONE_THERE, "no graphics card"),
        (findings(vendors=("0x1234",)), Trouble.NONE_THERE, "no graphics card"),
        (findings(vendors=("0x10de",)), Trouble.NO_DRIVER, "no driver for it. Install it"),
        (findings(driver("470.1", 11_040)), Trouble.OLD_DRIVER, "470.1 of NVIDIA GeForce RTX 4070 is too old"),
        (findings(driver()), Trouble.NOT_BUILT_FOR, "GeForce RTX 4070 is there, but the installed runtime was built"),
        (findings(vendors=("0x1002",)), Trouble.NOT_BUILT_FOR, "card of AMD is there"),
        (
            findings(Finding(probe="nvidia", error="NVMLError_LibRmVersionMismatch"), vendors=("0x10de",)),
            Trouble.DRIVER_FAILS,
            "does not work (LibRmVersionMismatch). Restart",
        ),
        (findings(lost="nvidia"), Trouble.DRIVER_HANGS, "did not answer"),
        (findings(vendors=("0x1002",), lost="runtime"), Trouble.DRIVER_HANGS, "did not answer"),
        (findings(lost="runtime"), Trouble.NONE_THERE, "no graphics card"),
        (findings(Finding(probe="nvidia", error="ModuleNotFoundError")), Trouble.NONE_THERE, "no graphics card"),
    ],
)
def test_why_no_gpu_is_used_is_said(found: Findings, trouble: Trouble, words: str) -> None:
    assert find_trouble(found) is trouble
    assert words in advise(found)
    assert machine(found, disk_free=1).has_idle_gpu is (trouble is not Trouble.NONE_THERE)


def test_a_card_that_the_runtime_uses_needs_no_advice() -> None:
    found = machine(
        findings(driver(), Device(name=CARD.name, total=12 * GIB, free=10 * GIB, id="CUDA0", kind="GPU")), disk_free=1
    )

    (gpu,) = found.usable_gpus
    assert (gpu.name, gpu.driver, gpu.device, gpu.memory_free) == (CARD.name, "580.65", "CUDA0", 10 * GIB)
    assert (found.advice, found.has_idle_gpu) == ("", False)


def test_a_card_that_only_its_driver_knows_is_shown_and_not_used() -> None:
    found = machine(findings(driver()), disk_free=1)

    assert [gpu.name for gpu in found.gpus] == [CARD.name]
    assert not found.usable_gpus
    assert found.advice


def test_the_cards_of_several_runtimes_are_counted_once_and_two_alike_twice() -> None:
    listing = (
        "Available devices:\n"
        "  Vulkan0: NVIDIA GeForce RTX 4070 (12282 MiB, 11500 MiB free)\n"
        "  Vulkan1: AMD Radeon RX 7800 XT (RADV NAVI32) (16368 MiB, 16000 MiB free)\n"
        "  Vulkan2: AMD Radeon RX 7800 XT (RADV NAVI32) (16368 MiB, 15000 MiB free)\n"
    )
    own = findings(driver(), Device(name=CARD.name, total=12 * GIB, free=10 * GIB, id="CUDA0", kind="GPU"))
    both = Findings(found=(*own.found, Finding(probe="server", path="/s", listing=listing)))
    server = llama_server("/s")
    chosen = llama_server("/s", "mine", is_chosen=True)

    found = machine(both, disk_free=1, servers=[server]).gpus
    assert [(gpu.device, gpu.runtime) for gpu in found] == [
        ("CUDA0", "xllamacpp"),
        ("Vulkan1", "llama-server"),
        ("Vulkan2", "llama-server"),
    ]
    preferred = machine(both, disk_free=1, servers=[chosen]).gpus
    assert [(gpu.device, gpu.runtime) for gpu in preferred] == [(f"Vulkan{number}", "mine") for number in range(3)]
    assert listed_devices(listing)[1].name == "AMD Radeon RX 7800 XT (RADV NAVI32)"
    assert listed_devices(listing)[1].total == 16368 * 2**20


@pytest.mark.parametrize(
    ("name", "shares"),
    [
        ("Intel(R) UHD Graphics 620 (KBL GT2)", True),
        ("Intel(R) Iris(R) Xe Graphics (TGL GT2)", True),
        ("AMD Radeon Graphics (RADV RAPHAEL_MENDOCINO)", True),
        ("AMD Radeon 780M (RADV PHOENIX)", True),
        ("Apple M3 Pro", True),
        ("AMD Radeon RX 7900 XTX (RADV NAVI31)", False),
        ("AMD Radeon Pro W7800 (RADV NAVI31)", False),
        ("Intel(R) Arc(tm) A770 Graphics (DG2)", False),
        ("NVIDIA GeForce RTX 4070", False),
    ],
)
def test_a_card_with_the_processor_s_memory_is_known_by_its_name(name: str, shares: bool) -> None:
    (device,) = listed_devices(f"  Vulkan0: {name} (8192 MiB, 8000 MiB free)\n")

    assert (device.kind == "IGPU") is shares


@pytest.mark.parametrize("name", ["llvmpipe (LLVM 15.0.6, 256 bits)", "SwiftShader Device (Subzero)"])
def test_software_is_no_graphics_card_unless_somebody_tries_things_out(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = Finding(probe="server", path="/s", listing=f"  Vulkan0: {name} (8192 MiB, 8000 MiB free)\n")
    found = Findings(found=(*findings().found, listing))
    monkeypatch.delenv("LEGWORK_SOFTWARE_GPU", raising=False)

    assert machine(found, disk_free=1, servers=[llama_server("/s")]).gpus == ()
    assert "no graphics card" in machine(found, disk_free=1, servers=[llama_server("/s")]).advice
    monkeypatch.setenv("LEGWORK_SOFTWARE_GPU", "1")
    (gpu,) = machine(found, disk_free=1, servers=[llama_server("/s")]).usable_gpus
    assert gpu.shares_memory


@pytest.mark.parametrize("way", ["hang", "crash"])
async def test_a_driver_that_hangs_or_crashes_costs_its_own_findings_only(way: str) -> None:
    found = await probe(program=(sys.executable, str(ODD_DRIVERS), way), seconds=6.0)

    assert found.lost == "nvidia"
    assert found.of("pci").vendors == ["0x10de"]
    assert find_trouble(found) is Trouble.DRIVER_HANGS


async def test_a_probe_that_babbles_or_is_not_there_is_survived(tmp_path: Path) -> None:
    assert (await probe(program=(sys.executable, str(ODD_DRIVERS), "babble"))).lost == "nvidia"

    found = await LocalHardware(tmp_path / "gone", program=("/no/such/program",)).look()
    assert found.processor.cores >= 1
    assert found.disk_free == 0
    assert found.advice


async def test_servers_that_list_nothing_are_named_by_their_error(tmp_path: Path) -> None:
    found = await probe([str(tmp_path / "no-server")], seconds=60.0)

    assert found.of("server").error == "FileNotFoundError"
    assert found.of("runtime").devices


@pytest.mark.parametrize(
    ("script", "error", "why"),
    [
        ("echo 'libvulkan.so.1: not found' >&2; exit 127", "CalledProcessError", "libvulkan.so.1: not found"),
        ("exit 3", "CalledProcessError", "it ended with code 3"),
        ("kill -STOP $$", "TimeoutExpired", "it did not answer within 0 seconds"),
    ],
)
def test_a_server_that_fails_is_kept_with_what_it_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, error: str, why: str
) -> None:
    path = tmp_path / "llama-server"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    if error == "TimeoutExpired":
        monkeypatch.setattr(probe_program, "LIST_SECONDS", 0.1)

    assert probe_program.server(str(path)) == {"path": str(path), "error": error, "why": why}


def test_a_server_that_is_missing_is_kept_with_its_path(tmp_path: Path) -> None:
    found = probe_program.server(str(tmp_path / "gone"))

    assert (found["path"], found["why"]) == (str(tmp_path / "gone"), "No such file or directory")


@pytest.mark.parametrize(
    ("vendors", "trouble", "words"),
    [
        (("0x1002",), Trouble.SERVER_FAILS, "card of AMD is there, but a runtime that may be able to use it fails"),
        ((), Trouble.NONE_THERE, "There is no graphics card"),
    ],
)
def test_a_server_that_failed_is_named_and_may_be_asked_again(
    vendors: tuple[str, ...], trouble: Trouble, words: str
) -> None:
    failed = Finding(probe="server", path="/opt/s", error="CalledProcessError", why="libvulkan.so.1: not \x1b[1mfound.")
    found = findings(vendors=vendors)
    found = Findings(found=(*found.found, failed))
    seen = machine(found, disk_free=1, servers=[llama_server("/opt/s")])

    assert find_trouble(found) is trouble
    assert words in seen.advice
    assert "extra" not in seen.advice
    assert seen.advice.endswith(" /opt/s could not say which graphics cards it can use: libvulkan.so.1: not found.")
    assert not seen.all_answered
