"""How late the Qt thread is while four tasks stream and 100,000 tasks are listed."""

import os
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from desktop.engine import Estimate, Progress, StepProgress, StepStatus, Task, TaskPage, TaskStatus, Work
from tests.fakes.engine_double import EngineDouble, EngineThreadDouble, make_task

ROWS: Final = 100_000
TASKS: Final = 4
SECONDS: Final = 20.0
PROBE_MILLISECONDS: Final = 5
LOOK_MILLISECONDS: Final = 20
PATIENCE_SECONDS: Final = 120.0
UPDATES_A_SECOND: Final = 30
"""Updates of each task: the engine's pulse and its events at a model's full speed."""


class _Streams:
    """Four running tasks that move on a thread of their own, as an engine's would."""

    def __init__(self, thread: EngineThreadDouble) -> None:
        self._thread = thread
        self._stop = threading.Event()
        self._own = threading.Thread(target=self._run, name="streams")
        self.updates = 0

    def start(self) -> None:
        self._own.start()

    def stop(self) -> None:
        self._stop.set()
        self._own.join()

    def _run(self) -> None:
        tick = 0
        while not self._stop.wait(1 / UPDATES_A_SECOND):
            tick += 1
            for number in range(TASKS):
                task = _streaming(number, tick)
                self._thread.loop.call_soon_threadsafe(self._thread.engine.put, task)
                self.updates += 1


def measure(rows: int = ROWS, seconds: float = SECONDS) -> dict[str, Any]:
    """Milliseconds that a 5 ms timer comes late on the Qt thread: half of them, 99 of 100, and the worst."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from desktop.ui.bridge import Bridge
    from desktop.ui.theme import Theme
    from desktop.ui.window import Window

    app = QApplication.instance() or QApplication(["bench"])
    assert isinstance(app, QApplication)
    engine = _filled(rows)
    thread, bridge = EngineThreadDouble(engine), Bridge()
    window, streams = Window(bridge, Theme(app)), _Streams(thread)
    try:
        window.show()
        bridge.attach(engine, thread.loop)  # type: ignore[arg-type]
        spin(app, lambda: window.tasks.model.rowCount() == rows)
        streams.start()
        until = time.perf_counter() + seconds
        late = probe(app, lambda: time.perf_counter() >= until)
    finally:
        streams.stop()
        bridge.close()
        thread.close()
        window.hide()
    row = {"rows": rows, "tasks": TASKS, "seconds": seconds, "updates": streams.updates}
    return row | lateness(late)


def lateness(late: list[float]) -> dict[str, Any]:
    """What the probes of the Qt thread say, with the targets."""
    ordered = sorted(late)
    return {
        "probes": len(ordered),
        "median_ms": round(statistics.median(ordered), 2),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)], 2),
        "max_ms": round(ordered[-1], 2),
        "target_p99_ms": 16,
        "target_max_ms": 100,
    }


class _AllAtOnce(EngineDouble):
    """Hands out the whole list as one page, so that the view holds every row."""

    async def find(self, query: Any) -> TaskPage:
        return await super().find(replace(query, limit=max(len(self.tasks), 1)))


def _filled(rows: int) -> EngineDouble:
    engine = _AllAtOnce()
    engine.fill(rows)
    for number in range(TASKS):
        task = _streaming(number, 0, rows)
        engine.tasks[task.task_id] = task
    return engine


def _streaming(number: int, tick: int, rows: int = ROWS) -> Task:
    step = StepProgress(
        name="read",
        title="Read passages",
        work=Work(prompt_tokens=90_000, output_tokens=20_000),
        total=4000,
        unit="passages",
        status=StepStatus.RUNNING,
        done=tick % 4000,
        seconds=tick / UPDATES_A_SECOND,
    )
    progress = Progress(fraction=tick % 4000 / 4000, steps=(step,), tokens=tick * 4, tokens_per_second=120.0)
    draft = f"Tender **{number}** names a price. " * 20 + f"So far {tick} passages."
    left = Estimate(seconds=max(1.0, 600 - tick), low=max(1.0, 400 - tick), high=max(2.0, 900 - tick))
    task = make_task(rows - 1 - number, title=f"Compare tender {number}", status=TaskStatus.RUNNING)
    return replace(task, progress=progress, estimate=left, draft=draft)


def probe(app: Any, done: Callable[[], bool], patience: float = PATIENCE_SECONDS) -> list[float]:
    """Milliseconds that a timer on the Qt thread comes late, each time until it is `done`."""
    from PySide6.QtCore import Qt, QTimer

    late: list[float] = []
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    last = time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        late.append(max(0.0, (now - last) * 1000 - PROBE_MILLISECONDS))
        last = now

    timer.timeout.connect(tick)
    timer.start(PROBE_MILLISECONDS)
    spin(app, done, patience)
    timer.stop()
    return late


def spin(app: Any, done: Callable[[], bool], patience: float = PATIENCE_SECONDS) -> None:
    """Let Qt work, and sleep where there is nothing to do, until it is `done`.

    Raises `TimeoutError` after so many seconds.
    """
    from PySide6.QtCore import QEventLoop, QTimer

    until = time.perf_counter() + patience
    working, looking = QEventLoop(app), QTimer()
    looking.timeout.connect(lambda: working.quit() if done() or time.perf_counter() > until else None)
    looking.start(LOOK_MILLISECONDS)
    if not done():
        working.exec()
    looking.stop()
    if not done():
        raise TimeoutError("the window did not come so far")
