"""From the start of the process to a window that can be used: 100,000 tasks in the history, no model loaded."""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from desktop.engine import Change, Task, TaskId, TaskRequest, TaskStatus
from desktop.store import open_store

STARTS: Final = 5
HISTORY: Final = 100_000
BATCH: Final = 1000

_DRIVER: Final = """
import sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication
began, marks = float(sys.argv[1]), {}

class Probe(QObject):
    def eventFilter(self, watched, event):
        paints = event.type() == QEvent.Type.Paint and watched.isWidgetType() and watched.isWindow()
        if paints and "painted" not in marks:
            QTimer.singleShot(0, self.on_painted)
            marks["painted"] = 0.0
        return False

    def on_painted(self):
        marks["painted"] = time.monotonic() - began

    def look(self):
        window = next((shown for shown in QApplication.topLevelWidgets() if hasattr(shown, "tasks")), None)
        if window is not None and window.banner.isVisible():
            timer.stop()
            print(window.banner.text(), marks, file=sys.stderr)
            window.leave()
        elif window is not None and window.tasks.model.rowCount() and marks.get("painted"):
            timer.stop()
            print(marks["painted"], time.monotonic() - began, flush=True)
            window.leave()

probe, timer = Probe(), QTimer()
timer.timeout.connect(probe.look)
real = QApplication.__init__

def begin(app, *given):
    real(app, *given)
    app.installEventFilter(probe)
    timer.start(5)

QApplication.__init__ = begin
from desktop.cli import main
sys.exit(main([]))
"""


def measure(starts: int = STARTS, history: int = HISTORY) -> dict[str, Any]:
    """Seconds from spawning the process to the first paint, and until the list stands in it."""
    with tempfile.TemporaryDirectory(prefix="legwork-cold-") as folder:
        asyncio.run(_fill(Path(folder), history))
        _start(Path(folder))  # the first one fills the caches of the file system
        marks = [_start(Path(folder)) for _ in range(starts)]
    painted, listed = ([mark[which] for mark in marks] for which in (0, 1))
    return {
        "starts": starts,
        "history": history,
        "first_paint_median_s": round(statistics.median(painted), 3),
        "first_paint_max_s": round(max(painted), 3),
        "usable_median_s": round(statistics.median(listed), 3),
        "usable_max_s": round(max(listed), 3),
        "target_s": 0.6,
    }


def _start(folder: Path) -> tuple[float, float]:
    environment = os.environ | {"LEGWORK_DATA_DIR": str(folder)}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    command = [sys.executable, "-c", _DRIVER, repr(time.monotonic())]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode or not done.stdout:
        raise RuntimeError(f"the window did not open ({done.returncode}): {done.stderr[-2000:]}")
    painted, listed = done.stdout.split()
    return float(painted), float(listed)


async def _fill(folder: Path, history: int) -> None:
    store = open_store(folder)
    try:
        for first in range(0, history, BATCH):
            await asyncio.gather(*(store.add(Change(task=_task(number))) for number in range(first, first + BATCH)))
    finally:
        await store.close()


def _task(number: int) -> Task:
    at = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=number)
    return Task(
        task_id=TaskId(f"01K{number:023d}"),
        title=f"Summarise report {number}",
        request=TaskRequest(kind="documents", goal=f"Summarise report {number} in five points"),
        status=TaskStatus.CANCELLED,
        created_at=at,
        started_at=at,
        finished_at=at + timedelta(seconds=40),
        expires_at=at + timedelta(days=30),
    )
