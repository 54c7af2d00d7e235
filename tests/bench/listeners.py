"""What many clients cost a running engine: those that ask again and again, and those that listen."""

import http.client
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psutil

from desktop.api.announcement import Announcement, read_announcement
from desktop.api.client import RunningEngine
from desktop.engine import Input, TaskId, TaskRequest
from tests.bench.recovery import TEXT
from tests.e2e.conftest import until
from tests.faults.application import Application
from tests.faults.launch import Launch

PACE: Final = 0.02  # seconds for each piece of text
DOCUMENTS: Final = 20  # the task outlasts the measuring
SETTLE_SECONDS: Final = 1.0
ASKS_PER_SECOND: Final = 20.0


def polling(clients: int = 50, every: float = 5.0, seconds: float = 20.0, rounds: int = 3) -> dict[str, Any]:
    """Share of a core that so many clients cost the engine which ask for a running task every so many seconds.

    Each opens a connection for each look, as a script with `curl` does. In pairs: the engine with the same task and
    without clients, and with them. Requests are spread evenly.
    """
    with _busy_engine() as busy:
        pairs = [
            (busy.watched(seconds), busy.watched(seconds, lambda stop: busy.poll(clients, every, stop)))
            for _ in range(rounds)
        ]
    costs = [(after["core"] - before["core"]) * 100 for before, after in pairs]
    return {
        "clients": clients,
        "every_s": every,
        "rounds": rounds,
        "cost_percent_of_a_core": round(statistics.median(costs), 2),
        "max_percent": round(max(costs), 2),
        "without_percent": round(statistics.median(before["core"] for before, _ in pairs) * 100, 2),
        "answered": busy.answered,
        "target_percent": 5.0,
    }


def readers(count: int = 50, seconds: float = 15.0, rounds: int = 5) -> dict[str, Any]:
    """What so many readers of one task's events cost the engine, in pairs with and without: speed, lateness, work.

    The speed is that of a model made for tests, which waits for its loop after every token, so that a loop that comes
    late shows in it. The lateness is that of the answers to somebody else's question.
    """
    with _busy_engine() as busy:
        pairs = [
            (busy.watched(seconds), busy.watched(seconds, lambda stop: busy.read(count, stop))) for _ in range(rounds)
        ]
    ratios = [after["tokens"] / before["tokens"] for before, after in pairs]
    return {
        "readers": count,
        "rounds": rounds,
        "speed_ratio_median": round(statistics.median(ratios), 3),
        "speed_ratio_range": [round(min(ratios), 3), round(max(ratios), 3)],
        "events_read": busy.answered,
        "answer_ms_without": round(statistics.median(before["answer_ms"] for before, _ in pairs), 2),
        "answer_ms_with": round(statistics.median(after["answer_ms"] for _, after in pairs), 2),
        "core_percent_without": round(statistics.median(before["core"] for before, _ in pairs) * 100, 1),
        "core_percent_with": round(statistics.median(after["core"] for _, after in pairs) * 100, 1),
    }


class _BusyEngine:
    """An engine in another process that works on one long task."""

    def __init__(self, process: psutil.Process, announced: Announcement, task_id: TaskId) -> None:
        self._process = process
        self._announced = announced
        self._engine = RunningEngine(announced)
        self._netloc = urlsplit(announced.address).netloc
        self._task_id = task_id
        self._lock = threading.Lock()
        self.answered = 0

    def watched(
        self, seconds: float, clients: Callable[[threading.Event], list[threading.Thread]] | None = None
    ) -> dict[str, float]:
        """Tokens a second, share of a core, and milliseconds for an answer, while these clients are there."""
        stop = threading.Event()
        threads = [] if clients is None else clients(stop)
        time.sleep(SETTLE_SECONDS)
        began, spent, tokens, answers = time.perf_counter(), self._spent(), self._tokens(), list[float]()
        while time.perf_counter() - began < seconds:
            asked = time.perf_counter()
            self._engine.notices()
            answers.append((time.perf_counter() - asked) * 1000)
            time.sleep(1 / ASKS_PER_SECOND)
        taken = time.perf_counter() - began
        row = {"core": (self._spent() - spent) / taken, "tokens": (self._tokens() - tokens) / taken}
        stop.set()
        for thread in threads:
            thread.join()
        return row | {"answer_ms": statistics.median(answers)}

    def poll(self, clients: int, every: float, stop: threading.Event) -> list[threading.Thread]:
        """Clients that ask, each at its own time."""

        def client(number: int) -> None:
            stop.wait(every * number / clients)
            while not stop.is_set():
                self._engine.task(self._task_id)
                self._count()
                stop.wait(every)

        return _started(client, clients)

    def read(self, count: int, stop: threading.Event) -> list[threading.Thread]:
        """Readers of the task's events from now on."""
        headers = {"Authorization": f"Bearer {self._announced.token}"}

        def reader(_number: int) -> None:
            connection = http.client.HTTPConnection(self._netloc, timeout=60)
            connection.request("GET", f"/tasks/{self._task_id}/events", headers=headers)
            for line in connection.getresponse():
                if line.startswith(b"data:"):
                    self._count()
                if stop.is_set():
                    break
            connection.close()

        return _started(reader, count)

    def _count(self) -> None:
        with self._lock:
            self.answered += 1

    def _spent(self) -> float:
        times = self._process.cpu_times()
        return times.user + times.system

    def _tokens(self) -> int:
        return self._engine.task(self._task_id).progress.tokens


def _started(work: Callable[[int], None], count: int) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    return threads


@contextmanager
def _busy_engine() -> Iterator[_BusyEngine]:
    launch = Launch(models="tests.faults.instant_model:models", pace=PACE)
    with (
        tempfile.TemporaryDirectory(prefix="legwork-listeners-") as scratch,
        Application(Path(scratch) / "data", launch) as application,
    ):
        engine = application.started()
        inputs = tuple(Input(name=f"{number}.txt", text=TEXT) for number in range(DOCUMENTS))
        request = TaskRequest(kind="documents", goal="Summarise", inputs=inputs)
        task_id = engine.submit(request).task_id
        until(lambda: engine.task(task_id).progress.tokens or None)
        announced = read_announcement(application.paths.engine)
        assert announced is not None
        yield _BusyEngine(psutil.Process(application.pid), announced, task_id)
        assert not engine.task(task_id).rests, "the task ended; the figures would mean nothing"
