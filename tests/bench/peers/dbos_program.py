"""DBOS on SQLite: milliseconds until a workflow is accepted, and from then until its first step; as JSON.

Run by `peers` with the Python that has DBOS: FOLDER TASKS. A workflow is started in the process itself, which is what
DBOS has that is quickest; through its queues it waits for a look into the database once a second.
"""

import json
import logging
import sys
import threading
import time
from pathlib import Path
from typing import Any

from dbos import DBOS  # type: ignore[import-not-found]

TEXT = "The sea is wide. " * 20


def main() -> None:
    """Start so many workflows, one after the other, and print what each took."""
    folder, tasks = Path(sys.argv[1]), int(sys.argv[2])
    database = f"sqlite:///{folder / 'dbos.sqlite'}"
    config: Any = {"name": "bench", "system_database_url": database, "run_admin_server": False, "log_level": "ERROR"}
    DBOS(config=config)
    begun: list[float] = []
    reached = threading.Event()

    @DBOS.step()  # type: ignore[untyped-decorator]
    def first_step(_text: str) -> str:
        begun.append(time.perf_counter())
        reached.set()
        return "done"

    @DBOS.workflow()  # type: ignore[untyped-decorator]
    def work(text: str) -> str:
        return str(first_step(text))

    DBOS.launch()
    logging.disable(logging.CRITICAL)
    rows = []
    for _ in range(tasks):
        reached.clear()
        began = time.perf_counter()
        handle = DBOS.start_workflow(work, TEXT)
        accepted = time.perf_counter()
        reached.wait()
        rows.append(((accepted - began) * 1000, (begun[-1] - began) * 1000))
        handle.get_result()
    DBOS.destroy()
    sys.stdout.write(json.dumps({"accept": [row[0] for row in rows], "first_step": [row[1] for row in rows]}) + "\n")


if __name__ == "__main__":
    main()
