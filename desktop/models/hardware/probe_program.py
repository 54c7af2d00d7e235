"""Asks drivers what there is: they may hang or crash, and then it is this process that does.

Run as a program: one line of JSON on standard input names the servers to ask (`{"servers": [PATH…]}`), and each probe
writes one line of JSON to standard output as soon as it knows (`probe.Finding`). It imports nothing of Legwork.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

PCI: Final = Path("/sys/bus/pci/devices")
DISPLAY: Final = "0x03"
"""How the class of everything that draws begins, and of what computes like it."""
LIST_SECONDS: Final = 8.0
MOST_CHARACTERS: Final = 500
"""Of what a program said last."""


def main() -> None:
    """Ask everybody, the one that can't hang first."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever native code prints is not for the parent
    order = json.loads(sys.stdin.readline())
    probes: list[tuple[str, Callable[[], dict[str, Any]]]] = [("pci", pci), ("nvidia", nvidia), ("runtime", runtime)]
    probes += [("server", lambda path=path: server(path)) for path in order["servers"]]  # type: ignore[misc]
    for name, probe in probes:
        say(out, {"probe": name, "begun": True})
        try:
            found = probe()
        except Exception as error:  # noqa: BLE001 - the edge of the process: the parent judges
            found = {"error": type(error).__name__}
        say(out, {"probe": name, **found})


def pci() -> dict[str, Any]:
    """The makers of the graphics cards that are plugged in (Linux)."""
    cards = [each for each in PCI.glob("*") if (each / "class").read_text().startswith(DISPLAY)]
    return {"vendors": sorted({(card / "vendor").read_text().strip() for card in cards})}


def nvidia() -> dict[str, Any]:
    """What NVIDIA's driver says of itself and of its cards."""
    import pynvml  # type: ignore[import-untyped]

    pynvml.nvmlInit()
    handles = [pynvml.nvmlDeviceGetHandleByIndex(number) for number in range(pynvml.nvmlDeviceGetCount())]
    return {
        "driver": _text(pynvml.nvmlSystemGetDriverVersion()),
        "cuda": pynvml.nvmlSystemGetCudaDriverVersion_v2(),
        "devices": [_nvidia_card(pynvml, handle) for handle in handles],
    }


def _nvidia_card(pynvml: Any, handle: Any) -> dict[str, Any]:
    memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    return {"name": _text(pynvml.nvmlDeviceGetName(handle)), "total": memory.total, "free": memory.free}


def _text(said: str | bytes) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def runtime() -> dict[str, Any]:
    """The devices of the runtime that comes with Legwork, and what it can make use of in the processor."""
    import xllamacpp  # type: ignore[import-untyped]

    devices = [
        {
            "id": device["name"],
            "name": device["description"],
            "total": device["memory_total"],
            "free": device["memory_free"],
            "kind": device["type"].name.rpartition("_")[2],
        }
        for device in xllamacpp.get_device_info()
    ]
    return {"devices": devices, "system": xllamacpp.get_system_info()}


def server(path: str) -> dict[str, Any]:
    """What a llama-server lists, as it writes it, or what keeps it from that."""
    try:
        listed = subprocess.run(  # noqa: S603 - the person chose it, or it came with Legwork
            [path, "--list-devices"], capture_output=True, timeout=LIST_SECONDS, check=True, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError) as error:
        return {"path": path, "error": type(error).__name__, "why": _why(error)}
    return {"path": path, "listing": listed.stdout.decode("utf-8", "replace")}


def _why(error: OSError | subprocess.SubprocessError) -> str:
    """What a program that failed said last, else how it failed."""
    if isinstance(error, subprocess.TimeoutExpired):
        return f"it did not answer within {LIST_SECONDS:.0f} seconds"
    if isinstance(error, subprocess.CalledProcessError):
        said = error.stderr.decode("utf-8", "replace").split("\n")
        last = next((line for line in reversed(said) if line.strip()), f"it ended with code {error.returncode}")
        return last[:MOST_CHARACTERS]
    return getattr(error, "strerror", None) or str(error)


def say(out: Any, message: dict[str, Any]) -> None:
    """Write one line to the parent."""
    out.write(json.dumps(message) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
