"""What is read again when more tasks than slots take turns: the runtime finds the slot itself, or is told which one."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec

from desktop.engine import Message, Prompt, Role
from desktop.models.chat import request_body
from desktop.models.runtime import RunningRuntime
from tests.bench.four_documents import document
from tests.bench.runtime import WHOLE, loaded

SLOTS: Final = 4
ANSWER_TOKENS: Final = 8
WAYS: Final = ("prefix", "pinned")
QUESTIONS: Final = ("Which ship is named first?", "What was sold?", "Which places are named?", "How many tons?")


async def interleaved(
    model_path: str | None = None, tasks: int = 6, turns: int = 4, words: int = 600
) -> AsyncIterator[dict[str, Any]]:
    """Tokens read for tasks with a document each that ask one question after the other, four of them at a time.

    `prefix`: the runtime chooses the slot whose prompt begins most alike. `pinned`: each task has a slot of its own
    choice, which it shares where there are more tasks than slots. Each way begins with a runtime just loaded.
    """
    for way in WAYS:
        async with loaded(model_path, slots=SLOTS) as model:
            running = model.runtime.running
            if running is None:
                raise RuntimeError("the runtime ended before it was asked")
            free = asyncio.Semaphore(SLOTS)
            read = [[0, 0] for _ in range(turns)]

            async def work(task: int) -> None:
                for turn in range(turns):
                    slot = task % SLOTS if way == "pinned" else -1  # noqa: B023 - awaited in the same round
                    async with free:  # noqa: B023
                        fresh, total = await _ask(running, _prompt(task, turn, words), slot)  # noqa: B023
                    read[turn][0] += fresh  # noqa: B023
                    read[turn][1] += total  # noqa: B023

            await asyncio.gather(*(work(task) for task in range(tasks)))
            name = (await model.load()).name
        later = [sum(row[column] for row in read[1:]) for column in (0, 1)]
        yield {"model": name, "way": way, "tasks": tasks, "read_again": later[0], "of": later[1], "by_turn": read}


def _prompt(task: int, turn: int, words: int) -> Prompt:
    system = Message(role=Role.SYSTEM, content="You read documents carefully and report only what they say.")
    question = QUESTIONS[turn % len(QUESTIONS)]
    asked = Message(role=Role.USER, content=f"{document(task, words)}\n\n{question}")
    return Prompt(messages=(system, asked), max_tokens=ANSWER_TOKENS)


async def _ask(running: RunningRuntime, prompt: Prompt, slot: int) -> tuple[int, int]:
    """Tokens of the prompt that were read, and all that it has."""
    body = request_body(prompt, WHOLE) | {"stream": False, "return_progress": False, "id_slot": slot}
    async with running.session.post("/v1/chat/completions", data=msgspec.json.encode(body)) as response:
        timings = (await response.json())["timings"]
    return timings["prompt_n"], timings["prompt_n"] + timings["cache_n"]
