"""Editors list the models and ask them."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from desktop.engine import Message, PromptTooLong, Role, RuntimeFailed
from tests.fakes.scripted_model import ScriptedModel
from tests.unit.api.conftest import Served

ASK = {"model": "SmolLM2-135M", "messages": [{"role": "user", "content": "How wide is the sea?"}]}


@pytest.fixture(autouse=True)
def model(served: Served) -> ScriptedModel:
    served.engine.model = ScriptedModel(lambda _: "Very wide indeed.")
    return served.engine.model


async def asked(client: aiohttp.ClientSession, **change: Any) -> dict[str, Any]:
    async with client.post("/v1/chat/completions", json=ASK | change) as answer:
        content: dict[str, Any] = await answer.json()
        assert answer.status == 200, content
        return content


async def streamed(client: aiohttp.ClientSession, **change: Any) -> list[dict[str, Any]]:
    async with client.post("/v1/chat/completions", json=ASK | {"stream": True} | change) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        lines = [line[len("data: ") :] for line in (await answer.text()).splitlines() if line]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


async def test_the_kinds_and_the_models_are_listed(client: aiohttp.ClientSession) -> None:
    async with client.get("/v1/models") as answer:
        models = await answer.json()
    names = ["documents", "research", "SmolLM2-135M", "Qwen3-4B Q4_K_M"]
    assert [model["id"] for model in models["data"]] == names
    for model in models["data"]:
        async with client.get(f"/v1/models/{model['id']}") as answer:
            assert await answer.json() == model
    async with client.get("/v1/models/gpt-9") as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (404, "model_not_found")


async def test_a_question_is_answered_in_one(
    client: aiohttp.ClientSession, served: Served, model: ScriptedModel
) -> None:
    completion = await asked(
        client,
        messages=[
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "How wide"}, {"type": "text", "text": " is it?"}]},
            {"role": "assistant", "content": "What?"},
            *ASK["messages"],
        ],
        max_completion_tokens=50,
        temperature=0.5,
        top_p=0.25,
        seed=7,
        stop="END",
    )
    assert completion["choices"][0]["message"]["content"] == "Very wide indeed."
    assert (completion["object"], completion["choices"][0]["finish_reason"]) == ("chat.completion", "stop")
    assert completion["usage"]["total_tokens"] == sum(
        completion["usage"][name] for name in ("prompt_tokens", "completion_tokens")
    )
    (prompt,) = model.prompts
    assert prompt.messages == (
        Message(role=Role.SYSTEM, content="Be brief."),
        Message(role=Role.USER, content="How wide is it?"),
        Message(role=Role.ASSISTANT, content="What?"),
        Message(role=Role.USER, content="How wide is the sea?"),
    )
    assert (prompt.max_tokens, prompt.temperature, prompt.top_p, prompt.seed) == (50, 0.5, 0.25, 7)
    assert prompt.stop == ("END",)
    assert served.engine.asked == ["SmolLM2-135M"]
    assert served.engine.tasks == {}


async def test_a_question_is_answered_piece_by_piece(client: aiohttp.ClientSession) -> None:
    chunks = await streamed(client, stream_options={"include_usage": True})
    choices = [chunk["choices"][0] for chunk in chunks[:-1]]
    assert choices[0]["delta"] == {"role": "assistant", "content": ""}
    assert "".join(choice["delta"].get("content", "") for choice in choices) == "Very wide indeed."
    assert [choice["finish_reason"] for choice in choices][-2:] == [None, "stop"]
    assert (chunks[-1]["choices"], chunks[-1]["usage"]["completion_tokens"]) == ([], 4)
    assert len({chunk["id"] for chunk in chunks}) == 1


async def test_what_it_cost_is_told_only_to_those_who_ask(client: aiohttp.ClientSession) -> None:
    assert all(chunk["choices"] for chunk in await streamed(client))


async def test_an_answer_that_is_cut_off_says_so(client: aiohttp.ClientSession) -> None:
    assert (await asked(client, max_tokens=2))["choices"][0]["finish_reason"] == "length"


async def test_an_answer_without_words_is_a_stream_too(client: aiohttp.ClientSession, model: ScriptedModel) -> None:
    model.script = lambda _: ""
    assert [chunk["choices"][0]["finish_reason"] for chunk in await streamed(client)] == [None, "stop"]


async def test_the_answer_can_be_json(client: aiohttp.ClientSession, model: ScriptedModel) -> None:
    schema = {"type": "object", "properties": {"width": {"const": "wide"}}}
    model.script = lambda prompt: {"width": "wide"}
    for wanted, used in [
        ({"type": "json_schema", "json_schema": {"name": "sea", "schema": schema, "strict": True}}, schema),
        ({"type": "json_object"}, {"type": "object"}),
    ]:
        completion = await asked(client, response_format=wanted)
        assert json.loads(completion["choices"][0]["message"]["content"]) == {"width": "wide"}
        assert model.prompts[-1].schema == used
    await asked(client, response_format={"type": "text"})
    assert model.prompts[-1].schema is None


async def test_without_a_seed_two_answers_may_differ(client: aiohttp.ClientSession, model: ScriptedModel) -> None:
    for _ in range(3):
        await asked(client, temperature=1.0)
    assert len({prompt.seed for prompt in model.prompts}) > 1


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"model": "gpt-9"}, 404, "SmolLM2-135M"),
        ({"model": "documents"}, 400, "/v1/responses"),
        ({"tools": [{"type": "function"}]}, 400, "Tools"),
        ({"n": 2}, 400, "one answer"),
        ({"frequency_penalty": 0.5}, 400, "penalty"),
        ({"messages": []}, 400, "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, 400, "role"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 400, "content"),
        ({"max_tokens": 0}, 400, "max_tokens"),
        ({"logprobs": True}, 400, "logprobs"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_what_cant_be_done_is_refused(
    client: aiohttp.ClientSession, model: ScriptedModel, change: dict[str, Any], status: int, words: str, stream: bool
) -> None:
    async with client.post("/v1/chat/completions", json=ASK | {"stream": stream} | change) as answer:
        assert answer.status == status
        assert words in (await answer.json())["error"]["message"]
    assert not model.prompts


@pytest.mark.parametrize("stream", [False, True])
async def test_what_goes_wrong_before_the_first_word_is_an_error(
    client: aiohttp.ClientSession, model: ScriptedModel, stream: bool
) -> None:
    def fail(_: object) -> str:
        raise PromptTooLong("The prompt is too long.", hint="Ask for less.")

    model.script = fail
    async with client.post("/v1/chat/completions", json=ASK | {"stream": stream}) as answer:
        error = (await answer.json())["error"]
    assert (answer.status, error["code"]) == (400, "prompt_too_long")
    assert "Ask for less." in error["message"]


async def test_what_goes_wrong_after_the_first_word_ends_the_stream(
    client: aiohttp.ClientSession, model: ScriptedModel
) -> None:
    words = 0

    async def break_down() -> None:
        nonlocal words
        words += 1
        if words > 2:
            raise RuntimeFailed("The runtime crashed.", hint="Try again.")

    model.pace = break_down
    *_, last = await streamed(client)
    assert last["error"]["message"] == "The runtime crashed. Try again."


@pytest.mark.expected_log("Exception in ASGI application")
@pytest.mark.parametrize("stream", [False, True])
async def test_a_defect_is_answered_and_does_not_end_the_server(
    client: aiohttp.ClientSession, model: ScriptedModel, stream: bool
) -> None:
    def fail(_: object) -> str:
        raise ZeroDivisionError

    model.script = fail
    async with client.post("/v1/chat/completions", json=ASK | {"stream": stream}) as answer:
        assert (answer.status, (await answer.json())["error"]["type"]) == (500, "server_error")


@pytest.mark.parametrize("stream", [False, True])
async def test_who_hangs_up_frees_the_model(client: aiohttp.ClientSession, model: ScriptedModel, stream: bool) -> None:
    writing, freed = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        writing.set()
        try:
            await asyncio.Event().wait()
        finally:
            freed.set()

    model.pace = hang
    asking = asyncio.create_task(client.post("/v1/chat/completions", json=ASK | {"stream": stream}).__aenter__())
    await writing.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await asyncio.wait_for(freed.wait(), 30)
    assert model.running == 0
