"""Legwork without a window, put together by a test: run as a program, it serves until it is told to end.

    python -m tests.faults.launcher

`LEGWORK_LAUNCH` says what is not the usual (see `launch`); `LEGWORK_DATA_DIR` where, as for the program itself.
"""

import asyncio
import importlib
import os
import random
import signal
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ulid import ULID

from desktop.cli.logfile import start_log
from desktop.engine import SystemClock, TaskId
from desktop.headless import Parts, all_agents, opened_engine
from desktop.notify import SilentNotifier
from desktop.paths import find_paths, prepare
from desktop.settings import Settings
from tests.faults import mutations
from tests.faults.crash import crashing
from tests.faults.executions import Counter, CountingAgent
from tests.faults.launch import Launch, from_environment
from tests.faults.moved_clock import MovedClock
from tests.faults.written import WriteCounter


class SeededIdentifiers:
    """Implements `Identifiers` with randomness that one seed repeats."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret

    def new_task_id(self, now: datetime, after: TaskId | None) -> TaskId:
        fresh = int(ULID.from_datetime(now)) >> 80 << 80 | self._random.getrandbits(80)
        least = 0 if after is None else int(ULID.from_str(after)) + 1
        return TaskId(str(ULID.from_int(max(fresh, least))))


def parts(launch: Launch) -> Parts:
    """The parts that the launch asks for."""
    chosen = Parts(notifier=SilentNotifier(), identifiers=SeededIdentifiers(launch.seed))
    chosen = replace(chosen, clock=MovedClock(Path(launch.clock)) if launch.clock else SystemClock())
    if launch.models:
        module, _, function = launch.models.partition(":")
        chosen = replace(chosen, models=getattr(importlib.import_module(module), function)(launch))
    if launch.agents:
        module, _, name = launch.agents.partition(":")
        chosen = replace(chosen, agents=(getattr(importlib.import_module(module), name)(),))
    if launch.executions:
        counter = Counter(Path(launch.executions))
        WriteCounter.beside(counter.path).put_in()
        chosen = replace(chosen, agents=tuple(CountingAgent(agent, counter) for agent in chosen.agents or all_agents()))
    return chosen


async def serve(launch: Launch) -> None:
    """Serve until a signal ends it."""
    ended = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    paths = find_paths(os.environ)
    prepare(paths)
    start_log(paths)
    settings = Settings(notifications=False, max_running=launch.most_running)
    async with opened_engine(paths, settings, parts=parts(launch)):
        await ended.wait()


def main() -> int:
    """Launch what the environment says."""
    launch = from_environment(os.environ)
    if launch.mutation:
        mutations.put_in(launch.mutation)
    with crashing(launch.crash):
        asyncio.run(serve(launch))
    return 0


if __name__ == "__main__":
    sys.exit(main())
