"""A model's runtime over time: started when it is needed, watched while it works, ended when it idles or breaks."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import aiohttp
import msgspec

from desktop.engine import Clock, LegworkError, LoadedModel, ModelUnavailable, RuntimeFailed, within
from desktop.models import tokens
from desktop.models.chat import ChatClient
from desktop.models.fit import Fit, MeasuredLoads, Room, Wishes, footprint
from desktop.models.hardware import usable_cores
from desktop.models.limits import LOOK_SECONDS, RuntimeLimits
from desktop.models.neutral import Neutraliser
from desktop.models.obstacles import lacking_instructions
from desktop.models.placing import Placed, RoomFinder, host_room, place
from desktop.models.replies import reply
from desktop.models.runtime_process import TRY_AGAIN, Order, RuntimeProcess
from desktop.models.watch import CallWatch
from desktop.models.weights import Weights, read_weights

logger = logging.getLogger(__name__)

FREE_LOOK_SECONDS: Final = 0.1
FREE_LOOKS: Final = 6
"""So often it is looked whether a runtime is still busy although nobody asks it any more."""
READY_SECONDS: Final = 60.0
"""What a process that has loaded its model may take to say what it can do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningRuntime:
    """A process that serves, with the means to ask it."""

    process: RuntimeProcess
    session: aiohttp.ClientSession
    chat: ChatClient
    loaded: LoadedModel

    async def token_ends(self, text: str) -> tuple[int, ...]:
        """Where each of the model's tokens ends in `text`, as character offsets."""
        return await tokens.token_ends(self.session, text)

    async def is_busy(self) -> bool:
        """Whether it works on anything. Raises `RuntimeFailed`, or aiohttp's errors."""
        async with self.session.get("/slots") as answer:
            answer.raise_for_status()
            return any(slot.is_processing for slot in await reply(answer, list[Slot]))

    async def end(self, reason: str) -> None:
        """End the process, and whatever still asks it."""
        await self.process.end(reason)
        await self.session.close()


class Generation(msgspec.Struct):
    """How `/props` describes a slot."""

    n_ctx: Annotated[int, msgspec.Meta(ge=0, le=10**9)]


class Props(msgspec.Struct):
    """What `/props` says of the slots."""

    default_generation_settings: Generation
    total_slots: Annotated[int, msgspec.Meta(ge=1, le=10**4)]


class Slot(msgspec.Struct):
    """What `/slots` says of each."""

    is_processing: bool


