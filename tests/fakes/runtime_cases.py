"""Every runtime that Legwork has, each with a tiny model that it reads and a machine on which it is chosen."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.models import LocalModels
from desktop.models.programs import RuntimeProgram, installed_servers
from tests.fakes.first_gguf import write_as_first_version
from tests.fakes.fixed_hardware import FixedHardware, gpu, machine
from tests.fakes.tiny_gguf import write_tiny_model

VULKAN = "llama-server (Vulkan)"


@dataclass(frozen=True, kw_only=True)
class RuntimeCase:
    """A runtime."""

    write: Callable[[Path], Path] = write_tiny_model
    suffix: str = ".gguf"
    server: RuntimeProgram | None = None  # None: the one that comes with Legwork finds it by the file
    lacks: tuple[str, ...] = ()  # the promises that it does not make

    def models(self, **options: Any) -> LocalModels:
        """Models that it runs."""
        if self.server is None:
            return LocalModels(None, **options)
        card = gpu(device="Vulkan0", runtime=self.server.name)  # Mesa's, whatever it is called
        return LocalModels(None, servers=(self.server,), hardware=FixedHardware(machine(card)), **options)

    def model(self, folder: Path) -> str:
        """The path of a model that it reads."""
        return str(self.write(folder / f"tiny{self.suffix}"))


def _installed(name: str) -> RuntimeProgram:
    return next(program for program in installed_servers() if program.name == name)


def _write_early_model(path: Path) -> Path:
    return write_as_first_version(write_tiny_model(path))


CASES = {
    "xllamacpp": RuntimeCase(),
    "ctransformers": RuntimeCase(write=_write_early_model, lacks=("answers in a given form",)),
    VULKAN: RuntimeCase(server=_installed(VULKAN)),
}
