"""How runtimes are run."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROGRAM: Final = (sys.executable, "-P", str(Path(__file__).with_name("runtime_server.py")))
"""What starts a runtime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeLimits:
    """What holds for every runtime on this machine."""

    slots: int
    context_tokens: int | None  # per slot; None: what model and memory allow
    idle_seconds: float  # unloaded when unused for so long
    silent_seconds: float  # given up when it shows no sign of work for so long
    load_seconds: float
    program: tuple[str, ...]