class Runtime:
    """Keeps at most one process for one model file."""

    def __init__(
        self,
        name: str,
        path: Path,
        limits: RuntimeLimits,
        clock: Clock,
        *,
        room: RoomFinder = host_room,
        measured: MeasuredLoads | None = None,
    ) -> None:
        self.name = name
        self.problem = ""  # the last failure, for a person; empty after a success
        self.last_used = 0.0
        self._path = path
        self._limits = limits
        self._clock = clock
        self._room = room
        self._measured = measured or MeasuredLoads()
        self._running: RunningRuntime | None = None
        self._starting: asyncio.Task[RunningRuntime] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._endings: set[asyncio.Task[None]] = set()
        self._looks_after: asyncio.Task[None] | None = None
        self._calls = 0
        self._heard = False  # anything since the watch looked last
        self.pulse = 0  # changes with everything that shows that the process lives

    @property
    def running(self) -> RunningRuntime | None:
        """What serves now, if anything does."""
        return self._running if self._running is not None and self._running.process.alive else None

    @property
    def is_starting(self) -> bool:
        """Whether the model is being loaded."""
        return self._starting is not None

    @asynccontextmanager
    async def use(self) -> AsyncIterator[RunningRuntime]:
        """A runtime to ask, started unless it runs; it stays while the block lasts.

        Raises `ModelUnavailable`, `RuntimeUnusable` or `RuntimeFailed`; where the block meets a broken connection, or
        raises `RuntimeFailed`, the process is ended: who knows what it is good for.
        """
        running = await self._ensure()
        self._calls += 1
        self._sign()
        try:
            yield running
            self.problem = ""
        except (aiohttp.ClientError, OSError) as error:
            raise await self._failure(running) from error
        except RuntimeFailed as error:
            if running is self._running:
                self.drop("failed at a question")
            raise RuntimeFailed(f"{error.message} {running.process.last_words}", hint=error.hint) from error
        except asyncio.CancelledError:
            self._look_after(running)
            raise
        finally:
            self._calls -= 1
            self.last_used = self._clock.monotonic()

    def drop(self, reason: str) -> None:
        """End the process, if there is one, whatever it does; calls in it fail with the reason."""
        if self._running is not None:
            logger.info("the runtime of %s %s and is ended", self.name, reason)
            self.problem = f"The runtime of {self.name} {reason}."
            self._unload(reason)

    async def end(self) -> None:
        """End the process and the watch, or the start of one."""
        for aio_task in (self._watching, self._looks_after, self._starting):
            if aio_task is not None:
                aio_task.cancel()
                await asyncio.wait([aio_task])
        self._unload()
        await self._all_ended()

    async def _ensure(self) -> RunningRuntime:
        while (running := self.running) is None:
            if self._starting is None:
                self._starting = asyncio.create_task(self._start(), name=f"load {self.name}")
                self._starting.add_done_callback(self._started)
            await asyncio.shield(self._starting)
        return running

    async def _start(self) -> RunningRuntime:
        self._unload()  # one that ended while nobody asked it
        await self._all_ended()
        weights, room = await asyncio.gather(asyncio.to_thread(read_weights, self._path), self._room())
        process, placed = await self._place(weights, room)
        session = new_session(process)
        try:
            loaded = await self._inspect(session, process, placed)
        except BaseException as error:
            await process.end()
            await session.close()
            if isinstance(error, aiohttp.ClientError | OSError):
                raise RuntimeFailed(
                    f"The runtime of {self.name} did not get ready: {error}. {process.last_words}", hint=TRY_AGAIN
                ) from error
            raise
        chat = ChatClient(session, Neutraliser(weights.special_tokens), self._sign)
        logger.info("%s is loaded: %s", self.name, loaded.fit)
        return RunningRuntime(process=process, session=session, chat=chat, loaded=loaded)

    async def _place(self, weights: Weights, room: Room) -> tuple[RuntimeProcess, Placed]:
        """Start a process that has loaded the model, with as much as there is memory for."""

        async def launch(found: Fit) -> RuntimeProcess:
            order = Order(
                model=weights.path,
                loading=found.loading,
                kept_prompts=found.kept_prompts,
                threads=usable_cores(),
            )
            return await RuntimeProcess.launch(order, self._limits.load_seconds, self._live, self._limits.program)

        wishes = Wishes(slots=self._limits.slots, context_tokens=self._limits.context_tokens)
        process, placed = await place(launch, weights.shape, room, wishes, self._measured.factor(self._key(weights)))
        expected = footprint(weights.shape, placed.fit.loading)
        if not expected.gpu:
            learn = partial(self._measured.learn, self._key(weights), expected=expected.host, measured=process.memory)
            try:
                await asyncio.to_thread(learn)
            except BaseException:  # given up meanwhile
                await process.end()
                raise
        return process, placed

    def _key(self, weights: Weights) -> str:
        return f"{self._path.name}, {weights.size} bytes"

    def _started(self, starting: asyncio.Task[RunningRuntime]) -> None:
        self._starting = None
        self.last_used = self._clock.monotonic()
        if starting.cancelled():
            return
        error = starting.exception()
        if error is not None:
            self.problem = error.message if isinstance(error, LegworkError) else str(error)
            return
        self._running = starting.result()
        if self._watching is not None:
            self._watching.cancel()
        self._watching = asyncio.create_task(self._watch(self._running), name=f"watch {self.name}")

    async def _inspect(self, session: aiohttp.ClientSession, process: RuntimeProcess, placed: Placed) -> LoadedModel:
        props = await within(READY_SECONDS, _props(session))
        context = props.default_generation_settings.n_ctx
        if not context:
            raise ModelUnavailable(f"{self.name} has no context to work in.", hint="Choose another model.")
        return LoadedModel(
            name=self.name,
            context_tokens=context,
            slots=props.total_slots,
            device=process.report.device,
            fit=placed.fit.sentence,
            given_up=placed.given_up,
            gpu_memory=placed.fit.takes.gpu,
            gpu_total=placed.fit.room.gpu_total if placed.fit.takes.gpu else 0,
        )

    async def _watch(self, running: RunningRuntime) -> None:
        """Unload what idles, and give up what hangs."""
        watch = CallWatch(
            stirs=running.process.stirs,
            answers=partial(self._answers, running),
            on_life=self._live,
            silent_seconds=self._limits.silent_seconds,
        )
        while running is self._running:
            await self._clock.sleep(LOOK_SECONDS)
            if self._calls == 0:
                watch.rest()
                self._unload_idle()
            elif self._heard:
                self._heard = False
                watch.rest()
            elif (reason := await watch.look()) and running is self._running and not self._heard:
                self.drop(reason)

    async def _answers(self, running: RunningRuntime) -> bool:
        """Whether the process says that it is there, or is heard meanwhile."""
        try:
            async with await within(self._limits.answer_seconds, running.session.get("/health")):
                return True
        except TimeoutError:
            return self._heard
        except (aiohttp.ClientError, OSError):
            return True  # it breaks off, and so do its calls: they say more of it

    def _look_after(self, running: RunningRuntime) -> None:
        """See that what was given up is soon worked on no more."""
        if self._looks_after is None or self._looks_after.done():
            self._looks_after = asyncio.create_task(self._free(running), name=f"free {self.name}")

    async def _free(self, running: RunningRuntime) -> None:
        """End the process where it goes on with what nobody waits for: reading a prompt, it looks up only now and then.

        While others ask it too it is left alone. Loading it again takes no longer than what it would go on with.
        """
        with suppress(aiohttp.ClientError, OSError, RuntimeFailed):
            for _ in range(FREE_LOOKS):
                await asyncio.sleep(FREE_LOOK_SECONDS)
                if self._calls or running is not self._running or not await running.is_busy():
                    return
            if not self._calls and running is self._running:
                logger.info("%s is unloaded: it went on with what was given up", self.name)
                self._unload("went on with what was given up")

    def _unload_idle(self) -> None:
        if self._clock.monotonic() - self.last_used >= self._limits.idle_seconds:
            logger.info("%s idled and is unloaded", self.name)
            self._unload()

    def _unload(self, reason: str = "was ended") -> None:
        running, self._running = self._running, None
        if running is not None:
            self._keep(running.end(reason))

    def _keep(self, ending: Coroutine[Any, Any, None]) -> None:
        """Let a process end in a task of its own, which no caller's cancellation touches."""
        aio_task = asyncio.create_task(ending, name=f"end {self.name}")
        self._endings.add(aio_task)
        aio_task.add_done_callback(self._endings.discard)

    async def _all_ended(self) -> None:
        while self._endings:
            await asyncio.wait(list(self._endings))

    async def _failure(self, running: RunningRuntime) -> LegworkError:
        """End a process that broke off, and say why."""
        if running is self._running:  # nobody saw to it yet
            self._running = None
            self._keep(self._examine(running))
        await self._all_ended()
        return self._end_of(running.process)

    async def _examine(self, running: RunningRuntime) -> None:
        await running.process.fade()
        await running.end("does not answer any more")
        self.problem = self._end_of(running.process).message

    def _end_of(self, process: RuntimeProcess) -> LegworkError:
        if process.met_illegal_instruction:
            return lacking_instructions()
        return RuntimeFailed(f"The runtime of {self.name} {process.exit_reason}: {process.last_words}", hint=TRY_AGAIN)

    def _sign(self) -> None:
        """The process was heard."""
        self._heard = True
        self._live()

    def _live(self) -> None:
        """The process shows that it lives."""
        self.pulse += 1


async def _props(session: aiohttp.ClientSession) -> Props:
    """What a process that serves says of itself. Raises `RuntimeFailed`, or aiohttp's errors."""
    async with session.get("/health") as health:
        health.raise_for_status()
    async with session.get("/props") as answer:
        answer.raise_for_status()
        return await reply(answer, Props)


def new_session(process: RuntimeProcess) -> aiohttp.ClientSession:
    """Connections to a process: as many as there are calls, with no limit of time, and no proxy between."""
    return aiohttp.ClientSession(
        process.report.address,
        headers={"Authorization": f"Bearer {process.api_key}", "Content-Type": "application/json"},
        connector=aiohttp.TCPConnector(limit=0, force_close=True),  # the server closes kept ones at moments of its own
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=10.0),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )
