"""The program with its window: Qt on this thread, the engine on another, the bridge between them.

The window is painted first; the engine comes while the person looks. No model is loaded for it.
"""

import asyncio
import logging
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from typing import Final

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QApplication

from desktop.engine import DataFolderInUse, Engine, LegworkError, StorageFailed
from desktop.settings_file import SettingsFile
from desktop.ui.bridge import Bridge
from desktop.ui.cyclic_garbage import CyclicGarbage
from desktop.ui.theme import Theme
from desktop.ui.tray import Tray
from desktop.ui.window import Window

logger = logging.getLogger(__name__)

NAME: Final = "Legwork"

END_SECONDS: Final = 30.0
"""How long the engine may take to end: longer, and the disk does not answer."""

JOIN_SECONDS: Final = 2.0
"""How long a thread that has said that it ends may take to."""

TURN_SECONDS: Final = 0.001
"""How long a thread keeps the interpreter while another waits for it, a fifth of what is usual: a paint asks for it
dozens of times, and waits each time for an engine that takes in thousands of tasks."""

OpenEngine = Callable[[Callable[[], None]], AbstractAsyncContextManager[Engine]]
"""Opens the engine on the loop that enters it; gets what to call when a second start asks for the window."""

_UNEXPECTED: Final = "The engine could not start ({name}); everything that was kept is still there."


class EngineThread:
    """Owns the engine's asyncio loop. `opened` holds the engine and its loop, or why there is none.

    `closed` holds what went wrong at the end. A thread that hangs does not keep the program.
    """

    def __init__(self, open_engine: OpenEngine, on_raise: Callable[[], None]) -> None:
        self.opened: Future[tuple[Engine, asyncio.AbstractEventLoop]] = Future()
        self.closed: Future[LegworkError | None] = Future()
        self._open_engine = open_engine
        self._on_raise = on_raise
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leave: asyncio.Event | None = None
        self._leave_early = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> None:
        """Begin to open the engine."""
        self._thread.start()

    def close(self) -> None:
        """Ask the engine to end; `closed` tells when it has."""
        self._leave_early.set()
        if self._loop is not None and self._leave is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._leave.set)

    def join(self) -> None:
        """Wait for the thread, unless it hangs."""
        self._thread.join(JOIN_SECONDS)

    def _run(self) -> None:
        lost: LegworkError | None = None
        usual = sys.getswitchinterval()
        sys.setswitchinterval(TURN_SECONDS)
        try:
            asyncio.run(self._live())
        except LegworkError as error:
            lost = self._give_up(error)
        except Exception as error:
            logger.exception("the engine ended")
            unexpected = LegworkError(_UNEXPECTED.format(name=type(error).__name__), hint="The log says more.")
            lost = self._give_up(unexpected)
        finally:
            sys.setswitchinterval(usual)
            self.closed.set_result(lost)

    def _give_up(self, error: LegworkError) -> LegworkError | None:
        """Say what went wrong to whoever waits for the engine, or else, by the answer, to whoever waits for its end."""
        if self.opened.done():
            return error
        self.opened.set_exception(error)
        return None

    async def _live(self) -> None:
        self._loop, self._leave = asyncio.get_running_loop(), asyncio.Event()
        if self._leave_early.is_set():
            self._leave.set()
        async with self._open_engine(self._on_raise) as engine:
            self.opened.set_result((engine, self._loop))
            await self._leave.wait()


class Summons(QObject):
    """Carries the wish to see the window from the engine's thread to this one."""

    came = Signal()


async def _attend(window: Window, bridge: Bridge, thread: EngineThread, leaving: asyncio.Event) -> int:
    """Bring window and engine together, and end the engine when the person leaves."""
    try:
        engine, loop = await asyncio.wrap_future(thread.opened)
    except DataFolderInUse:
        raise  # whoever opened the window turns to the process that has the folder
    except LegworkError as error:
        window.show_problem(error)
        await leaving.wait()
        return 1
    bridge.attach(engine, loop)
    await leaving.wait()
    return 0


def main(open_engine: OpenEngine, settings: SettingsFile) -> int:
    """Open Legwork with its window; the exit code. Raises like `run`."""
    app = QApplication.instance()
    return run(open_engine, settings, app if isinstance(app, QApplication) else QApplication([NAME.lower()]))


def run(open_engine: OpenEngine, settings: SettingsFile, app: QApplication) -> int:
    """Show the window until the person leaves; the exit code.

    Raises `DataFolderInUse`, with the window closed again, where another process has the data folder.
    """
    app.setApplicationName(NAME)
    app.setDesktopFileName(NAME.lower())
    app.setQuitOnLastWindowClosed(False)
    garbage, theme, bridge, summons = CyclicGarbage(), Theme(app), Bridge(), Summons()
    window = Window(bridge, theme)
    window.use_settings(settings)
    leaving = asyncio.Event()
    summons.came.connect(window.open_again)
    window.quit_wanted.connect(leaving.set)
    thread = EngineThread(open_engine, summons.came.emit)
    window.show()
    app.processEvents()  # the first paint comes before the engine and the tray take their share of the processor
    thread.start()
    app.setWindowIcon(theme.mark)
    tray = Tray(theme.mark) if Tray.is_available() else None
    window.use_tray(tray)
    try:
        return _live(app, window, bridge, thread, leaving)
    finally:
        garbage.close()
        _take_down(app, [part for part in (window, tray, bridge, summons, theme, garbage) if part is not None])


def _live(app: QApplication, window: Window, bridge: Bridge, thread: EngineThread, leaving: asyncio.Event) -> int:
    from qasync import QEventLoop  # type: ignore[import-untyped]  # not before the first paint

    with QEventLoop(app) as loop:
        try:
            code: int = loop.run_until_complete(_attend(window, bridge, thread, leaving))
        finally:
            window.hide()
            bridge.close()
            thread.close()
            lost = loop.run_until_complete(_until_closed(thread))
            thread.join()
    if lost is not None:
        logger.error("not all was written at the end: %s", lost)
        window.tell_of_loss(str(lost))
        return 1
    return code


def _take_down(app: QApplication, parts: list[QObject]) -> None:
    """End what Qt paints with while Qt is still there: after the application object it would end in a crash."""
    for part in parts:
        part.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


async def _until_closed(thread: EngineThread) -> LegworkError | None:
    """Wait for the end of the engine; what could not be written, where something could not."""
    closed = asyncio.wrap_future(thread.closed)
    await asyncio.wait([closed], timeout=END_SECONDS)
    if closed.done():
        return closed.result()
    return StorageFailed(
        "The disk with the data folder does not answer, so the last changes are not written. "
        "Everything that was recorded before is kept.",
        hint="Check the disk. At the next start the tasks go on from there.",
    )
