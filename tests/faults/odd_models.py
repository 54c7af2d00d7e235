"""One model whose runtime misbehaves: a real child process that speaks the runtime's protocol (see `odd_runtime`)."""

import os
from pathlib import Path

from desktop.models import LocalModels
from tests.fakes.odd_runtime import PROGRAM
from tests.fakes.tiny_gguf import write_tiny_model
from tests.faults.launch import Launch
from tests.faults.moved_clock import MovedClock

FOLDER = "LEGWORK_TEST_RUNTIME"
"""The variable with the folder in which the runtime counts its starts."""
MOODS = "LEGWORK_TEST_MOODS"
"""The variable with the moods of one start after the other, with commas between."""


def models(launch: Launch) -> LocalModels:
    """Hangs are noticed as quickly as in earnest; silence is given up sooner."""
    folder = Path(os.environ[FOLDER])
    model = str(write_tiny_model(folder / "odd.gguf"))
    return LocalModels(
        None,
        default=lambda: model,
        program=(*PROGRAM, str(folder), *os.environ[MOODS].split(",")),
        silent_seconds=16,
        clock=MovedClock(Path(launch.clock)) if launch.clock else None,
    )
