"""A real runtime over a tiny model: started when needed, ended when idle, replaced when it breaks."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import psutil
import pytest

from desktop.engine import Answer, Message, ModelUnavailable, Prompt, Role, RuntimeFailed, Sign
from desktop.models import LocalModel, LocalModels
from desktop.models.limits import PROGRAM
from desktop.models.runtime import RunningRuntime
from tests.fakes.fake_clock import FakeClock
from tests.fakes.tiny_gguf import write_tiny_model

LONG = Prompt(messages=(Message(role=Role.USER, content="Hello"),), max_tokens=1800)
LONG_READ = Prompt(messages=(Message(role=Role.USER, content="x" * 1800),), max_tokens=3)
SHORT = Prompt(messages=LONG.messages, max_tokens=3)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def models(tmp_path: Path, clock: FakeClock) -> AsyncIterator[LocalModels]:
    (tmp_path / "models").mkdir()
    write_tiny_model(tmp_path / "models" / "tiny.gguf")
    models = LocalModels(tmp_path, clock=clock, idle_seconds=300, silent_seconds=60)
    yield models
    await models.close()


@pytest.fixture
def tiny(models: LocalModels) -> LocalModel:
    return models.open(None)


def running(model: LocalModel) -> RunningRuntime:
    assert model.runtime.running is not None
    return model.runtime.running


async def answer_and(model: LocalModel, deed: Callable[[], None], prompt: Prompt = LONG) -> Answer:
    """Ask, and do something at the first sign: of reading where the prompt is long, else of writing."""
    deeds = [deed]

    def on_sign(sign: Sign) -> None:
        if (prompt is LONG_READ or isinstance(sign, str)) and deeds:
            deeds.pop()()

    return await model.answer(prompt, on_sign)


async def fails_with(awaitable: Awaitable[object]) -> RuntimeFailed:
    with pytest.raises(RuntimeFailed) as caught:
        await awaitable
    return caught.value


async def test_nothing_runs_before_the_first_call(models: LocalModels, tiny: LocalModel) -> None:
    assert models.status().model is None
    assert models.status().memory == 0

    loaded = await tiny.load()

    assert models.status().model == loaded
    assert models.status().memory > 1_000_000
    assert loaded.device


async def test_calls_that_come_together_share_one_start(tiny: LocalModel) -> None:
    await asyncio.gather(*(tiny.load() for _ in range(5)))

    children = psutil.Process().children()
    assert [child.pid for child in children if "runtime_server" in " ".join(child.cmdline())] == [
        running(tiny).process.pid
    ]


async def test_the_status_says_what_is_being_loaded(models: LocalModels, tiny: LocalModel) -> None:
    runtime = tiny.runtime
    loading = asyncio.create_task(tiny.load())
    await asyncio.sleep(0)
    assert runtime.is_starting
    assert models.status().loading == "tiny"

    await loading
    assert models.status().loading is None


async def test_the_http_client_is_imported_while_the_loop_serves_others(
    tiny: LocalModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported: list[tuple[str, bool]] = []

    def note(name: str) -> None:
        imported.append((name, threading.current_thread() is threading.main_thread()))

    monkeypatch.setattr("desktop.models.local_models.importlib.import_module", note)
    for _ in range(2):
        await tiny.load()
    assert imported == [("desktop.models.runtime", False)]


async def test_every_slot_has_its_whole_context_while_the_others_are_full(tmp_path: Path) -> None:
    models = LocalModels(None, slots=4, context_tokens=1024)
    model = models.open(str(write_tiny_model(tmp_path / "tiny.gguf")))
    loaded = await model.load()
    prompts = [
        Prompt(messages=(Message(role=Role.USER, content=f"{number}" + "x" * 900),), max_tokens=60) for number in "1234"
    ]

    answers = await asyncio.gather(*(model.answer(prompt) for prompt in prompts))
    await models.close()

    assert (loaded.context_tokens, loaded.slots) == (1024, 4)
    assert all(answer.prompt_tokens > 900 for answer in answers)
    assert [answer.output_tokens for answer in answers] == [60] * 4


async def test_the_key_is_nowhere_to_be_seen(tiny: LocalModel) -> None:
    await tiny.load()
    process = running(tiny).process
    seen = psutil.Process(process.pid)

    assert process.api_key not in " ".join(seen.cmdline())
    assert process.api_key not in str(seen.environ())
    assert process.api_key not in process.last_words


async def test_what_legwork_is_told_in_its_environment_is_not_told_to_the_runtime(
    tiny: LocalModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MAIL_PASSWORD", "NTFY_TOKEN", "HUB_TOKEN", "ENDPOINT_KEY_GPU_BOX"):
        monkeypatch.setenv(f"LEGWORK_{name}", "horse")
    monkeypatch.setenv("OF_ANOTHER_PROGRAM", "stays")
    await tiny.load()
    found = psutil.Process(running(tiny).process.pid).environ()

    assert "horse" not in found.values()
    assert not any(name.startswith("LEGWORK_") for name in found)
    assert (found["OF_ANOTHER_PROGRAM"], found["OMP_WAIT_POLICY"]) == ("stays", "PASSIVE")


async def test_nobody_is_answered_without_the_key(tiny: LocalModel) -> None:
    await tiny.load()

    async with running(tiny).session.get("/slots", headers={"Authorization": "Bearer guess"}) as response:
        assert response.status == 401


async def test_a_killed_runtime_costs_one_call_and_the_next_one_starts_another(tiny: LocalModel) -> None:
    await tiny.load()
    first = running(tiny).process.pid

    error = await fails_with(answer_and(tiny, lambda: os.kill(first, signal.SIGKILL)))

    assert "was ended by signal 9" in error.message
    assert error.hint
    assert (await tiny.answer(SHORT)).output_tokens == 3
    assert running(tiny).process.pid != first


async def test_all_calls_of_a_killed_runtime_fail_with_the_reason(models: LocalModels, tiny: LocalModel) -> None:
    await tiny.load()
    process = running(tiny).process
    kill = asyncio.gather(*(fails_with(answer_and(tiny, lambda: os.kill(process.pid, signal.SIGKILL))) for _ in "123"))

    errors = await kill

    assert all("was ended by signal 9" in error.message for error in errors)
    assert "signal 9" in models.status().problem
    await tiny.answer(SHORT)
    assert models.status().problem == ""


async def test_a_runtime_that_dies_while_nobody_asks_is_replaced_without_an_error(tiny: LocalModel) -> None:
    await tiny.load()
    process = running(tiny).process
    os.kill(process.pid, signal.SIGKILL)
    await process.fade()

    assert (await tiny.answer(SHORT)).output_tokens == 3


async def test_a_call_learns_why_its_runtime_died_although_the_next_one_runs_already(tiny: LocalModel) -> None:
    await tiny.load()
    process = running(tiny).process
    noticed = asyncio.Event()

    async def call() -> None:
        async with tiny.runtime.use():
            await noticed.wait()
            raise aiohttp.ClientConnectionError

    calling = asyncio.create_task(fails_with(call()))
    await asyncio.sleep(0)
    os.kill(process.pid, signal.SIGKILL)
    await process.fade()
    await tiny.load()
    noticed.set()

    assert "was ended by signal 9" in (await calling).message


@pytest.mark.parametrize("prompt", [LONG_READ, LONG], ids=["while it reads", "while it writes"])
async def test_a_runtime_that_stands_still_is_ended_and_the_next_call_starts_another(
    tmp_path: Path, prompt: Prompt
) -> None:
    models = LocalModels(None, answer_seconds=0.5)
    tiny = models.open(str(write_tiny_model(tmp_path / "tiny.gguf")))
    await tiny.load()
    first = running(tiny).process.pid

    error = await fails_with(answer_and(tiny, lambda: os.kill(first, signal.SIGSTOP), prompt))

    assert "hung: it neither computed nor answered" in error.message
    assert (await tiny.answer(SHORT)).output_tokens == 3
    assert running(tiny).process.pid != first
    await models.close()


async def test_a_runtime_that_stands_still_while_nobody_asks_costs_the_next_call(tmp_path: Path) -> None:
    models = LocalModels(None, answer_seconds=0.5)
    tiny = models.open(str(write_tiny_model(tmp_path / "tiny.gguf")))
    await tiny.load()
    os.kill(running(tiny).process.pid, signal.SIGSTOP)

    assert "hung" in (await fails_with(tiny.answer(SHORT))).message
    assert (await tiny.answer(SHORT)).output_tokens == 3
    await models.close()


async def test_an_idle_runtime_is_unloaded_and_comes_back_when_asked(
    models: LocalModels, tiny: LocalModel, clock: FakeClock
) -> None:
    await tiny.answer(SHORT)
    first = running(tiny).process.pid

    await clock.advance(299)
    assert models.status().model is not None
    await clock.advance(20)
    assert models.status().model is None

    assert (await tiny.answer(SHORT)).output_tokens == 3
    assert running(tiny).process.pid != first
    assert not psutil.pid_exists(first)


async def test_a_runtime_at_work_is_never_idle(models: LocalModels, tiny: LocalModel, clock: FakeClock) -> None:
    await tiny.load()
    async with tiny.runtime.use():
        await clock.advance(50)
        tiny.runtime._sign()
        await clock.advance(50)
        tiny.runtime._sign()
        clock.seconds += 250
        tiny.runtime._sign()
        await clock.advance(50)
        assert models.status().model is not None


async def test_a_cancelled_load_leaves_a_runtime_for_the_next_call(tiny: LocalModel) -> None:
    loading = asyncio.create_task(tiny.load())
    await asyncio.sleep(0)
    loading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loading

    assert (await tiny.answer(SHORT)).output_tokens == 3


async def test_closing_ends_every_process_even_one_that_is_being_started(models: LocalModels, tiny: LocalModel) -> None:
    runtime = tiny.runtime
    loading = asyncio.create_task(tiny.load())
    await asyncio.sleep(0)
    assert runtime.is_starting
    await models.close()

    assert models.status().model is None
    with pytest.raises(asyncio.CancelledError):
        await loading
    assert not [child for child in psutil.Process().children() if "runtime_server" in " ".join(child.cmdline())]


async def test_the_process_ends_when_its_input_closes(tiny: LocalModel) -> None:
    await tiny.load()
    process = running(tiny).process
    stdin = process._process.stdin
    assert stdin is not None

    stdin.close()
    await process.fade()

    assert process.exit_reason == "ended with code 0"


async def test_a_file_that_the_runtime_refuses_is_unavailable_with_its_last_words(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "odd.gguf", architecture="nonesuch")
    models = LocalModels(None)

    with pytest.raises(ModelUnavailable, match="can't be loaded") as caught:
        await models.open(str(path)).load()
    await models.close()

    assert "failed to load model" in caught.value.message
    assert caught.value.hint
    assert "can't be loaded" in models.status().problem


@pytest.mark.parametrize(
    ("program", "complaint"),
    [
        ("raise SystemExit('no such library')", "ended with code 1 while it loaded tiny: no such library"),
        ("print('nonsense', flush=True)", "ended with code 0 while it loaded tiny"),
        ("import sys; sys.stdin.read()", "was not loaded within 0 seconds"),
        ('import sys; print(\'{"address": "http://127.0.0.1:9"}\', flush=True); sys.stdin.read()', "did not get ready"),
    ],
)
async def test_a_runtime_that_never_gets_ready_is_a_failure(tmp_path: Path, program: str, complaint: str) -> None:
    path = write_tiny_model(tmp_path / "tiny.gguf")
    seconds = 0.2 if "within" in complaint else 30
    models = LocalModels(None, program=(sys.executable, "-c", program), load_seconds=seconds)

    error = await fails_with(models.open(str(path)).load())
    await models.close()

    assert complaint in error.message
    assert error.hint


LIMITED = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
runpy.run_path(sys.argv[2], run_name="__main__")
"""


