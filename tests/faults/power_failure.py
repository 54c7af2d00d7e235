"""Lets the power fail at random moments while the store works, and looks at what is left. Prints what it saw as JSON.

    python -m tests.faults.power_failure --seed N [--images 400] [--synchronous full]

A process of its own, since the file system has to be a recorded one before the first connection. `--synchronous normal`
takes a guarantee away on purpose: an instrument that sees no loss then is worth nothing.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
from pathlib import Path

from desktop.engine import Change, RunNumber, StorageFailed, Task
from desktop.store import damage_in_depth, open_store
from desktop.store.sqlite_store import FILE_NAME, SqliteStore
from tests.faults.recorded_disk import Acknowledged, Disk, Operation, Recorder
from tests.unit.store.samples import entry, item_finished, measurement, submitted, task

TASKS = 12
STEPS = 25
"""Of each task."""

FRAMES_A_CHECKPOINT = 60  # instead of 1,000, so that there are many


async def work(folder: Path, recorder: Recorder, synchronous: str, chance: random.Random) -> bytes:
    """Let the store do what it does, written down by the recorder; the database as it was before."""
    store = open_store(folder)
    await set_up(store, synchronous)
    before = (folder / FILE_NAME).read_bytes()
    number = 0
    with recorder.on():
        for one in (task(place, goal="words " * chance.randint(1, 2000)) for place in range(1, TASKS + 1)):
            await store.add(submitted(one))
            for step in range(1, STEPS + 1):
                await store.record(changed(one, step, chance))
                number += 1
                recorder.note(Acknowledged(number))
    await store.close()
    return before


async def set_up(store: SqliteStore, synchronous: str) -> None:
    assert store._writer is not None
    for pragma in (f"synchronous = {synchronous}", f"wal_autocheckpoint = {FRAMES_A_CHECKPOINT}"):
        await store._writer.do(lambda database, words=pragma: database.execute_sql(f"PRAGMA {words}").fetchall())


def changed(one: Task, step: int, chance: random.Random) -> Change:
    result = json.dumps(chance.randbytes(chance.randint(1, 4000)).hex()).encode()
    kept = measurement(1.5) if step == STEPS else None
    return Change(task=one, events=(item_finished(one, step),), entry=entry(one, str(step), result), measurement=kept)


async def found_in(folder: Path) -> int:
    """How many of the steps are there. Raises `AssertionError` unless they are the first ones, in a sound database."""
    store = open_store(folder)
    try:
        number = 0
        for one in (task(place) for place in range(1, TASKS + 1)):
            steps = [kept.item for kept in await store.journal(one.task_id, RunNumber(1))]
            events = [recorded.number for recorded in await store.events(one.task_id)]
            assert steps == [str(step) for step in range(1, len(steps) + 1)]
            assert len(events) == (len(steps) + 1 if events else 0)
            assert not steps or number == (int(one.task_id[3:]) - 1) * STEPS
            number += len(steps)
        assert damage_in_depth(folder / FILE_NAME) == ""
    finally:
        await store.close()
    assert not (folder / "damaged").exists()
    return number


def look(log: list[Operation], before: bytes, images: int, chance: random.Random) -> dict[str, int]:
    """Fail so often, each time at another moment; what was seen."""
    moments = sorted(chance.sample(range(1, len(log)), images))
    disk, done = Disk({FILE_NAME: bytearray(before)}), 0
    seen = {"images": 0, "unsound": 0, "lost": 0, "operations": len(log)}
    for moment in moments:
        for operation in log[done:moment]:
            disk.do(operation)
        done = moment
        with tempfile.TemporaryDirectory() as name:
            disk.fail(chance, Path(name))
            try:
                seen["lost"] += asyncio.run(found_in(Path(name))) < disk.acknowledged
            except (AssertionError, StorageFailed) as error:
                sys.stderr.write(f"moment {moment}: {error!r}\n")
                seen["unsound"] += 1
        seen["images"] += 1
    return seen


def main() -> int:
    """Work, fail, look; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--synchronous", choices=("full", "normal"), default="full")
    options = parser.parse_args()
    chance, recorder = random.Random(options.seed), Recorder()  # noqa: S311 - repeatable, not secret
    with tempfile.TemporaryDirectory() as name:
        before = asyncio.run(work(Path(name), recorder, options.synchronous, chance))
    seen = look(recorder.log, before, options.images, chance)
    sys.stdout.write(f"{json.dumps(seen | {'seed': options.seed})}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
