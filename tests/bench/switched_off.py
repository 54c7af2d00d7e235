"""What batching and the reuse of prefixes bring: one piece of work with both, and with each of them switched off."""

import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final
from unittest import mock

from desktop.agents import DocumentsAgent
from desktop.engine import Input, Prompt, TaskRequest
from desktop.models import LocalModels, chat
from desktop.models.chat import request_body
from desktop.models.neutral import Neutraliser
from desktop.tools import PooledReader
from tests.bench.four_documents import document
from tests.fakes.memory_run import MemoryRun

WAYS: Final = ("as shipped", "one slot", "no reuse of prefixes")
SLOTS: Final = 4


async def switched_off(model: str | None = None, rounds: int = 3, words: int = 1_500) -> AsyncIterator[dict[str, Any]]:
    """Seconds that a document of so many words takes to be summarised; the ways take turns, each on a fresh runtime."""
    for turn in range(rounds):
        for place in range(len(WAYS)):
            way = WAYS[(turn + place) % len(WAYS)]
            yield {"way": way, "round": turn + 1, **await _summarised(model, way, words)}


async def _summarised(model: str | None, way: str, words: int) -> dict[str, Any]:
    models, reader = LocalModels(None, slots=1 if way == "one slot" else SLOTS), PooledReader()
    request = TaskRequest(
        kind=DocumentsAgent.kind,
        goal="Summarise what happened to which cargo.",
        inputs=(Input(name="log.txt", text=document(1, words)),),
        options={"mode": "summarise"},
    )
    try:
        opened = models.open(model)
        await opened.load()
        run = MemoryRun(request, opened, reader)
        began = time.monotonic()
        with _without_reuse() if way == "no reuse of prefixes" else nullcontext():
            await DocumentsAgent().carry_out(run)
        return {
            "seconds": round(time.monotonic() - began, 1),
            "questions": len(run.answers),
            "read": sum(answer.prompt_tokens - answer.cached_tokens for answer in run.answers),
            "found_in_cache": sum(answer.cached_tokens for answer in run.answers),
            "written": sum(answer.output_tokens for answer in run.answers),
        }
    finally:
        await models.close()
        await reader.close()


def _without_reuse() -> AbstractContextManager[Any]:
    """While it holds, the runtime is told to read every prompt from its first token on."""

    def body(prompt: Prompt, neutraliser: Neutraliser) -> dict[str, Any]:
        return request_body(prompt, neutraliser) | {"cache_prompt": False}

    return mock.patch.object(chat, "request_body", body)
