"""What holds for every runtime, whatever program it is: it starts, streams, stops, breaks and ends like any other."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from desktop.engine import (
    FinishReason,
    Message,
    ModelUnavailable,
    Prompt,
    PromptRead,
    PromptRefused,
    Role,
    RuntimeFailed,
    Sign,
)
from desktop.models import LocalModel, LocalModels
from tests.e2e.conftest import lives, until_gone
from tests.fakes.runtime_cases import CASES, RuntimeCase

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORM = "answers in a given form"
SCHEMA = {"enum": ["yes", "no"]}
STORY_TOKENS = 1500
"""As many as are not written before somebody who hangs up is noticed."""


def ask(max_tokens: int = 8, schema: dict[str, object] | None = None) -> Prompt:
    said = Message(role=Role.USER, content="The river runs to the sea.")
    return Prompt(messages=(said,), max_tokens=max_tokens, schema=schema)


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Iterator[RuntimeCase]:
    """A graphics card is there for the runtimes that want one: Mesa's, which computes on the processor."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GGML_VK_VISIBLE_DEVICES", "0")
        yield CASES[request.param]


@pytest.fixture(scope="module")
def path(case: RuntimeCase, tmp_path_factory: pytest.TempPathFactory) -> str:
    return case.model(tmp_path_factory.mktemp("model"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def models(case: RuntimeCase) -> AsyncIterator[LocalModels]:
    models = case.models(context_tokens=2048, answer_seconds=0.5)
    yield models
    await models.close()


@pytest.fixture
def model(models: LocalModels, path: str) -> LocalModel:
    return models.open(path)


def worker(model: LocalModel) -> psutil.Process:
    """The process that computes: the runtime's own, or the one that it started."""
    running = model.runtime.running
    assert running is not None
    own = psutil.Process(running.process.pid)
    return (own.children() or [own])[0]


async def begun(model: LocalModel) -> "asyncio.Task[object]":
    """A long answer of which something has been written."""
    wrote = asyncio.Event()
    prompt = ask(STORY_TOKENS)
    asking: asyncio.Task[object] = asyncio.create_task(
        model.answer(prompt, lambda sign: wrote.set() if isinstance(sign, str) else None)
    )
    waiting = asyncio.create_task(wrote.wait())
    await asyncio.wait([asking, waiting], return_when=asyncio.FIRST_COMPLETED)
    assert wrote.is_set()
    return asking


async def test_it_starts_and_says_what_it_is_and_where(case: RuntimeCase, model: LocalModel) -> None:
    loaded = await model.load()

    assert CASES[loaded.runtime] is case
    assert loaded.slots >= 1
    assert loaded.context_tokens == 2048
    assert loaded.lacks == case.lacks
    assert 0 <= loaded.gpu_layers <= loaded.layers
    assert (loaded.gpu_layers == loaded.layers == 3) is (case.server is not None)
    assert loaded.device.startswith("CPU") is (case.server is None)


async def test_its_memory_is_that_of_what_computes(models: LocalModels, model: LocalModel) -> None:
    await model.load()

    assert models.status().memory >= worker(model).memory_info().rss * 0.9 > 10 * 2**20


async def test_it_streams_and_counts(model: LocalModel) -> None:
    signs: list[Sign] = []
    answer = await model.answer(ask(300), signs.append)
    pieces = [sign for sign in signs if isinstance(sign, str)]

    assert isinstance(signs[0], PromptRead)
    assert "".join(pieces) == answer.text
    assert len(pieces) > 1
    assert (answer.output_tokens, answer.finish) == (300, FinishReason.LENGTH)
    assert answer.prompt_tokens > 20
    assert answer.text.startswith((await model.answer(ask(24))).text)


async def test_it_counts_tokens(model: LocalModel) -> None:
    ends = await model.token_ends("Größe 😀")

    assert list(ends) == sorted(ends)
    assert ends[-1] == 7


async def test_it_answers_in_a_given_form_or_refuses_to(case: RuntimeCase, model: LocalModel) -> None:
    if FORM in case.lacks:
        with pytest.raises(PromptRefused):
            await model.answer(ask(schema=SCHEMA))
        return
    assert json.loads((await model.answer(ask(schema=SCHEMA))).text) in SCHEMA["enum"]


async def test_a_cancelled_answer_is_not_gone_on_with(model: LocalModel) -> None:
    asking = await begun(model)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    running = model.runtime.running
    left = STORY_TOKENS
    while running is not None and await running.is_busy():  # ends also when the runtime is ended for it
        async with running.session.get("/slots") as response:
            counted = [token["n_remain"] for slot in await response.json() for token in slot.get("next_token", [])]
        left = min([number for number in counted if number > 0] or [left])
        running = model.runtime.running
    assert left > STORY_TOKENS / 2
    assert (await model.answer(ask())).output_tokens == 8


async def test_where_it_is_killed_the_answer_fails_and_the_next_one_is_given(model: LocalModel) -> None:
    asking = await begun(model)
    worker(model).kill()
    with pytest.raises(RuntimeFailed, match="was ended by signal 9") as caught:
        await asking

    assert caught.value.hint
    assert (await model.answer(ask())).output_tokens == 8


async def test_where_it_hangs_it_is_replaced(model: LocalModel) -> None:
    asking = await begun(model)
    stopped = worker(model)
    stopped.suspend()
    with pytest.raises(RuntimeFailed, match="hung: it neither computed nor answered"):
        await asking

    assert (await model.answer(ask())).output_tokens == 8
    assert not lives(stopped)


async def test_unloaded_it_is_gone_with_all_that_it_started(models: LocalModels, model: LocalModel) -> None:
    await model.load()
    process = worker(model)
    model.drop("is not needed")
    await model.runtime.end()

    assert not lives(process)
    assert models.status().model is None
    assert models.status().memory == 0


async def test_a_file_that_is_no_model_is_refused(case: RuntimeCase, models: LocalModels, tmp_path: Path) -> None:
    cut = Path(case.model(tmp_path))
    os.truncate(cut, 200_000)

    with pytest.raises(ModelUnavailable) as caught:
        await models.open(str(cut)).load()
    assert caught.value.hint


PARENT = """
import asyncio, sys
from tests.contract.test_runtimes import CASES, ask, worker

async def main(case, path):
    model = CASES[case].models(context_tokens=2048).open(path)
    await model.load()
    while True:
        await model.answer(ask(1500), lambda _: print(model.runtime.running.process.pid, worker(model).pid, flush=True))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("victim", ["Legwork", "the runtime"])
async def test_it_dies_with_its_parent_and_leaves_nobody_behind(case: RuntimeCase, path: str, victim: str) -> None:
    name = next(name for name, each in CASES.items() if each is case)
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT, name, path),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"GGML_VK_VISIBLE_DEVICES": "0"},
    )
    assert parent.stdout is not None
    processes = [psutil.Process(int(number)) for number in (await parent.stdout.readline()).split()]
    if victim == "Legwork":
        parent.kill()
    else:
        processes[0].kill()
    await asyncio.to_thread(until_gone, processes)
    with suppress(ProcessLookupError):
        parent.kill()
    await parent.communicate()