def limited(path: Path, context_tokens: int) -> LocalModels:
    """Models whose runtimes may take 1.5 GB."""
    program = (sys.executable, "-c", LIMITED, str(1_500_000_000), PROGRAM[-1])
    return LocalModels(path.parent, program=program, context_tokens=context_tokens)


@pytest.mark.expected_log("memory ran out")
async def test_too_little_memory_is_named(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "tiny.gguf")
    models = limited(path, 100_000_000)  # of which a sixteenth is still too much

    error = await fails_with(models.open(str(path)).load())
    await models.close()

    assert type(error) is RuntimeFailed
    assert "not enough memory to load tiny" in error.message
    assert "smaller model" in error.hint


@pytest.mark.expected_log("memory ran out")
async def test_where_memory_runs_out_the_model_is_loaded_with_less(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "tiny.gguf")
    models = limited(path, 1_000_000)  # which take 2 GB

    loaded = await models.open(str(path)).load()
    await models.close()

    assert loaded.context_tokens < 500_000
    assert loaded.given_up[0] == "499,968 tokens of context instead of 1,000,000"
    assert loaded.fit.startswith("on the processor, ")


async def test_what_a_load_took_is_remembered(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "tiny.gguf")
    models = LocalModels(tmp_path)

    await models.open(str(path)).load()
    await models.close()

    assert "tiny.gguf" in (tmp_path / "measured_loads.json").read_text()


async def test_a_runtime_that_can_not_be_started_is_a_failure(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "tiny.gguf")
    models = LocalModels(None, program=(str(tmp_path / "nothing"),))

    assert "could not be started" in (await fails_with(models.open(str(path)).load())).message
    await models.close()
