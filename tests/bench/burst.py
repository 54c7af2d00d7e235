"""How late the Qt thread is while thousands of tasks are queued in one go over HTTP."""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from desktop.api.announcement import read_announcement
from desktop.api.second_start import SecondStart
from desktop.app import EngineThread
from desktop.engine import Engine
from desktop.headless import Parts, opened_engine
from desktop.notify import SilentNotifier
from desktop.paths import Paths
from desktop.settings import Settings
from tests.bench.window_latency import lateness, probe, spin
from tests.faults.instant_model import models
from tests.faults.launch import Launch

TASKS: Final = 10_000
CONNECTIONS: Final = 8
PACE: Final = 0.5  # seconds for each piece of text: the line does not get shorter meanwhile
PATIENCE_SECONDS: Final = 900.0


def burst(tasks: int = TASKS, connections: int = CONNECTIONS) -> dict[str, Any]:
    """Milliseconds that a timer on the Qt thread of the real window comes late while so many tasks are sent.

    Engine, server and window are those of the program, in one process; the tasks come from another one over so many
    connections at a time, as fast as they are accepted. Four run with a model made for tests, the others wait.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from desktop.ui.bridge import Bridge
    from desktop.ui.theme import Theme
    from desktop.ui.window import Window

    app = QApplication.instance() or QApplication(["bench"])
    assert isinstance(app, QApplication)
    with tempfile.TemporaryDirectory(prefix="legwork-burst-") as folder:
        paths = Paths(data=Path(folder) / "data")
        thread = EngineThread(_opening(paths), lambda: None)
        bridge = Bridge()
        window = Window(bridge, Theme(app))
        window.show()
        thread.start()
        try:
            spin(app, lambda: thread.opened.done() and paths.engine.exists())
            bridge.attach(*thread.opened.result())
            sender = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.burst", str(paths.engine), str(tasks), str(connections)],
                stdout=subprocess.PIPE,
            )
            late = probe(app, lambda: sender.poll() is not None, PATIENCE_SECONDS)
            sent = msgspec.json.decode(sender.communicate()[0])
        finally:
            bridge.close()
            thread.close()
            window.hide()
            spin(app, thread.closed.done)
            thread.join()
    return {"tasks": tasks, "connections": connections, **sent, **lateness(late)}


def _opening(paths: Paths) -> Callable[[Callable[[], None]], Any]:
    parts = Parts(models=models(Launch(pace=PACE)), notifier=SilentNotifier())

    @asynccontextmanager
    async def opening(on_raise: Callable[[], None]) -> AsyncIterator[Engine]:
        second_start = SecondStart(raise_window=on_raise)
        async with opened_engine(
            paths, Settings(notifications=False), second_start=second_start, parts=parts
        ) as engine:
            yield engine

    return opening


def send(announcement: Path, tasks: int, connections: int) -> dict[str, Any]:
    """Send so many tasks; milliseconds until each was accepted."""
    announced = read_announcement(announcement)
    assert announced is not None
    headers = {"Authorization": f"Bearer {announced.token}", "Content-Type": "application/json"}
    netloc, taken = urlsplit(announced.address).netloc, list[float]()

    def work(number: int) -> None:
        connection = HTTPConnection(netloc, timeout=60)
        for each in range(number, tasks, connections):
            text = f"The sea is {each} miles wide. " * 20
            body = {"kind": "documents", "goal": f"Summarise sea {each}", "inputs": [{"name": "a.txt", "text": text}]}
            began = time.perf_counter()
            connection.request("POST", "/tasks", msgspec.json.encode(body), headers)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != 202:
                raise RuntimeError(f"a task was refused ({answer.status}): {content!r}")
            taken.append((time.perf_counter() - began) * 1000)
        connection.close()

    began = time.perf_counter()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cuts = statistics.quantiles(taken, n=100)
    return {
        "accepted": len(taken),
        "seconds": round(time.perf_counter() - began, 1),
        "accept_p50_ms": round(cuts[49], 1),
        "accept_p99_ms": round(cuts[98], 1),
        "accept_max_ms": round(max(taken), 1),
        "last_thousand_p50_ms": round(statistics.median(taken[-1000:]), 1),
    }


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(send(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
