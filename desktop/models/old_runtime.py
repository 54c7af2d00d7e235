"""When the runtime for old models runs a model, and what may be asked of it."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from desktop.models.fit import ModelShape, Wishes

OLD_PROGRAM: Final = (sys.executable, "-P", str(Path(__file__).with_name("ctransformers_server.py")))
"""What starts it."""
GPU_FAMILIES: Final = frozenset({"llama", "falcon", "mpt", "starcoder"})
"""The families of which it gives layers to a graphics card."""
FIXED_CONTEXT: Final = frozenset({"gpt2", "gptj", "gptneox", "dollyv2", "starcoder"})
"""The families whose context is as long as their file says, whatever is asked for."""


def old_wishes(shape: ModelShape, wishes: Wishes) -> Wishes:
    """What can be had of what is asked for: one slot, and neither other context nor a graphics card for some."""
    return replace(
        wishes,
        slots=1,
        context_tokens=shape.trained_context if shape.architecture in FIXED_CONTEXT else wishes.context_tokens,
        uses_gpu=wishes.uses_gpu and shape.architecture in GPU_FAMILIES,
    )
