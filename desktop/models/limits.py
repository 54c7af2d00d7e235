"""How runtimes are run."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROGRAM: Final = (sys.executable, "-P", str(Path(__file__).with_name("runtime_server.py")))
"""What starts a runtime."""


LOOK_SECONDS: Final = 1.0
"""How often a runtime that is asked something is looked at."""

STILL_SECONDS: Final = 3.0
"""Without a token, and without as little as computing, after which a runtime is asked whether it is there."""

ANSWER_SECONDS: Final = 5.0
"""What a runtime may take to say that it is there. It says so from a thread of its own, however busy it is, so that one
that does not, and computes nothing meanwhile, is gone: stopped, or stuck for good."""

LOAD_STILL_SECONDS: Final = 30.0
"""Without a sign of work while a model is loaded: a disk that has to wake up takes half as long."""

BUSY_SECONDS: Final = 900.0
"""How long a runtime may compute without anything to show for it: five hundred tokens of a prompt, which are read at a
stretch, take a minute or two of a large model on an old processor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeLimits:
    """What holds for every runtime on this machine."""

    slots: int
    context_tokens: int | None  # per slot; None: what model and memory allow
    idle_seconds: float  # unloaded when unused for so long
    silent_seconds: float  # given up when it answers, but neither writes nor computes, for so long
    load_seconds: float
    answer_seconds: float  # given up when it does not say within so long that it is there, and computes nothing
    program: tuple[str, ...]
