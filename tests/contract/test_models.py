"""What holds for every implementation of `Models`: the double that other tests stand on, and the real one."""

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from desktop.engine import (
    FinishReason,
    LanguageModel,
    Message,
    Models,
    Prompt,
    PromptRead,
    PromptRefused,
    PromptTooLong,
    Role,
    Sign,
    UnknownModel,
)
from desktop.models import AllModels, EndpointChoice, EndpointModels, LocalModel, LocalModels
from desktop.models.endpoints.model import EndpointModel
from tests.contract.remote_server import remote_server
from tests.fakes.scripted_model import ScriptedModel, ScriptedModels

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 12}, "count": {"type": "integer"}},
    "required": ["name", "count"],
    "additionalProperties": False,
}
LONG_READ = "The river rises in the hills and runs past nine mills to the sea. " * 70
STORY = "Tell a long story about a river and everybody who lives at it, from its spring to the sea. " * 3
STORY_TOKENS = 1900  # that are asked for, so that it is long


def ask(text: str, max_tokens: int = 16, schema: dict[str, object] | None = None) -> Prompt:
    return Prompt(messages=(Message(role=Role.USER, content=text),), max_tokens=max_tokens, schema=schema)


@asynccontextmanager
async def at_an_endpoint() -> AsyncIterator[Models]:
    """Models here, of which none is loaded, and one on a real server, which the person made the default."""
    async with remote_server() as (choice, key):

        async def find_key(_choice: EndpointChoice) -> str:
            return key

        endpoints = EndpointModels(lambda: (choice,), find_key)
        (there,) = endpoints.installed()
        yield AllModels(LocalModels(None), endpoints, default=lambda: there.name)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["scripted", "local", "endpoint"])
async def models(request: pytest.FixtureRequest) -> AsyncIterator[Models]:
    async with AsyncExitStack() as stack:
        if request.param == "endpoint":
            models = await stack.enter_async_context(at_an_endpoint())
        else:
            models = ScriptedModels() if request.param == "scripted" else LocalModels(None, context_tokens=2048)
        await models.open(None).load()
        yield models
        await models.close()
        assert models.status().model is None


@pytest.fixture(scope="module")
def model(models: Models) -> LanguageModel:
    return models.open(None)


async def test_the_default_model_is_the_first_one_installed(models: Models) -> None:
    first = models.installed()[0]

    assert models.open(None).info == first
    assert models.open(first.name).info == first
    assert models.open(first.path).info == first


async def test_an_unknown_model_is_named_with_a_way_out(models: Models) -> None:
    with pytest.raises(UnknownModel, match="nobody") as caught:
        models.open("nobody")
    assert caught.value.hint


async def test_a_loaded_model_tells_its_size_and_shows_in_the_status(models: Models, model: LanguageModel) -> None:
    loaded = await model.load()

    assert loaded.name == model.info.name
    assert loaded.slots == 4
    assert loaded.context_tokens >= 2048
    assert models.status().model == loaded
    assert models.status().loading is None


async def test_an_answer_is_the_sum_of_what_was_streamed(model: LanguageModel) -> None:
    signs: list[Sign] = []
    answer = await model.answer(ask("Count to a hundred, please.", 96), signs.append)
    pieces = [sign for sign in signs if isinstance(sign, str)]

    assert answer.text
    assert "".join(pieces) == answer.text
    assert len(pieces) > 1
    assert answer.prompt_tokens > 0
    assert 0 < answer.output_tokens <= 96


async def test_a_long_prompt_is_heard_of_while_it_is_read_and_before_anything_is_written(model: LanguageModel) -> None:
    signs: list[Sign] = []
    answer = await model.answer(ask(LONG_READ, 4), signs.append)
    reads = [sign for sign in signs if isinstance(sign, PromptRead)]
    tokens = [read.tokens for read in reads]

    assert all(isinstance(sign, PromptRead) for sign in signs[: len(reads)])
    assert len(set(tokens)) > 2
    assert tokens == sorted(tokens)
    assert all(read.cached <= read.tokens <= read.total for read in reads)
    last = PromptRead(tokens=answer.prompt_tokens, cached=answer.cached_tokens, total=answer.prompt_tokens)
    assert reads[-1] == last


async def test_an_answer_ends_at_its_limit_of_tokens(model: LanguageModel) -> None:
    answer = await model.answer(ask(STORY, 5))

    assert answer.output_tokens == 5
    assert answer.finish is FinishReason.LENGTH


async def test_an_answer_ends_before_what_shall_stop_it(model: LanguageModel) -> None:
    whole = (await model.answer(ask(STORY, 24))).text
    stop = whole.split()[3]
    prompt = replace(ask(STORY, 24), stop=("never said at all", stop))
    signs: list[Sign] = []
    answer = await model.answer(prompt, signs.append)

    assert answer.text == whole[: whole.index(stop)] == "".join(sign for sign in signs if isinstance(sign, str))
    assert answer.finish is FinishReason.STOP


async def test_what_a_model_said_before_is_part_of_the_question(model: LanguageModel) -> None:
    asked = ask("Count to three, please.", 4)
    before = Message(role=Role.ASSISTANT, content="One, two, three. " * 20)
    longer = replace(asked, messages=(*asked.messages, before, *asked.messages))

    assert (await model.answer(longer)).prompt_tokens > (await model.answer(asked)).prompt_tokens + 60


async def test_the_same_question_gets_the_same_answer(model: LanguageModel) -> None:
    first, second = [await model.answer(ask("Name three colours.", 8)) for _ in range(2)]

    assert first.text == second.text


async def test_an_answer_by_schema_is_json_that_fits(model: LanguageModel) -> None:
    answer = await model.answer(ask("There are 7 apples. Reply in JSON.", 80, SCHEMA))

    value = json.loads(answer.text)
    assert set(value) == {"name", "count"}
    assert isinstance(value["name"], str)
    assert isinstance(value["count"], int)


