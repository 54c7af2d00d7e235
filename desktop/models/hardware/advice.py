"""Why a machine computes without a GPU, and what a person can do, in a sentence."""

import sys
from enum import StrEnum
from typing import Final

from desktop.models.hardware.probe import Finding, Findings
from desktop.models.replies import in_short

NVIDIA: Final = "0x10de"
MAKERS: Final = {NVIDIA: "NVIDIA", "0x1002": "AMD", "0x8086": "Intel"}
OLDEST_CUDA: Final = 12_000
"""What the runtimes are built for: CUDA 12."""
OLDEST_DRIVER: Final = "525" if sys.platform != "win32" else "527"
NO_LIBRARY: Final = frozenset({"NVMLError_LibraryNotFound", "NVMLError_FunctionNotFound"})


class Trouble(StrEnum):
    """What keeps a GPU from being used."""

    NONE_THERE = "none there"
    NO_DRIVER = "no driver"
    OLD_DRIVER = "old driver"
    DRIVER_FAILS = "driver fails"
    DRIVER_HANGS = "driver hangs"
    NOT_BUILT_FOR = "runtime not built for it"
    SERVER_FAILS = "server fails"


def find_trouble(findings: Findings) -> Trouble:
    """What it is on a machine whose runtime has no GPU."""
    trouble = _trouble_of_drivers(findings)
    return Trouble.SERVER_FAILS if trouble is Trouble.NOT_BUILT_FOR and findings.failed_servers else trouble


def _trouble_of_drivers(findings: Findings) -> Trouble:
    nvidia, vendors = findings.of("nvidia"), findings.of("pci").vendors
    if findings.lost and (findings.lost == "nvidia" or nvidia.devices or any(each in MAKERS for each in vendors)):
        return Trouble.DRIVER_HANGS
    if nvidia.devices:
        return Trouble.OLD_DRIVER if nvidia.cuda < OLDEST_CUDA else Trouble.NOT_BUILT_FOR
    if nvidia.error in NO_LIBRARY:
        return Trouble.NO_DRIVER if NVIDIA in vendors else _of_others(vendors)
    return Trouble.DRIVER_FAILS if nvidia.error.startswith("NVMLError") else _of_others(vendors)


def advise(findings: Findings) -> str:
    """The sentence for it, with the servers that could not say what they can use."""
    return " ".join([_sentence(findings), *map(_failure, findings.failed_servers)])


def _failure(server: Finding) -> str:
    why = in_short(server.why).rstrip(".") or server.error
    return f"{in_short(server.path)} could not say which graphics cards it can use: {why}."


def _sentence(findings: Findings) -> str:
    nvidia = findings.of("nvidia")
    match find_trouble(findings):
        case Trouble.NONE_THERE:
            return (
                "There is no graphics card that models could use, so they run on the processor. Small models are "
                "quick enough there; larger ones want a card with 8 GB of memory or more."
            )
        case Trouble.NO_DRIVER:
            return f"There is a graphics card of NVIDIA, but no driver for it. {_way_to_driver()}"
        case Trouble.OLD_DRIVER:
            return (
                f"The driver {nvidia.driver} of {_names(nvidia)} is too old: runtimes need {OLDEST_DRIVER} or newer. "
                f"{_way_to_driver()}"
            )
        case Trouble.DRIVER_FAILS:
            return (
                f"NVIDIA's driver is installed but does not work ({nvidia.error.removeprefix('NVMLError_')}). Restart "
                "the computer, as an update of the driver asks for; if that does not help, install the driver again."
            )
        case Trouble.DRIVER_HANGS:
            return (
                "A graphics driver did not answer, so models run on the processor. Restart the computer; if it happens "
                "again, install the driver anew."
            )
        case Trouble.NOT_BUILT_FOR:
            return (
                f"{_names(nvidia) or _maker(findings)} is there, but the installed runtime was built without support "
                "for it, so models run on the processor. Install a runtime that uses it: Legwork's extra “vulkan”, or "
                "a llama-server of your own that you choose in the settings."
            )
        case Trouble.SERVER_FAILS:
            return (
                f"{_names(nvidia) or _maker(findings)} is there, but a runtime that may be able to use it fails, so "
                "models run on the processor. Mend what follows, then load the model again."
            )


def _of_others(vendors: list[str]) -> Trouble:
    return Trouble.NOT_BUILT_FOR if any(vendor in MAKERS for vendor in vendors) else Trouble.NONE_THERE


def _maker(findings: Findings) -> str:
    makers = [MAKERS[vendor] for vendor in findings.of("pci").vendors if vendor in MAKERS]
    return f"A graphics card of {' and '.join(makers)}"


def _names(nvidia: Finding) -> str:
    return " and ".join(device.name for device in nvidia.devices)


def _way_to_driver() -> str:
    if sys.platform == "linux":
        return (
            "Install it (on Ubuntu with “sudo ubuntu-drivers install”, on Debian with “sudo apt install "
            "nvidia-driver”) and restart."
        )
    return "Install it from nvidia.com and restart."
