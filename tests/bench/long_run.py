"""What a thousand tasks leave behind in the process that worked them off: memory, open files, threads, children."""

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import psutil

from desktop.engine import TERMINAL, Input, Task, TaskId, TaskRequest
from desktop.paths import DATA_VARIABLE, find_paths
from desktop.settings import Settings, save_settings
from desktop.ui.window import Window
from tests.bench.history import history as made_history
from tests.bench.watched_start import start
from tests.bench.window_watch import say
from tests.fakes.odd_runtime import FINE, PROGRAM
from tests.fakes.tiny_gguf import write_tiny_model

EARLIER: Final = 10_000
TASKS: Final = 1000
EACH: Final = 50
"""So many tasks are submitted at a time, and measured after."""

GOALS: Final = ("Summarise this in three points", "When does the ship sail?")
SENTENCES: Final = "The ship sails on 3 May. It carries 40 tons of copper. The crew sleeps until noon."


def measure() -> Iterator[dict[str, Any]]:
    """Memory of window and engine, open files, threads and children after every 50 of 1,000 tasks, then the drift.

    All parts are real but the runtime: a process that speaks its protocol and answers at once. There is a history of
    10,000 tasks, as a person has one: with an empty database SQLite's caches would still fill after the first 50 tasks.
    `drift` is the greatest distance of the memory from what it was then, as a share of that (target: 0.05). What the
    window lists is part of it: about 4 KB a task, which stays listed.
    """
    with made_history(EARLIER) as data:
        model = write_tiny_model(data / "tiny.gguf", context=16384)
        settings = Settings(default_model=str(model), notifications=False)
        save_settings(find_paths({DATA_VARIABLE: str(data)}).settings, settings)
        rows = [json.loads(line) for line in start(data, f"{__name__}:work_off", seconds=3600)[1:]]
    yield from rows
    first = rows[0]["memory_mb"]
    yield {"drift": round(max(abs(row["memory_mb"] - first) for row in rows) / first, 4), "target_drift": 0.05}


def work_off(window: Window) -> Iterator[Callable[[], bool]]:
    """Submit tasks, wait until they have ended, and say what the process takes, over and over."""
    bridge, ended = window._bridge, set[TaskId]()
    yield lambda: bridge.engine is not None
    _let_answer_at_once(bridge.engine)

    def on_changed(tasks: tuple[Task, ...]) -> None:
        ended.update(task.task_id for task in tasks if task.status in TERMINAL)

    bridge.tasks_changed.connect(on_changed)
    for done in range(EACH, TASKS + 1, EACH):
        for number in range(done - EACH, done):
            bridge.call(lambda engine, number=number: engine.submit(_request(number)), lambda _: None)  # type: ignore[misc]
        yield lambda done=done: len(ended) >= done  # type: ignore[misc]
        say({"tasks": done, **_taken()})
    window.leave()


def _let_answer_at_once(engine: Any) -> None:
    """Have models run by a program that needs no weights."""
    models = engine._models
    folder = tempfile.mkdtemp(prefix="legwork-bench-", dir=models._folder)
    models._limits = replace(models._limits, program=(*PROGRAM, folder, FINE))


def _request(number: int) -> TaskRequest:
    text = Input(name=f"log-{number}.txt", text=f"Log {number}. {SENTENCES}")
    return TaskRequest(kind="documents", goal=GOALS[number % len(GOALS)], inputs=(text,))


def _taken() -> dict[str, Any]:
    own = psutil.Process()
    figures = {"memory_mb": round(own.memory_full_info().uss / 1e6, 1), "open_files": own.num_fds()}
    return {**figures, "threads": own.num_threads(), "children": len(own.children(recursive=True))}
