"""A real runtime keeps what it has read of a prompt when another one takes its slot, as far as there is memory."""

from collections.abc import AsyncIterator

import pytest

from desktop.engine import Answer, LanguageModel, Message, Prompt, Role
from desktop.models import LocalModels
from tests.fakes.fixed_hardware import GIB, FixedHardware, machine

FIRST = "The river rises in the hills and runs past nine mills to the sea. " * 15
OTHER = "The harbour office moves to the pier where the old crane stands. " * 15


@pytest.fixture(params=[12 * GIB, GIB // 8], ids=["memory to spare", "memory is short"])
async def models(request: pytest.FixtureRequest) -> AsyncIterator[LocalModels]:
    hardware = FixedHardware(machine(available=request.param))
    models = LocalModels(None, slots=1, context_tokens=1024, hardware=hardware)
    yield models
    await models.close()


async def ask(model: LanguageModel, document: str, question: str) -> Answer:
    message = Message(role=Role.USER, content=f"{document}\n\n{question}")
    return await model.answer(Prompt(messages=(message,), max_tokens=2))


async def test_a_prompt_whose_slot_was_taken_is_read_again_only_where_memory_is_short(
    models: LocalModels, request: pytest.FixtureRequest
) -> None:
    model = models.open(None)
    first = await ask(model, FIRST, "What rises?")
    other = await ask(model, OTHER, "What moves?")
    again = await ask(model, FIRST, "Where does it run?")

    assert first.prompt_tokens > 200
    assert other.cached_tokens < 40
    if "memory is short" in request.node.name:
        assert again.cached_tokens < 40
    else:
        assert again.prompt_tokens - again.cached_tokens < 20
