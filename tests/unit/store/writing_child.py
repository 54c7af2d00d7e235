"""Writes to a data folder and says on its standard output what was acknowledged, until it is killed or fails."""

import asyncio
import resource
import sys
from pathlib import Path

from desktop.engine import Change, StorageFailed
from desktop.store import RunFiles, open_store
from tests.unit.store.samples import entry, item_finished, submitted, task


async def write(folder: Path, limit: int) -> None:
    store = open_store(folder)
    one = task(draft="x" * 2000)
    await store.add(submitted(one))
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    done = 0
    try:
        while True:
            done += 1
            await store.record(Change(task=one, events=(item_finished(one, done),), entry=entry(one, str(done))))
            sys.stdout.write(f"{done}\n")
            sys.stdout.flush()
    except StorageFailed as error:
        sys.stdout.write(f"{error}\n")
    try:
        await RunFiles(folder).write(one.task_id, one.run, "big", bytes(limit + 1))
    except StorageFailed as error:
        sys.stdout.write(f"{error}\n")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await store.close()


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1]), int(sys.argv[2])))