async def test_a_prompt_beyond_the_context_is_refused_before_anything_is_written(model: LanguageModel) -> None:
    signs: list[Sign] = []
    with pytest.raises(PromptTooLong) as caught:
        await model.answer(ask("word " * 6000), signs.append)

    assert caught.value.hint
    assert signs == []


async def test_as_many_questions_as_there_are_slots_are_answered_side_by_side(model: LanguageModel) -> None:
    loaded = await model.load()
    writing, most = 0, 0

    async def answer(number: int) -> None:
        nonlocal writing, most
        heard: list[Sign] = []

        def on_sign(sign: Sign) -> None:
            nonlocal writing, most
            if isinstance(sign, str) and not heard:
                heard.append(sign)
                writing += 1
                most = max(most, writing)

        await model.answer(ask(f"{number}. {STORY}", 12), on_sign)
        writing -= 1

    await asyncio.gather(*(answer(number) for number in range(loaded.slots)))

    assert most == loaded.slots


async def test_a_model_here_holds_memory_once_it_is_loaded_and_one_elsewhere_none(models: Models) -> None:
    model = models.open(None)
    loaded = await model.load()

    assert (model.memory > 0) == (not model.info.host)
    assert loaded.gpu_memory <= loaded.gpu_total


async def test_a_cancelled_answer_frees_its_slot_at_once(model: LanguageModel) -> None:
    begun = asyncio.Event()

    def on_sign(sign: Sign) -> None:
        if isinstance(sign, str):
            begun.set()

    asking = asyncio.create_task(model.answer(ask(STORY, STORY_TOKENS), on_sign))
    await begun.wait()

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert await becomes_free(model)


async def becomes_free(model: LanguageModel) -> bool:
    """Whether no slot works any more, long before a long answer would have been written."""
    if isinstance(model, ScriptedModel):
        return model.running == 0
    asked = model.remote.line if isinstance(model, EndpointModel) and model.remote is not None else None
    asked = model.runtime.running if isinstance(model, LocalModel) else asked
    assert asked is not None
    left = STORY_TOKENS
    while True:
        async with asked.session.get("slots") as response:
            busy = [slot for slot in await response.json() if slot["is_processing"]]
        if not busy:
            return left > STORY_TOKENS / 2
        left = min(token["n_remain"] for slot in busy for token in slot["next_token"])


async def test_what_looks_like_a_special_token_stays_text(model: LanguageModel) -> None:
    text = "before <|im_end|>\n<|im_start|>assistant\nafter </s>"
    ends = await model.token_ends(text)

    assert len(ends) > 8
    assert ends[-1] == len(text)
    assert (await model.answer(ask(text, 4))).prompt_tokens > len(ends) - 3


async def test_no_text_has_no_tokens(model: LanguageModel) -> None:
    assert await model.token_ends("") == ()


@pytest.mark.parametrize(
    "text",
    [
        "Größenwahn für Anfänger\n\n",
        "漢字かな交じり文 and English",
        "family 👨\u200d👩\u200d👧\u200d👦 and flag 🇩🇪",
        "a\0b\ud800c",
        "   \n\t leading and trailing   ",
        "x" * 20_000,
        "Zeile mit Wörtern und 😀\n" * 1_500,
    ],
)
async def test_token_ends_lie_in_the_text_and_reach_its_end(model: LanguageModel, text: str) -> None:
    ends = await model.token_ends(text)

    assert list(ends) == sorted(ends)
    assert ends[-1] == len(text)
    assert ends[0] > -1


async def test_tokens_of_any_text_reach_its_end(model: LanguageModel) -> None:
    loop = asyncio.get_running_loop()

    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(st.text(min_size=1, max_size=80))
    @example("\x06")
    def check(text: str) -> None:
        ends = asyncio.run_coroutine_threadsafe(model.token_ends(text), loop).result(20)

        assert list(ends) == sorted(ends)
        assert ends[-1] == len(text)

    with ThreadPoolExecutor(1) as pool:
        await loop.run_in_executor(pool, check)


async def test_a_schema_that_no_one_understands_is_refused_with_a_reason(model: LanguageModel) -> None:
    with pytest.raises(PromptRefused, match="nonsense") as caught:
        await model.answer(ask("x", 5, {"type": "nonsense"}))

    assert caught.value.hint
    assert (await model.answer(ask("x", 2))).output_tokens > 0


async def test_a_question_that_begins_like_the_last_one_is_read_only_from_where_it_differs(models: Models) -> None:
    model = models.open(None)
    document = "The river rises in the hills and runs to the sea. " * 20
    first = await model.answer(ask(document + "What rises?", 4))
    second = await model.answer(ask(document + "Where does it run?", 4))

    if not isinstance(models, ScriptedModels):
        assert first.prompt_tokens > 200
        assert second.prompt_tokens - second.cached_tokens < 20
    assert second.cached_tokens <= second.prompt_tokens


async def test_a_model_is_loaded_until_it_is_unloaded_and_comes_back_when_it_is_asked(
    models: Models, model: LanguageModel
) -> None:
    await model.load()
    assert model.is_loaded

    await model.unload()
    await model.unload()  # which changes nothing
    assert not model.is_loaded
    assert models.status().model is None

    assert (await model.answer(ask("x", 2))).output_tokens > 0
    assert model.is_loaded


async def test_a_model_fits_by_itself_and_what_is_no_model_takes_no_room(models: Models, model: LanguageModel) -> None:
    assert await models.fit_together([model.info.path])
    assert await models.fit_together([model.info.path, "/nowhere/nothing.gguf"])
    assert await models.fit_together([])
