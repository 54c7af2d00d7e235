"""The only translator between the engine's thread and Qt's.

One way go coroutines (`run_coroutine_threadsafe`), the other way comes one signal. What a person asks for before the
engine is there waits and is done when it arrives; updates are gathered and handed on at most ten times a second.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from concurrent.futures.thread import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any, Final, TypeVar

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal, Slot

from desktop.engine import (
    DownloadStatus,
    Engine,
    LegworkError,
    ModelDepot,
    Notice,
    StorageFailed,
    Task,
    TaskId,
    TaskUpdate,
)

logger = logging.getLogger(__name__)

UPDATE_MILLISECONDS: Final = 100
"""The least time between two batches of updates."""

T = TypeVar("T")
Call = Callable[[Engine], Coroutine[Any, Any, T]]
OnError = Callable[[LegworkError], None]


class Asking:
    """A call of the engine that is on its way, or waits for the engine."""

    def __init__(self) -> None:
        self.future: Future[Any] | None = None
        self.given_up = False

    def give_up(self) -> None:
        """Want no answer any more: neither what was to be called is, and the engine stops where it can."""
        self.given_up = True
        if self.future is not None:
            self.future.cancel()


class Bridge(QObject):
    """Calls the engine from the Qt thread and brings back its answers and updates.

    Signals, all on the Qt thread: `attached` when the engine is there, `tasks_changed(tuple[Task, ...])` with the
    tasks as they are now, `tasks_gone(tuple[TaskId, ...])` with those that were removed for good, `moved()` when a task
    came, went or changed its status, `notices_changed(tuple[Notice, ...])` with all notices of the engine,
    `downloads_changed(tuple[DownloadStatus, ...])` with the downloads of models that moved, `failed(LegworkError)` for
    an error that nobody else shows.
    """

    attached = Signal()
    tasks_changed = Signal(object)
    tasks_gone = Signal(object)
    moved = Signal()
    notices_changed = Signal(object)
    downloads_changed = Signal(object)
    failed = Signal(object)
    _crossed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine: Engine | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._early: list[Callable[[], None]] = []
        self._unsubscribe: list[Callable[[], None]] = []
        self._lock = Lock()
        self._pending: dict[TaskId, Task] = {}
        self._pending_gone: set[TaskId] = set()
        self._pending_moved = False
        self._pending_downloads: dict[str, DownloadStatus] = {}
        self._armed = False
        self._open = True
        self._workers = ThreadPoolExecutor(max_workers=1, thread_name_prefix="window-work")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._flush)
        self._since_flush = QElapsedTimer()
        # queued on this thread too, where an answer is there at once: it never comes in the middle of the call
        self._crossed.connect(self._on_crossed, Qt.ConnectionType.QueuedConnection)

    @property
    def engine(self) -> Engine | None:
        """The engine, once it is there; only what returns at once may be called on it directly."""
        return self._engine

    def attach(self, engine: Engine, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to talk to an engine that runs on `loop` in another thread."""
        self._engine, self._loop = engine, loop
        loop.call_soon_threadsafe(self._subscribe, engine)
        self.attached.emit()
        early, self._early = self._early, []
        for call in early:
            call()

    def close(self) -> None:
        """Stop talking: nothing arrives after this."""
        self._open = False
        self._timer.stop()
        self._workers.shutdown(wait=False, cancel_futures=True)
        unsubscribe, self._unsubscribe = self._unsubscribe, []
        if self._loop is not None and not self._loop.is_closed():
            for end in unsubscribe:
                self._loop.call_soon_threadsafe(end)

    def call(self, ask: Call[T], on_answer: Callable[[T], None], on_error: OnError | None = None) -> "Asking":
        """Await `ask(engine)` on the engine's thread; `on_answer` or `on_error` is called on this one.

        What is returned can be given up.
        """
        asking = Asking()
        self._ask(asking, ask, on_answer, on_error)
        return asking

    def _ask(self, asking: "Asking", ask: Call[T], on_answer: Callable[[T], None], on_error: OnError | None) -> None:
        if self._engine is None or self._loop is None:
            self._early.append(lambda: self._ask(asking, ask, on_answer, on_error))
            return
        if not self._open or self._loop.is_closed() or asking.given_up:
            return
        asking.future = future = asyncio.run_coroutine_threadsafe(ask(self._engine), self._loop)
        self._deliver(future, on_answer, on_error)

    def call_depot(
        self,
        ask: Callable[[ModelDepot], Coroutine[Any, Any, T]],
        on_answer: Callable[[T], None],
        on_error: OnError | None = None,
    ) -> "Asking":
        """The same with whoever keeps the models."""

        async def ask_depot(engine: Engine) -> T:
            if engine.depot is None:
                raise LegworkError("Nobody keeps models here.", hint="Start Legwork with a data folder.")
            return await ask(engine.depot)

        return self.call(ask_depot, on_answer, on_error)

    def work(self, function: Callable[[], T], on_answer: Callable[[T], None], on_error: OnError | None = None) -> None:
        """Run `function` on a thread beside the window, for what takes longer than a frame."""
        if self._open:
            self._deliver(self._workers.submit(function), on_answer, on_error)

    def read_artifact(self, task: Task, name: str, on_answer: Callable[[bytes], None]) -> None:
        """Read a file of the run that `task` stands for, which may be an earlier one."""
        self.call(lambda engine: _read(engine.artifact_path(task, name)), on_answer)

    def _deliver(self, future: Future[T], on_answer: Callable[[T], None], on_error: OnError | None) -> None:
        def on_done(done: Future[T]) -> None:
            if self._open:
                self._crossed.emit(lambda: self._answer(done, on_answer, on_error))

        future.add_done_callback(on_done)

    def _answer(self, future: Future[T], on_answer: Callable[[T], None], on_error: OnError | None) -> None:
        try:
            answer = future.result()
        except CancelledError:
            return
        except LegworkError as error:
            (on_error or self.failed.emit)(error)
        except Exception as error:
            logger.exception("a call from the window failed")
            unexpected = LegworkError(
                f"That did not work ({type(error).__name__}); nothing you typed is lost.",
                hint="Try again. The log in the data folder says more.",
            )
            (on_error or self.failed.emit)(unexpected)
        else:
            on_answer(answer)

    @Slot(object)
    def _on_crossed(self, callback: Callable[[], None]) -> None:
        if self._open:
            callback()

    def _subscribe(self, engine: Engine) -> None:
        self._unsubscribe = [engine.subscribe(self._on_update), engine.board.subscribe(self._on_notices)]
        if engine.depot is not None:
            self._unsubscribe.append(engine.depot.listen(self._on_download))

    def _on_notices(self, notices: tuple[Notice, ...]) -> None:
        if self._open:
            self._crossed.emit(lambda: self.notices_changed.emit(notices))

    def _on_update(self, update: TaskUpdate) -> None:
        with self._lock:
            if update.gone:
                self._pending.pop(update.task.task_id, None)
                self._pending_gone.add(update.task.task_id)
            else:
                self._pending[update.task.task_id] = update.task
            moved = update.moved or update.gone or update.event is not None
            self._pending_moved = self._pending_moved or moved
        self._flush_soon()

    def _on_download(self, status: DownloadStatus) -> None:
        with self._lock:
            self._pending_downloads[status.id] = status
        self._flush_soon()

    def _flush_soon(self) -> None:
        with self._lock:
            if self._armed:
                return
            self._armed = True
        if self._open:
            self._crossed.emit(self._arm)

    def _arm(self) -> None:
        passed = self._since_flush.elapsed() if self._since_flush.isValid() else UPDATE_MILLISECONDS
        self._timer.start(max(0, UPDATE_MILLISECONDS - passed))

    @Slot()
    def _flush(self) -> None:
        self._since_flush.start()
        with self._lock:
            tasks, self._pending = tuple(self._pending.values()), {}
            gone, self._pending_gone = tuple(self._pending_gone), set()
            moved, self._pending_moved = self._pending_moved, False
            downloads, self._pending_downloads = tuple(self._pending_downloads.values()), {}
            self._armed = False
        if downloads:
            self.downloads_changed.emit(downloads)
        if tasks or gone or moved:
            self.tasks_changed.emit(tasks)
        if gone:
            self.tasks_gone.emit(gone)
        if moved:
            self.moved.emit()


async def _read(path: Path) -> bytes:
    try:
        return await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise StorageFailed(
            f"{path.name} could not be read ({error.strerror}); the summary is kept with the task.",
            hint="Look into the folder of the task, or retry it.",
        ) from error
