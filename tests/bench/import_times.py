"""How long the imports of each way to start take, warm, and what heavy packages they bring."""

import subprocess
import sys
from collections.abc import Iterator
from statistics import median
from typing import Any

STARTS = {
    "list": "desktop.cli.entry, desktop.cli.look",
    "run": "desktop.cli.entry, desktop.cli.run",
    "server": "desktop.api.application, desktop.api.embedded",
    "window": "desktop.cli.entry, desktop.app",
}
HEAVY = ("PySide6", "qasync", "peewee", "apsw", "fastapi", "uvicorn", "aiohttp", "xllamacpp", "pypdfium2", "plyer")
TIMED = """
import time; began = time.perf_counter()
import {modules}
import sys
print(round((time.perf_counter() - began) * 1000), *[name for name in {heavy} if name in sys.modules])
"""


def import_times(times: int = 5) -> Iterator[dict[str, Any]]:
    """Milliseconds to import what each way to start needs, each in a fresh process, several times."""
    for name, modules in STARTS.items():
        runs = [_import(modules) for _ in range(times + 1)][1:]  # the first one warms the disk's cache
        yield {"start": name, "ms": median(milliseconds for milliseconds, _ in runs), "heavy": runs[0][1]}


def _import(modules: str) -> tuple[int, list[str]]:
    code = TIMED.format(modules=modules, heavy=HEAVY)
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    milliseconds, *heavy = answer.stdout.split()
    return int(milliseconds), heavy
