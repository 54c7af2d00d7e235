"""The runtime's process as its parent sees it."""

import asyncio
import os
import re
import secrets
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from desktop.engine import ModelUnavailable, RuntimeFailed, within
from desktop.models.fit import Loading
from desktop.models.limits import PROGRAM
from desktop.models.obstacles import (
    ILLEGAL_INSTRUCTION,
    MemoryRanOut,
    lacking_instructions,
    lacking_piece,
    lacks_memory,
)
from desktop.models.replies import UNDECODABLE, in_short
from desktop.models.vitals import Vitals
from desktop.models.watch import LoadStill, LoadWatch

KEY_BYTES: Final = 32
LOG_BYTES: Final = 8_192
LAST_LINES: Final = 20
LAST_WORDS: Final = 3
"""How many of the last lines of the log, empty ones left out, go into a message."""
ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:\d{1,5}")
EXIT_SECONDS: Final = 2.0
KILLED: Final = -9
"""The exit code of a process that was ended from outside: by a person, or by a system without memory."""
TRY_AGAIN: Final = "Try again. If it happens again, choose a smaller model."


SHARING: Final = {"OMP_WAIT_POLICY": "PASSIVE"}
"""Let the runtime's threads sleep while they wait for each other. Spinning, they starve themselves as soon as any other
program computes: four answers on two busy cores came to a standstill, and go at a third of the idle speed with this."""


LEGWORK: Final = "LEGWORK_"
"""How the variables begin that are for Legwork itself."""


class Report(msgspec.Struct, frozen=True):
    """The line that the process says when it is ready, or can't be."""

    address: str = ""
    device: str = ""
    gpu_layers: Annotated[int, msgspec.Meta(ge=0, le=10**6)] = 0  # on the graphics card
    layers: Annotated[int, msgspec.Meta(ge=0, le=10**6)] = 0  # that there are; 0 where nobody counted
    lacks: tuple[str, ...] = ()  # what it can't do, for a person
    error: str = ""  # in the model
    unusable: str = ""  # what keeps the runtime from running at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a runtime is to load, and how."""

    model: Path
    loading: Loading
    kept_prompts: int  # bytes, for prompts that have no slot just now
    threads: int
    family: str = ""  # what kind of model it is, for a runtime that does not find out by itself
    device: str = ""  # the graphics card, as the runtime calls it; empty for the processor, and where it chooses


