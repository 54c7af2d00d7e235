"""What a runtime gives by itself, and what is left of it through `LanguageModel.answer`: same process, same prompts."""

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from desktop.engine import LoadedModel, Prompt
from desktop.models import LocalModel, LocalModels
from desktop.models.chat import request_body
from desktop.models.neutral import Neutraliser
from desktop.models.runtime import RunningRuntime

WHOLE = Neutraliser(())


@asynccontextmanager
async def loaded(model_path: str | None, *, slots: int = 4) -> AsyncIterator[LocalModel]:
    """A model (None: the default one) with its runtime up."""
    models = LocalModels(None, slots=slots)
    try:
        model = models.open(model_path)
        await model.load()
        yield model
    finally:
        await models.close()


async def bare(model_path: str | None, prompts: Sequence[Prompt], parallel: int) -> dict[str, Any]:
    """Tokens per second of the bare runtime, with the prompts worked off `parallel` at a time."""
    async with loaded(model_path, slots=max(parallel, 1)) as model:
        running = _running(model)
        await _work_off(prompts, parallel, lambda prompt: ask_bare(running, prompt))  # warms the caches of the prompts
        return await _work_off(prompts, parallel, lambda prompt: ask_bare(running, prompt))


async def paired(model_path: str | None, prompts: Sequence[Prompt], parallel: int, rounds: int = 5) -> dict[str, Any]:
    """The same prompts by turns: bare, and through `answer`, with tokens per second of each and the ratio of each pair.

    Who goes first changes from pair to pair. The prompts are in the cache from a round before the first.
    """
    async with loaded(model_path, slots=max(parallel, 1)) as model:
        running = _running(model)

        async def through(prompt: Prompt) -> int:
            return (await model.answer(prompt, lambda _: None)).output_tokens

        async def directly(prompt: Prompt) -> int:
            return await ask_bare(running, prompt)

        await _work_off(prompts, parallel, directly)
        pairs: list[dict[str, Any]] = []
        for number in range(rounds):
            ways = {"bare": directly, "answer": through}
            order = list(ways) if number % 2 == 0 else list(reversed(ways))
            pairs.append({name: await _work_off(prompts, parallel, ways[name]) for name in order})
        return _summary(pairs, await model.load(), parallel)


async def reread(model_path: str | None, prefix: Prompt, following: Prompt) -> dict[str, int]:
    """How many tokens of `following` are read although `prefix`, which begins alike, was just asked."""
    async with loaded(model_path) as model:
        await model.answer(prefix)
        answer = await model.answer(following)
        return {"prompt_tokens": answer.prompt_tokens, "reread_tokens": answer.prompt_tokens - answer.cached_tokens}


async def ask_bare_in_turn(model: LocalModel, prompts: Sequence[Prompt], parallel: int) -> int:
    """Ask a loaded model's bare runtime all prompts, `parallel` at a time; the number of tokens written."""
    running = _running(model)
    worked_off = await _work_off(prompts, parallel, lambda prompt: ask_bare(running, prompt))
    return int(worked_off["tokens"])


async def ask_bare(running: RunningRuntime, prompt: Prompt) -> int:
    """Ask over a plain socket, unstreamed, with the least work that a client can do; the number of tokens written."""
    body = json.dumps(request_body(prompt, WHOLE) | {"stream": False, "return_progress": False}).encode()
    address = urlsplit(running.process.report.address)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\n"
        + f"Authorization: Bearer {running.process.api_key}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    received = await reader.read(-1)
    writer.close()
    await writer.wait_closed()
    return int(json.loads(received.partition(b"\r\n\r\n")[2])["timings"]["predicted_n"])


async def _work_off(
    prompts: Sequence[Prompt], parallel: int, ask: Callable[[Prompt], Awaitable[int]]
) -> dict[str, Any]:
    todo = iter(prompts)
    tokens = 0

    async def worker() -> None:
        nonlocal tokens
        for prompt in todo:
            written = await ask(prompt)
            tokens += written

    own, began = _own_seconds(), time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(parallel)))
    seconds = time.perf_counter() - began
    return {
        "tokens": tokens,
        "seconds": round(seconds, 3),
        "tokens_per_second": round(tokens / seconds, 2),
        "own_cpu_seconds": round(_own_seconds() - own, 3),
    }


def _summary(pairs: list[dict[str, Any]], model: LoadedModel, parallel: int) -> dict[str, Any]:
    ratios = [pair["answer"]["tokens_per_second"] / pair["bare"]["tokens_per_second"] for pair in pairs]
    return {
        "model": model.name,
        "parallel": parallel,
        "rounds": len(pairs),
        "bare_tokens_per_second": statistics.median(pair["bare"]["tokens_per_second"] for pair in pairs),
        "answer_tokens_per_second": statistics.median(pair["answer"]["tokens_per_second"] for pair in pairs),
        "ratio": round(statistics.median(ratios), 4),
        "ratios": [round(ratio, 4) for ratio in ratios],
        "own_cpu_share": round(
            statistics.median(pair["answer"]["own_cpu_seconds"] / pair["answer"]["seconds"] for pair in pairs), 4
        ),
        "pairs": pairs,
    }


def _running(model: LocalModel) -> RunningRuntime:
    running = model.runtime.running
    if running is None:
        raise RuntimeError("the runtime ended between two measurements")
    return running


def _own_seconds() -> float:
    return time.process_time()
