"""A real llama.cpp server in a process of its own, which stands for one on another machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from desktop.models import EndpointChoice
from desktop.models.fit import Loading
from desktop.models.hardware import usable_cores
from desktop.models.runtime_process import Order, RuntimeProcess
from desktop.models.shelf import starter_model

MODEL = "m"
"""What the server calls the starter model."""


@asynccontextmanager
async def remote_server(context_tokens: int = 2048) -> AsyncIterator[tuple[EndpointChoice, str]]:
    """How to list the server, and its key."""
    starter = starter_model()
    assert starter is not None
    loading = Loading(gpu_layers=0, context_tokens=context_tokens, slots=4)
    order = Order(model=Path(starter.path), loading=loading, kept_prompts=0, threads=usable_cores())
    process = await RuntimeProcess.launch(order, 120.0, lambda: None)
    try:
        choice = EndpointChoice(name="gpu-box", url=f"{process.report.address}/v1", models=(MODEL,))
        yield choice, process.api_key
    finally:
        await process.end()
