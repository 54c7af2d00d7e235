"""An engine with real parts on a thread of its own, as the program has it, and a window to put before it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from desktop.engine import (
    TERMINAL,
    Adapters,
    Agent,
    Engine,
    LanguageModel,
    Models,
    SystemClock,
    SystemIdentifiers,
    Task,
    TaskRequest,
    TaskStatus,
)
from desktop.models import LocalHardware, LocalModel, LocalModels
from desktop.notify import Choices, OutwardChannels, SecretDrawer, SilentNotifier
from desktop.power import LeftAlone
from desktop.store import DiskSpace, PassageIndex, RunFiles, open_store
from desktop.tools import PooledReader
from tests.fakes.memory_toolbox import MemoryToolbox
from tests.fakes.memory_web import MemoryWeb
from tests.fakes.scripted_sandbox import ScriptedSandbox

T = TypeVar("T")


class MeasuredEngine:
    """An engine on a loop in another thread; this thread asks and waits, painting meanwhile where Qt runs on it."""

    def __init__(self, engine: Engine, model: LanguageModel, loop: asyncio.AbstractEventLoop) -> None:
        self.engine = engine
        self.model = model
        self.loop = loop

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` gives on the engine's thread."""
        from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        if QCoreApplication.instance() is None:
            return future.result()
        waiting = QEventLoop()
        future.add_done_callback(lambda _: QTimer.singleShot(0, waiting, waiting.quit))
        if not future.done():
            waiting.exec()
        return future.result()

    async def work_off(self, requests: Sequence[TaskRequest]) -> list[Task]:
        """Submit all at once and wait until all have ended. Raises `RuntimeError` where one did not complete."""
        ended: asyncio.Queue[Task] = asyncio.Queue()
        stop = self.engine.subscribe(
            lambda update: (
                ended.put_nowait(update.task) if update.event is not None and update.task.status in TERMINAL else None
            )
        )
        for request in requests:
            await self.engine.submit(request)
        tasks = [await ended.get() for _ in requests]
        stop()
        if any(task.status is not TaskStatus.COMPLETED for task in tasks):
            raise RuntimeError("a task did not complete; the figures would mean nothing")
        return tasks

    @contextmanager
    def window(self) -> Iterator[None]:
        """The real window before this engine, with its newest task open."""
        from PySide6.QtWidgets import QApplication

        from desktop.ui.bridge import Bridge
        from desktop.ui.theme import Theme
        from desktop.ui.window import Window

        app = QApplication.instance()
        assert isinstance(app, QApplication)
        bridge = Bridge()
        window = Window(bridge, Theme(app))
        tasks = window.tasks
        tasks.model.rowsInserted.connect(lambda *_: None if tasks.view.currentIndex().isValid() else tasks.step(1))
        window.show()
        bridge.attach(self.engine, self.loop)
        try:
            yield
        finally:
            bridge.close()
            window.hide()
            window.deleteLater()


@contextmanager
def measured_engine(
    folder: Path,
    agents: Sequence[Agent],
    model: str | None,
    wrap: Callable[[LocalModels], Models] | None = None,
    *,
    slots: int = 4,
) -> Iterator[MeasuredEngine]:
    """An engine in `folder` with the model loaded, for as many tasks at a time as there are slots.

    `wrap` puts something between the engine and its models.
    """
    opened: asyncio.Queue[MeasuredEngine] = asyncio.Queue()
    ready, leave = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def live() -> None:
        try:
            async with _assembled(folder, agents, model, wrap, slots) as (engine, local):
                await local.load()
                opened.put_nowait(MeasuredEngine(engine, local, loop))
                ready.set()
                await leave.wait()
        finally:
            ready.set()

    thread = threading.Thread(target=loop.run_until_complete, args=(live(),), name="engine")
    thread.start()
    try:
        ready.wait()
        yield opened.get_nowait()
    finally:
        loop.call_soon_threadsafe(leave.set)
        thread.join()
        loop.close()


@asynccontextmanager
async def _assembled(
    folder: Path, agents: Sequence[Agent], model: str | None, wrap: Callable[[LocalModels], Models] | None, slots: int
) -> AsyncIterator[tuple[Engine, LocalModel]]:
    models, reader, store = LocalModels(None, idle_seconds=3600, slots=slots), PooledReader(), open_store(folder)
    files, clock = RunFiles(folder / "runs"), SystemClock()
    passages = PassageIndex(folder / "passages.db", reader=reader, now=clock.now)
    adapters = Adapters(
        store=store,
        files=files,
        models=wrap(models) if wrap else models,
        hardware=LocalHardware(folder),
        reader=reader,
        passages=passages,
        sandbox=ScriptedSandbox(available=False),
        web=MemoryWeb(),
        open_toolbox=lambda _: MemoryToolbox(),
        notifier=SilentNotifier(),
        channels=OutwardChannels(Choices, read_file=files.read, clock=clock, drawer=SecretDrawer({})),
        space=DiskSpace(folder),
        clock=clock,
        identifiers=SystemIdentifiers(),
        wakefulness=LeftAlone(),
    )
    engine = Engine(adapters, agents=agents, max_running=slots)
    await engine.start()
    try:
        yield engine, models.open(model)
    finally:
        await engine.stop()
        for adapter in (models, passages, reader, store):
            await adapter.close()
