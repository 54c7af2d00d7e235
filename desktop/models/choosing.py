"""Which runtime is to run a model on this machine, where, and why that one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from desktop.engine import Gpu, Hardware, Machine
from desktop.models.fit import Room, best_gpu, room_of
from desktop.models.placing import host_room, host_room_of
from desktop.models.programs import FileFormat, RuntimeProgram


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A runtime, with the memory that it may have."""

    program: RuntimeProgram
    room: Room
    reason: str  # why this one and there, for a person
    gpu: Gpu | None = None  # None: the processor


class RuntimeChooser:
    """Looks at the machine each time that a model is to be loaded.

    `programs` begins with the one that runs everywhere. Without `hardware` no GPU is used.
    """

    def __init__(self, programs: Sequence[RuntimeProgram], hardware: Hardware | None = None) -> None:
        self._programs = tuple(programs)
        self._hardware = hardware
        self._without_gpu: Machine | None = None  # it is not asked for one again
        self._seen = ""  # the card that was there last

    @property
    def programs(self) -> tuple[RuntimeProgram, ...]:
        """All runtimes that there are."""
        return self._programs

    async def ways(self, format: FileFormat = FileFormat.GGUF) -> list[Way]:
        """The ways to run a model in such a file, the best first; the last needs no GPU. None if nothing reads it."""
        fitting = [program for program in self._programs if format in program.reads]
        if not fitting:
            return []
        is_asked = self._hardware is not None and self._without_gpu is None
        machine = await self._look()
        host = host_room_of(machine) if is_asked and machine is not None else await host_room()
        advice = "" if machine is None else self._advice(machine)
        on_gpu = [] if machine is None else _on_gpu(machine, fitting)
        ways = [way for program in fitting if program.is_chosen for way in _chosen(program, machine, host, advice)]
        ways += [way for way in on_gpu if not way.program.is_chosen]
        return [*ways, Way(program=fitting[0], room=host, reason=advice)]

    async def room(self) -> Room:
        """The memory that a model may have where it runs best."""
        return (await self.ways())[0].room

    async def _look(self) -> Machine | None:
        if self._hardware is None or self._without_gpu is not None:
            return self._without_gpu
        machine = await self._hardware.look()
        if not machine.usable_gpus and machine.all_answered:
            self._without_gpu = machine
        return machine

    def _advice(self, machine: Machine) -> str:
        """Why no card is used, where that is so."""
        if gpu := best_gpu(machine):
            self._seen = gpu.name
            return ""
        gone = f"The graphics card {self._seen}, which was there before, is not found any more. " if self._seen else ""
        return gone + machine.advice


def _chosen(program: RuntimeProgram, machine: Machine | None, host: Room, advice: str) -> list[Way]:
    """The ways of the runtime that the person chose: the best card that it can use itself, and the processor."""
    own = () if machine is None else tuple(gpu for gpu in machine.gpus if gpu.runtime == program.name)
    on_gpu = [] if machine is None else _on_gpu(replace(machine, gpus=own), [program])
    has_other = machine is not None and not on_gpu and best_gpu(machine) is not None
    why = "It lists no graphics card that it can use." if has_other else advice
    return [*on_gpu, Way(program=program, room=host, reason=f"The settings name this runtime. {why}".strip())]


def _on_gpu(machine: Machine, programs: Sequence[RuntimeProgram]) -> list[Way]:
    """The way to use the best card; none where there is none."""
    gpu = best_gpu(machine)
    if gpu is None:
        return []
    program = next((each for each in programs if each.name == gpu.runtime), programs[0])
    reason = f"{program.name} is the runtime here that can use {gpu.name}."
    return [Way(program=program, room=room_of(machine), reason=reason, gpu=gpu)]
