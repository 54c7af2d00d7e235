"""What the engine, and whoever shows it, knows of the machine that models run on."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """A graphics card, or what computes like one."""

    name: str  # for a person: "NVIDIA GeForce RTX 4070"
    memory_total: int  # bytes; 0 where nobody says
    memory_free: int  # bytes, at the time of looking
    driver: str = ""  # its version; empty where nobody says
    device: str = ""  # how the runtime calls it, "CUDA0"; empty where no installed runtime can use it
    runtime: str = ""  # the one that can, for a person: "llama-server (Vulkan)"
    shares_memory: bool = False  # whether its memory is the processor's


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """What computes where no GPU does."""

    name: str
    cores: int  # physical ones that this process may use
    features: frozenset[str] = frozenset()  # what the runtime can make use of: "AVX2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What models can use here, at the time of looking."""

    processor: Processor
    memory_total: int  # bytes
    memory_available: int  # bytes that programs could get now
    disk_free: int  # bytes, where models are kept
    gpus: tuple[Gpu, ...] = ()
    all_answered: bool = True  # no driver and no runtime hung or crashed while it was asked
    advice: str = ""  # why no GPU is used and what to do, for a person; empty where one is
    has_idle_gpu: bool = False  # one is there, and models can't use it as it is: the advice is worth reading

    @property
    def usable_gpus(self) -> tuple[Gpu, ...]:
        """Those that the installed runtime computes on."""
        return tuple(gpu for gpu in self.gpus if gpu.device)


class Hardware(Protocol):
    """Looks at the machine."""

    async def look(self) -> Machine:
        """What there is now. Never raises: what could not be found out is missing, and `advice` says so."""
