"""How long a program that says hello takes in each sandbox that works here, from the call to its outcome."""

import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from typing import Any

from desktop.engine import Execution, Program
from desktop.sandbox.toolbox import make_toolbox
from desktop.sandbox.tried_sandbox import tiers

HELLO = Execution(program=Program.PYTHON, arguments=("-c", "print('hello')"))


async def sandbox(runs: int = 20, cache: str = "") -> AsyncIterator[dict[str, Any]]:
    """Milliseconds of each run after the first, and of that one; `cache` keeps what WebAssembly has compiled."""
    toolbox = make_toolbox()
    with tempfile.TemporaryDirectory() as folder:
        for tier in tiers(toolbox, Path(cache or folder)):
            if why := tier.obstacle():
                yield {"tier": tier.traits.name, "not_here": why}
                continue
            milliseconds = []
            for _ in range(runs + 1):
                began = time.perf_counter()
                outcome = await tier.run(HELLO)
                milliseconds.append(round((time.perf_counter() - began) * 1000, 1))
                assert outcome.stdout == b"hello\n"
            first, *later = milliseconds
            yield {"tier": tier.traits.name, "first_ms": first, "p50_ms": median(later), "max_ms": max(later)}
    toolbox.remove()
