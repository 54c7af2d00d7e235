"""Whatever a runtime does wrong is a typed failure with a way out, and the next call has a new process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from desktop.engine import LegworkError, LoadedModel, Message, Prompt, Role, RuntimeFailed
from desktop.models import LocalModel, LocalModels
from desktop.models import watch as watch_module
from tests.fakes.odd_runtime import DEAF, FINE, PROGRAM
from tests.fakes.tiny_gguf import write_tiny_model

QUESTION = Prompt(messages=(Message(role=Role.USER, content="Hello"),), max_tokens=10)

Odd = Callable[..., LocalModel]


@pytest.fixture
async def odd(tmp_path: Path) -> AsyncIterator[Odd]:
    """A model whose runtime has these moods, one after the other."""
    opened: list[LocalModels] = []

    def make(*moods: str, silent_seconds: float = 60) -> LocalModel:
        models = LocalModels(
            None, program=(*PROGRAM, str(tmp_path), *moods), silent_seconds=silent_seconds, answer_seconds=0.5
        )
        opened.append(models)
        return models.open(str(write_tiny_model(tmp_path / "tiny.gguf")))

    yield make
    for models in opened:
        await models.close()
    assert not [child for child in psutil.Process().children() if "odd_runtime" in " ".join(child.cmdline())]


async def failure_of(model: LocalModel) -> LegworkError:
    with pytest.raises(RuntimeFailed) as caught:
        await model.answer(QUESTION)
    assert caught.value.hint
    assert "\x1b" not in caught.value.message
    assert len(caught.value.message) < 1000
    return caught.value


@pytest.mark.parametrize(
    ("mood", "said"),
    [
        ("stops before it reads", "hung: it neither computed nor answered"),
        ("stops while it writes", "hung: it neither computed nor answered"),
        ("is killed", "was ended by signal 9, as the system does where memory runs out: out of cheese"),
        ("ends", "ended with code 3: no more cheese"),
        ("cuts the stream", "does not answer any more"),
        ("says nothing", "does not answer any more"),
        ("says prose", "does not answer any more"),
        ("does not count", "does not answer any more"),
        ("writes no JSON", "nonsense"),
        ("writes no UTF-8", "nonsense"),
        ("has another shape", "nonsense"),
        ("nests without end", "nonsense"),
        ("writes without end", "nonsense: an answer without end"),
        ("never ends a line", "nonsense: an answer without end"),
        ("counts below nothing", "nonsense"),
        ("counts beyond reason", "nonsense"),
        ("counts in words", "nonsense"),
        ("fails", "nonsense"),
        ("fails politely", "gave up on a question: no cheese"),
    ],
)
async def test_a_call_that_goes_wrong_costs_one_process(odd: Odd, tmp_path: Path, mood: str, said: str) -> None:
    model = odd(mood, FINE)

    assert said in (await failure_of(model)).message
    assert (await model.answer(QUESTION)).text == "fine"
    assert (tmp_path / "starts").read_text() == "xx"


@pytest.mark.parametrize(
    ("mood", "said"),
    [
        ("dies while it loads", "was ended by signal 9, as the system does where memory runs out while it loaded tiny"),
        ("babbles", "while it loaded tiny"),
        ("says no UTF-8", "while it loaded tiny"),
        ("is somewhere else", "does not say where it listens"),
        ("has no slots", "nonsense"),
    ],
)
async def test_a_load_that_goes_wrong_costs_one_process(odd: Odd, tmp_path: Path, mood: str, said: str) -> None:
    model = odd(mood, FINE)

    assert said in (await failure_of(model)).message
    assert (await model.answer(QUESTION)).text == "fine"
    assert (tmp_path / "starts").read_text() == "xx"


@pytest.mark.expected_log("memory ran out")
async def test_a_load_that_breaks_off_for_want_of_memory_is_tried_with_less(odd: Odd, tmp_path: Path) -> None:
    loaded = await odd("aborts for want of memory", FINE).load()

    assert loaded.given_up == ("2 instead of 4 answers at the same time",)
    assert (tmp_path / "starts").read_text() == "xx"


async def test_a_process_that_stands_still_while_it_loads_is_replaced(
    odd: Odd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "LOAD_STILL_SECONDS", 2.0)
    model = odd("stops while it loads", FINE)

    assert "hung while it loaded tiny, without a sign of work for 2 seconds" in (await failure_of(model)).message
    assert (await model.answer(QUESTION)).text == "fine"


@pytest.mark.parametrize(
    "mood",
    ["counts tokens in another shape", "counts tokens in bytes that are none", "counts tokens without end"],
)
async def test_tokens_that_make_no_sense_are_a_failure(odd: Odd, mood: str) -> None:
    model = odd(mood, FINE)

    with pytest.raises(RuntimeFailed, match="nonsense"):
        await model.token_ends("one")
    assert await model.token_ends("one") == (3,)


async def test_a_stream_that_brings_nothing_is_no_sign_of_work(odd: Odd) -> None:
    model = odd("only pings", FINE, silent_seconds=3)

    assert "hung, without a sign of work for 3 seconds" in (await failure_of(model)).message
    assert (await model.answer(QUESTION)).text == "fine"


async def test_what_computes_with_nothing_to_show_for_it_is_given_up_in_the_end(
    odd: Odd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "BUSY_SECONDS", 3.0)
    model = odd("spins", FINE)

    assert "with nothing to show for it" in (await failure_of(model)).message
    assert (await model.answer(QUESTION)).text == "fine"


async def test_a_slow_runtime_that_reads_is_left_to_its_work(odd: Odd, tmp_path: Path) -> None:
    model = odd("is slow", silent_seconds=4)
    await model.load()
    before = model.pulse

    assert (await model.answer(QUESTION)).text == "fine"
    assert model.pulse > before + 3
    assert (tmp_path / "starts").read_text() == "x"


async def test_a_dropped_runtime_fails_its_calls_with_the_reason(odd: Odd) -> None:
    model = odd("only pings", FINE)
    asking = asyncio.create_task(failure_of(model))
    async with asyncio.timeout(60):
        while model.runtime._calls == 0:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)

    model.drop("gave no sign of work")

    assert "The runtime of tiny gave no sign of work" in (await asking).message
    assert (await model.answer(QUESTION)).text == "fine"


async def test_dropping_what_does_not_run_changes_nothing(odd: Odd) -> None:
    model = odd(FINE)
    model.drop("was not there")
    assert isinstance(await model.load(), LoadedModel)


async def give_up(model: LocalModel, questions: int = 1) -> None:
    """Ask, and hang up when the prompt has been read."""
    heard = asyncio.Event()
    asked = [asyncio.create_task(model.answer(QUESTION, lambda _: heard.set())) for _ in range(questions)]
    await heard.wait()
    for aio_task in asked:
        aio_task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)


async def test_a_runtime_that_goes_on_with_what_was_given_up_is_ended(odd: Odd, tmp_path: Path) -> None:
    model = odd(DEAF, FINE)
    await give_up(model, questions=2)
    await model.runtime._looks_after
    assert model.runtime.running is None
    assert (await model.answer(QUESTION)).text == "fine"
    assert (tmp_path / "starts").read_text() == "xx"


async def test_a_runtime_that_stops_when_nobody_listens_is_kept(odd: Odd, tmp_path: Path) -> None:
    model = odd("is slow")
    await give_up(model)
    await model.runtime._looks_after
    assert model.runtime.running is not None


async def test_a_runtime_that_others_ask_too_is_left_to_them(odd: Odd) -> None:
    model = odd(DEAF)
    heard = asyncio.Event()
    other = asyncio.create_task(model.answer(QUESTION, lambda _: heard.set()))
    await heard.wait()
    await give_up(model)
    await model.runtime._looks_after
    assert model.runtime.running is not None
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)
