"""`legwork serve`: the engine without a window, until it is told to end, or until nothing is left to do."""

import asyncio
import contextlib
import signal
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from desktop.api.announcement import read_announcement
from desktop.api.client import RunningEngine
from desktop.api.errors import HandoverFailed
from desktop.api.outer_door import OuterDoor
from desktop.api.ownership import in_use, is_owned
from desktop.api.second_start import SecondStart
from desktop.cli.archive import opened_archive
from desktop.cli.exit_code import ExitCode
from desktop.cli.owner import Patience, here_or_there
from desktop.cli.terminal import Terminal
from desktop.engine import Clock, DataFolderInUse, Engine, SystemClock, TaskQuery, TaskStatus
from desktop.headless import opened_engine
from desktop.paths import Paths
from desktop.settings import Settings

LINGER_SECONDS: Final = 60.0
"""How long an engine that ends by itself waits for more: the model is loaded, and whoever polls comes for results."""

TAKING_SECONDS: Final = 30.0
"""How long a window that asked for the folder may take to take it."""

_LOOK_SECONDS: Final = 1.0
_TO_DO: Final = frozenset({TaskStatus.QUEUED, TaskStatus.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeCommand:
    """Carries out what other processes hand over. Tasks that run when it ends go on at the next start."""

    paths: Paths
    settings: Settings
    terminal: Terminal
    port: int  # 0: any free one
    until_done: bool
    outer: OuterDoor | None = None

    def execute(self) -> ExitCode:
        """Serve, unless another Legwork does so on this folder already."""
        return here_or_there(self.paths, Patience(), lambda: asyncio.run(self._here()), self._there)

    def _there(self, engine: RunningEngine) -> ExitCode:
        engine.notices()  # it answers, and is not what a killed one announced
        if self.outer is not None or (self.port and urlsplit(engine.address).port != self.port):
            raise in_use(self.paths)
        self.terminal.say(f"Legwork serves {self.paths.data} already (process {engine.pid}, {engine.address}).")
        return ExitCode.COMPLETED

    async def _here(self) -> ExitCode:
        told, given_way = _told_to_end(), asyncio.Event()
        port = await self._serve_once(told, given_way, self.port)
        while not told.is_set():
            if given_way.is_set():
                self.terminal.say("A window took over; this goes on when it is closed.")
                await until_free_again(self.paths, SystemClock(), told)
            if told.is_set() or ((self.until_done or not given_way.is_set()) and not await _is_left(self.paths)):
                break
            with contextlib.suppress(DataFolderInUse):  # somebody was quicker: wait for their end
                port = await self._serve_again(told, given_way, port)
        return ExitCode.COMPLETED

    async def _serve_again(self, told: asyncio.Event, given_way: asyncio.Event, port: int) -> int:
        """Serve at the port of before, or at the one that was asked for where that is taken now."""
        given_way.clear()
        try:
            return await self._serve_once(told, given_way, port)
        except HandoverFailed:
            return await self._serve_once(told, given_way, self.port)
        except DataFolderInUse:
            given_way.set()
            raise

    async def _serve_once(self, told: asyncio.Event, given_way: asyncio.Event, port: int) -> int:
        """Serve until there is a reason to end; the port, at which programs look for the next engine."""
        may_give_way = self.outer is None  # those on other machines know this process only
        async with opened_engine(
            self.paths,
            self.settings,
            second_start=SecondStart(give_way=given_way.set if may_give_way else None),
            serve_port=port,
            outer=self.outer,
        ) as engine:
            self._say_where()
            await self._serve(engine, told, given_way)
            announced = read_announcement(self.paths.engine)
        return port if announced is None else urlsplit(announced.address).port or port

    def _say_where(self) -> None:
        self.terminal.say(
            f"Legwork serves {self.paths.data}. Its address and token are in {self.paths.engine.name} there."
        )
        if self.outer is not None:
            _say_who_may_come(self.outer, self.terminal)
        until = "It ends when nothing is left to do" if self.until_done else "End it with Ctrl-C"
        self.terminal.say(f"{until}; tasks that still run go on at the next start.")

    async def _serve(self, engine: Engine, told: asyncio.Event, given_way: asyncio.Event) -> None:
        ends: list[asyncio.Task[Any]] = [
            asyncio.create_task(told.wait(), name="told to end"),
            asyncio.create_task(given_way.wait(), name="told to give way"),
        ]
        if self.until_done:
            ends.append(asyncio.create_task(until_nothing_is_left(engine, SystemClock()), name="nothing is left"))
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for aio_task in done:
                aio_task.result()
        except asyncio.CancelledError:  # Ctrl-C, where there are no handlers of signals
            told.set()
        finally:
            for aio_task in ends:
                aio_task.cancel()
            await asyncio.gather(*ends, return_exceptions=True)


async def until_free_again(paths: Paths, clock: Clock, told: asyncio.Event) -> None:
    """Return when whoever takes the folder now has let it go again, when nobody takes it, or when `told` is set."""
    since = clock.monotonic()
    while not told.is_set() and not is_owned(paths) and clock.monotonic() - since < TAKING_SECONDS:
        await clock.sleep(_LOOK_SECONDS)
    while not told.is_set() and is_owned(paths):
        await clock.sleep(_LOOK_SECONDS)


async def until_nothing_is_left(engine: Engine, clock: Clock) -> None:
    """Return when no task has been in line or running for `LINGER_SECONDS`."""
    quiet_since = clock.monotonic()
    while clock.monotonic() - quiet_since < LINGER_SECONDS:
        await clock.sleep(_LOOK_SECONDS)
        if await _is_busy(engine):
            quiet_since = clock.monotonic()


async def _is_busy(engine: Engine) -> bool:
    """Whether a task is in line or runs, or would if the data folder could be written."""
    counts = await engine.counts()
    if any(counts.get(status, 0) for status in _TO_DO):
        return True
    paused = await engine.find(TaskQuery(statuses=frozenset({TaskStatus.PAUSED})))
    return any(task.hold for task in paused.tasks)


async def _is_left(paths: Paths) -> bool:
    """Whether a task was accepted in the very moment in which the engine ended."""
    async with opened_archive(paths) as archive:
        return bool((await archive.find(TaskQuery(statuses=_TO_DO, limit=1))).tasks)


def _told_to_end() -> asyncio.Event:
    """Set by the signals that end a process."""
    told = asyncio.Event()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            with contextlib.suppress(NotImplementedError):  # on Windows, Ctrl-C cancels the coroutine instead
                asyncio.get_running_loop().add_signal_handler(getattr(signal, name), told.set)
    return told


def _say_who_may_come(outer: OuterDoor, terminal: Terminal) -> None:
    reading = "" if outer.certificate else " Whoever shares that network can read all of it, the token too."
    terminal.say(
        f"Other machines reach it at {outer.url(outer.port)}: whoever has the token may hand in tasks, read every "
        f"result, and have files read in the folders that `allowed_folders` in the settings names.{reading}"
    )
