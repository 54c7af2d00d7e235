"""A machine that is what a test says: implements `Hardware`."""

from desktop.engine import Gpu, Machine, Processor

GIB = 2**30
ADVICE = "There is no graphics card that models could use, so they run on the processor."


def machine(*gpus: Gpu, available: int = 12 * GIB, advice: str = "") -> Machine:
    """A machine with 16 GiB, 4 cores and these GPUs. With `advice` it has one that can't be used."""
    return Machine(
        processor=Processor(name="Test Processor 4", cores=4, features=frozenset({"AVX2"})),
        memory_total=16 * GIB,
        memory_available=available,
        disk_free=100 * GIB,
        gpus=gpus,
        advice=advice or ("" if any(gpu.device for gpu in gpus) else ADVICE),
        has_idle_gpu=bool(advice),
    )


def gpu(*, total: int = 12 * GIB, free: int = 11 * GIB) -> Gpu:
    """A graphics card that the runtime can use."""
    return Gpu(name="Test Card", memory_total=total, memory_free=free, driver="580.65", device="CUDA0")


class FixedHardware:
    """Finds the same machine whenever it looks."""

    def __init__(self, found: Machine | None = None) -> None:
        self.found = found or machine()

    async def look(self) -> Machine:
        """That machine."""
        return self.found
