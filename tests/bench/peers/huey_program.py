"""Huey on SQLite: milliseconds until a task is accepted, and from then until it begins; as JSON.

Run by `peers` with the Python that has Huey: FOLDER TASKS. Each write is synced, as Legwork's are (`fsync`); the
consumer is a thread of the same process with Huey's own pace of looking.
"""

import json
import logging
import sys
import threading
import time
from pathlib import Path

from huey import SqliteHuey  # type: ignore[import-not-found]

TEXT = "The sea is wide. " * 20


def main() -> None:
    """Enqueue so many tasks, one after the other, and print what each took."""
    folder, tasks = Path(sys.argv[1]), int(sys.argv[2])
    huey = SqliteHuey("bench", filename=str(folder / "huey.sqlite"), fsync=True)
    begun: list[float] = []
    reached = threading.Event()

    @huey.task()  # type: ignore[untyped-decorator]
    def work(_text: str) -> str:
        begun.append(time.perf_counter())
        reached.set()
        return "done"

    logging.disable(logging.CRITICAL)
    consumer = huey.create_consumer(workers=1, periodic=False)
    consumer.start()
    rows = []
    for _ in range(tasks):
        reached.clear()
        began = time.perf_counter()
        result = work(TEXT)
        accepted = time.perf_counter()
        reached.wait()
        rows.append(((accepted - began) * 1000, (begun[-1] - began) * 1000))
        result.get(blocking=True)
    consumer.stop(graceful=True)
    sys.stdout.write(json.dumps({"accept": [row[0] for row in rows], "first_step": [row[1] for row in rows]}) + "\n")


if __name__ == "__main__":
    main()
