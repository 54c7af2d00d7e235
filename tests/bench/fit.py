"""What a model was expected to take of the memory, and what its runtime takes, loaded in two ways."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import psutil

from desktop.engine import Message, Prompt, Role
from desktop.models import LocalModels
from desktop.models.fit import Loading, footprint
from desktop.models.weights import read_weights

WAYS: Final = ((4, 8_192), (1, 2_048))
"""Slots, and tokens of context in each."""
WORDS: Final = 300
MIB: Final = 2**20


async def fit(model_path: str | None = None) -> AsyncIterator[dict[str, Any]]:
    """MiB expected and taken (PSS, or resident where there is none) by the runtime of a model, and their ratio."""
    for slots, context in WAYS:
        models = LocalModels(None, slots=slots, context_tokens=context)
        try:
            model = models.open(model_path)
            shape = read_weights(Path(model.info.path)).shape
            expected = footprint(shape, Loading(gpu_layers=0, context_tokens=context, slots=slots)).host
            loaded = await model.load()
            running = model.runtime.running
            if running is None:
                raise RuntimeError("the runtime ended before it was measured")
            before = _taken(running.process.pid)
            prompt = Prompt(messages=(Message(role=Role.USER, content="word " * WORDS),), max_tokens=16)
            await model.answer(prompt)
            taken = _taken(running.process.pid)
        finally:
            await models.close()
        yield {
            "model": loaded.name,
            "fit": loaded.fit,
            "expected_mib": round(expected / MIB),
            "loaded_mib": round(before / MIB),
            "worked_mib": round(taken / MIB),
            "ratio": round(expected / taken, 3),
        }


def _taken(pid: int) -> int:
    memory = psutil.Process(pid).memory_full_info()
    return int(getattr(memory, "pss", memory.rss))