def runtime_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What the process finds in its environment: nothing that was meant for Legwork, whose passwords and keys may come
    that way.
    """
    others = {name: value for name, value in environment.items() if not name.startswith(LEGWORK)}
    return others | SHARING


class RuntimeProcess:
    """A child process that serves one model. `launch` starts it; it ends with `end`, or with this process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.api_key = secrets.token_hex(KEY_BYTES)
        self.report = Report()
        self._process = process
        self._log = bytearray()
        self._said = 0  # bytes that it has logged in all
        self._vitals = Vitals(process.pid)
        self._end_reason = ""  # where it was ended from here
        self._listener = asyncio.create_task(self._listen(), name=f"log of runtime {process.pid}")

    @classmethod
    async def launch(
        cls, order: Order, seconds: float, on_life: Callable[[], None], program: tuple[str, ...] = PROGRAM
    ) -> "RuntimeProcess":
        """Start a process and wait until it serves; `on_life` is called whenever it shows that it is at work.

        Raises `ModelUnavailable`, `RuntimeUnusable`, `MemoryRanOut` or `RuntimeFailed`.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *program,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=runtime_environment(os.environ),
                start_new_session=True,  # an interrupt at the terminal is for the parent to handle
            )
        except OSError as error:
            raise RuntimeFailed(f"The runtime could not be started: {error}.", hint=TRY_AGAIN) from error
        runtime = cls(process)
        try:
            await runtime._begin(order, seconds, on_life)
        except BaseException:
            await runtime.end()
            raise
        return runtime

    @property
    def pid(self) -> int:
        """The process's identifier."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs, as far as is known."""
        return self._process.returncode is None

    @property
    def memory(self) -> int:
        """Bytes that the process holds, with those that it started; 0 when it is gone."""
        return self._vitals.memory if self.alive else 0

    @property
    def own_memory(self) -> int:
        """Those of them that are not free while the process has them: not the pages of files, where that is known."""
        return self._vitals.own_memory if self.alive else 0

    @property
    def last_words(self) -> str:
        """The end of the process's log, on one line."""
        lines = self._log.decode("utf-8", "replace").replace(self.api_key, "…").splitlines()
        words = [word for line in lines[-LAST_LINES:] if (word := in_short(line))]
        return " / ".join(words[-LAST_WORDS:]) or "it left no last words"

    @property
    def exit_reason(self) -> str:
        """How the process ended, in words."""
        code = self._process.returncode
        if self._end_reason:
            return self._end_reason
        if code is None:
            return "does not answer any more"
        if code == KILLED:
            return "was ended by signal 9, as the system does where memory runs out"
        return f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"

    def stirs(self, seconds: float) -> bool:
        """Whether the process did anything in the `seconds` since the last time that this was asked."""
        return self.alive and self._vitals.stir(seconds, self._said)

    @property
    def met_illegal_instruction(self) -> bool:
        """Whether the process ended because the processor could not carry out one of its instructions."""
        return self._process.returncode in ILLEGAL_INSTRUCTION

    async def end(self, reason: str = "was ended") -> None:
        """End the process, whatever it does, and wait until it is gone; `reason` counts unless it ended by itself."""
        if self.alive:
            self._end_reason = self._end_reason or reason
            self._vitals.settle()
            if self._vitals.end_children():
                await self.fade()  # it ends as they did, and nobody is left behind
            with suppress(ProcessLookupError):
                self._process.kill()
        self._vitals.end_children()
        assert self._process.stdout is not None  # noqa: S101 - asked for at the start
        while await self._process.stdout.read(LOG_BYTES):  # asyncio takes a process for gone once its output was read
            continue
        await self._process.wait()
        await self._listener
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def _begin(self, order: Order, seconds: float, on_life: Callable[[], None]) -> None:
        name = order.model.stem
        try:
            line = await within(seconds, self._exchange(order), on_look=LoadWatch(self.stirs, on_life))
        except LoadStill as still:
            raise RuntimeFailed(
                f"The runtime hung while it loaded {name}, {still}: {self.last_words}", hint=TRY_AGAIN
            ) from None
        except TimeoutError:
            raise RuntimeFailed(
                f"The model {name} was not loaded within {seconds:.0f} seconds.", hint=TRY_AGAIN
            ) from None
        try:
            self.report = msgspec.json.decode(line, type=Report)
        except UNDECODABLE:
            await self.fade()
            if self.met_illegal_instruction:
                raise lacking_instructions() from None
            self._check_memory(name)
            raise RuntimeFailed(
                f"The runtime {self.exit_reason} while it loaded {name}: {self.last_words}", hint=TRY_AGAIN
            ) from None
        if self.report.unusable:
            raise lacking_piece(self.report.unusable)
        if self.report.error:
            await self.fade()
            self._check_memory(name)
            raise ModelUnavailable(
                f"The model {name} can't be loaded: {in_short(self.report.error)} ({self.last_words})",
                hint="Choose another model, or download this one again.",
            )
        if not ADDRESS.fullmatch(self.report.address):
            raise RuntimeFailed(f"The runtime of {name} does not say where it listens.", hint=TRY_AGAIN)
        self._vitals.settle()

    def _check_memory(self, name: str) -> None:
        """Raise `MemoryRanOut` where a process that could not load its model said that there was no room for it."""
        if lacks_memory(self._log.decode("utf-8", "replace") + self.report.error):
            raise MemoryRanOut(
                f"There is not enough memory to load {name}; what was finished is kept. ({self.last_words})",
                hint="Close other programs and try again, or choose a smaller model.",
            )

    async def fade(self) -> None:
        """Give a process that can't go on the time to end by itself, for its code and its last words."""
        with suppress(TimeoutError):
            async with asyncio.timeout(EXIT_SECONDS):
                await self._process.wait()
                await self._listener

    async def _exchange(self, order: Order) -> bytes:
        """Say what to load, and get the line that answers; it is empty where the process ended instead."""
        assert self._process.stdin is not None  # noqa: S101 - asked for at the start
        assert self._process.stdout is not None  # noqa: S101 - asked for at the start
        message: dict[str, Any] = {
            "model": str(order.model),
            "slots": order.loading.slots,
            "context_tokens": order.loading.context_tokens,
            "gpu_layers": order.loading.gpu_layers,
            "cache": order.loading.cache.name.lower(),
            "batch": order.loading.batch,
            "kept_prompts_mib": order.kept_prompts // 2**20,
            "threads": order.threads,
            "family": order.family,
            "device": order.device,
            "api_key": self.api_key,
            "parent": os.getpid(),
        }
        with suppress(ConnectionError):
            self._process.stdin.write(msgspec.json.encode(message) + b"\n")
            await self._process.stdin.drain()
        try:
            line = await self._process.stdout.readline()
        except ValueError:  # a line without end
            return b""
        return line if line.endswith(b"\n") else b""

    async def _listen(self) -> None:
        """Keep the end of the log."""
        assert self._process.stderr is not None  # noqa: S101 - asked for at the start
        while heard := await self._process.stderr.read(LOG_BYTES):
            self._log += heard
            self._said += len(heard)
            del self._log[:-LOG_BYTES]
