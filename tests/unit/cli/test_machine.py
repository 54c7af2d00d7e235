"""The commands about the machine, the window, and the server."""

import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import desktop
from desktop.api.announcement import Announcement, publish, read_announcement
from desktop.api.errors import EngineGone, HandoverFailed, Refused
from desktop.api.outer_door import OuterDoor
from desktop.api.ownership import sole_owner
from desktop.cli import entry, main, owner, serve, window
from desktop.cli.serve import ServeCommand
from desktop.engine import Change, DataFolderInUse, ModelUnavailable, TaskStatus
from desktop.models import EndpointChoice, shelf
from desktop.paths import Paths
from desktop.settings import Settings, save_settings
from desktop.store import open_store
from tests.fakes.engine_double import EngineDouble, make_task
from tests.fakes.fake_clock import FakeClock
from tests.fakes.scripted_model import ScriptedModels
from tests.unit.cli.conftest import Screen
from tests.unit.cli.running_engine import running


@pytest.fixture(autouse=True)
def _on_this_folder(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(paths.data))


def findings(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, dict[str, str]]]:
    code = main(["doctor", "--json", *words])
    return code, json.loads(capsys.readouterr().out)


def test_doctor_says_how_everything_is(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = findings(capsys)
    assert code == 0
    assert found["legwork"]["what"] == f"version {desktop.__version__}"
    assert "free" in found["data folder"]["what"]
    assert "none yet" in found["database"]["what"]
    assert found["gpu"]["health"] == "limited"
    assert "processor" in found["gpu"]["what"]
    assert main(["doctor"]) == 0
    assert "ok python" in capsys.readouterr().out


def test_doctor_names_the_runtimes_and_the_one_that_would_run_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    _, found = findings(capsys)
    assert found["runtimes"]["health"] == "good"
    assert "llama-server (Vulkan)" in found["runtimes"]["what"]
    assert found["runtimes"]["what"].endswith("a model would be run by xllamacpp, on the processor")


def test_doctor_names_a_chosen_runtime_that_is_not_there(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    save_settings(paths.settings, Settings(llama_server="/no/such/server"))
    code, found = findings(capsys)
    assert (code, found["runtimes"]["health"]) == (0, "limited")
    assert "/no/such/server can't be started" in found["runtimes"]["what"]


def test_doctor_counts_the_tasks_and_sees_who_runs(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(open_store(paths.data).close())
    with sole_owner(paths):
        _, found = findings(capsys)
    assert "0 tasks" in found["database"]["what"]
    assert f"process {os.getpid()}" in found["engine"]["what"]


def test_doctor_fails_where_tasks_cannot_be_run(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    paths.database.write_bytes(b"no database at all, but long enough to be taken for one" * 100)
    code, found = findings(capsys)
    assert (code, found["database"]["health"]) == (1, "broken")


def test_doctor_names_a_folder_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(tmp_path / "file"))
    code, found = findings(capsys)
    assert (code, found["data folder"]["health"]) == (1, "broken")


def test_doctor_says_where_there_is_no_model_and_no_qt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    code, found = findings(capsys)
    assert (code, found["models"]["health"], found["window"]["health"]) == (1, "broken", "limited")


def test_doctor_lets_the_model_answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("desktop.headless.all_models", lambda *_given: ScriptedModels())
    code, found = findings(capsys, "--self-test")
    assert (code, found["self-test"]["health"]) == (0, "good")


def test_doctor_says_why_the_model_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken(ScriptedModels):
        def open(self, name: str | None) -> Any:
            return self

        async def load(self) -> None:
            raise ModelUnavailable("It is cut short.", hint="Get it again.")

    monkeypatch.setattr("desktop.headless.all_models", lambda *_given: Broken())
    code, found = findings(capsys, "--self-test")
    assert (code, found["self-test"]["what"]) == (1, "It is cut short. Get it again.")


def test_doctor_names_a_default_model_that_is_not_there(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    save_settings(paths.settings, Settings(default_model="gone"))
    code, found = findings(capsys)
    assert (code, found["models"]["health"]) == (1, "broken")
    assert "'gone'. It is the default one in the settings." in found["models"]["what"]


def test_models_on_other_servers_are_listed_as_such(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    box = EndpointChoice(name="gpu-box", url="http://gpu-box:8080/v1", models=("qwen3", "phi"))
    save_settings(paths.settings, Settings(endpoints=(box,)))
    assert main(["models", "list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert "gpu-box" not in listed[0]
    assert listed[-2:] == ["gpu-box/qwen3  endpoint at gpu-box:8080", "gpu-box/phi  endpoint at gpu-box:8080"]
    save_settings(paths.settings, Settings(endpoints=(box,), default_model="gpu-box/phi"))
    assert main(["models", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[0])["host"] == "gpu-box:8080"
    code, found = findings(capsys)
    assert code == 0
    assert found["models"]["what"].startswith("gpu-box/phi (endpoint at gpu-box:8080), ")


def test_a_model_on_another_server_is_not_removed_but_taken_out_of_the_settings(
    paths: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    box = EndpointChoice(name="gpu-box", url="http://gpu-box:8080/v1", models=("qwen3",))
    save_settings(paths.settings, Settings(endpoints=(box,)))
    assert main(["models", "remove", "gpu-box/qwen3"]) == entry.ExitCode.USAGE
    said = capsys.readouterr().err
    assert "runs at gpu-box:8080" in said
    assert "Take it out of the settings instead" in said
    assert str(paths.settings) in said


def test_the_default_of_the_settings_is_listed_first(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    for name, size in (("large", 10**6), ("chosen", 10)):
        (paths.models / f"{name}.gguf").write_bytes(bytes(size))
    save_settings(paths.settings, Settings(default_model="chosen"))
    assert main(["models", "list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()][:2] == ["chosen", "large"]


def test_models_are_listed_the_default_one_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--json"]) == 0
    starter = json.loads(capsys.readouterr().out)
    assert main(["models", "list"]) == 0
    assert starter["name"] in capsys.readouterr().out


def test_without_a_model_the_folder_for_one_is_named(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shelf, "STARTER_PACKAGE", "no_such_package")
    assert main(["models", "list"]) == 0
    assert str(paths.models) in capsys.readouterr().err


@asynccontextmanager
async def engine_that_is_told(number: int, *_given: Any, **_options: Any) -> AsyncIterator[EngineDouble]:
    asyncio.get_running_loop().call_later(0.01, os.kill, os.getpid(), number)
    yield EngineDouble()


def serving(
    paths: Paths, screen: Screen, *, port: int = 0, until_done: bool = False, outer: OuterDoor | None = None
) -> ServeCommand:
    return ServeCommand(
        paths=paths, settings=Settings(), terminal=screen.terminal, port=port, until_done=until_done, outer=outer
    )


@pytest.mark.parametrize("until_done", [False, True])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serving_ends_in_order_when_told(
    paths: Paths, screen: Screen, monkeypatch: pytest.MonkeyPatch, number: int, until_done: bool
) -> None:
    monkeypatch.setattr(serve, "opened_engine", lambda *_given, **_options: engine_that_is_told(number))
    assert serving(paths, screen, until_done=until_done).execute() == 0
    assert "engine.json" in screen.err.text


def test_serving_other_machines_says_what_it_means(
    paths: Paths, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "opened_engine", lambda *_given, **_options: engine_that_is_told(signal.SIGTERM))
    door = OuterDoor(host="192.0.2.1", port=8765, without_tls=True)
    assert serving(paths, screen, port=8765, outer=door).execute() == 0
    assert "http://192.0.2.1:8765" in screen.err.text
    assert "can read all of it" in screen.err.text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--host", "192.0.2.1", "--port", "8765"], "--without-tls"),
        (["--host", "192.0.2.1"], "--port"),
        (["--host", "192.0.2.1", "--port", "8765", "--cert", "/nowhere.pem"], "PEM"),
    ],
)
def test_other_machines_are_not_served_by_accident(
    words: list[str], told: str, paths: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *words]) != 0
    assert told in capsys.readouterr().err
    assert not paths.engine.exists()


def test_the_page_of_the_api_is_written_for_a_browser(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["docs"]) == 1
    assert "legwork serve" in capsys.readouterr().err
    running = Announcement(
        address="http://127.0.0.1:1", token="", pid=77, version="0", started_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    paths.data.mkdir(exist_ok=True)
    publish(paths.engine, running)
    monkeypatch.setattr("desktop.cli.docs.RunningEngine", lambda _announcement: SimpleNamespace(docs=lambda: b"<html>"))
    assert main(["docs"]) == 0
    page = paths.data / "docs.html"
    assert page.as_uri() in capsys.readouterr().out
    assert page.read_bytes() == b"<html>"


async def test_an_engine_in_the_background_ends_a_minute_after_the_last_task() -> None:
    engine, clock = EngineDouble(), FakeClock()
    engine.put(make_task(1, status=TaskStatus.RUNNING))
    ending = asyncio.create_task(serve.until_nothing_is_left(engine, clock))  # type: ignore[arg-type]
    await clock.pass_on()
    await clock.run_for(100)
    engine.put(replace(make_task(1, status=TaskStatus.PAUSED), hold="The disk is full."))
    await clock.run_for(100)
    assert not ending.done()
    engine.put(make_task(1, status=TaskStatus.PAUSED))
    await clock.run_for(50)
    engine.put(make_task(2))
    await clock.run_for(2)
    engine.put(make_task(2, status=TaskStatus.COMPLETED))
    await clock.run_for(serve.LINGER_SECONDS - 2)
    assert not ending.done()
    await clock.run_for(4)
    assert ending.done()
    await ending


def test_a_task_that_came_while_the_engine_ended_is_done_by_the_next(
    paths: Paths, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []

    @asynccontextmanager
    async def engine(*_given: Any, **_options: Any) -> AsyncIterator[EngineDouble]:
        opened.append(1)
        yield EngineDouble()
        store = open_store(paths.data)
        if len(opened) == 1:
            await store.add(Change(task=make_task(1)))
        else:
            await store.record(Change(task=make_task(1, status=TaskStatus.COMPLETED)))
        await store.close()

    async def at_once(*_given: Any) -> None:
        """Nothing is left, it seems."""

    monkeypatch.setattr(serve, "opened_engine", engine)
    monkeypatch.setattr(serve, "until_nothing_is_left", at_once)
    assert serving(paths, screen, until_done=True).execute() == 0
    assert len(opened) == 2


@pytest.mark.parametrize(
    ("until_done", "met", "times"),
    [
        (False, [None, None], 2),  # it gave way, and came back
        (False, [None, DataFolderInUse("A command has it.", hint="Wait."), None], 3),
        (False, [None, HandoverFailed("The port is taken.", hint="Take another."), None], 3),
        (True, [None], 1),  # nothing is left for it
    ],
)
def test_what_gave_way_to_a_window_comes_back(
    paths: Paths,
    screen: Screen,
    monkeypatch: pytest.MonkeyPatch,
    until_done: bool,
    met: list[Exception | None],
    times: int,
) -> None:
    ports: list[int] = []
    given = list(met)

    @asynccontextmanager
    async def engine(*_given: Any, **options: Any) -> AsyncIterator[EngineDouble]:
        ports.append(options["serve_port"])
        error = given.pop(0)
        if error is not None:
            raise error
        if len(ports) == 1:
            options["second_start"].give_way()
        else:
            os.kill(os.getpid(), signal.SIGTERM)
        yield EngineDouble()

    async def at_once(*_given: Any) -> None:
        """The window is closed already."""

    monkeypatch.setattr(serve, "opened_engine", engine)
    monkeypatch.setattr(serve, "until_free_again", at_once)
    asyncio.run(open_and_close(paths))
    assert serving(paths, screen, until_done=until_done).execute() == 0
    assert len(ports) == times
    assert "A window took over" in screen.err.text


def test_what_is_told_to_end_while_a_window_has_the_folder_does_not_come_back(
    paths: Paths, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []

    @asynccontextmanager
    async def engine(*_given: Any, **options: Any) -> AsyncIterator[EngineDouble]:
        opened.append(1)
        options["second_start"].give_way()
        yield EngineDouble()

    async def told_meanwhile(_paths: Paths, _clock: Any, told: asyncio.Event) -> None:
        told.set()

    monkeypatch.setattr(serve, "opened_engine", engine)
    monkeypatch.setattr(serve, "until_free_again", told_meanwhile)
    assert serving(paths, screen).execute() == 0
    assert opened == [1]


async def open_and_close(paths: Paths) -> None:
    await open_store(paths.data).close()


def test_a_second_serve_leaves_the_folder_to_the_first(paths: Paths, screen: Screen) -> None:
    with running(paths, EngineDouble()):
        assert serving(paths, screen).execute() == 0
        assert f"already (process {os.getpid()}, http://127.0.0.1:" in screen.err.text
        announced = read_announcement(paths.engine)
        assert announced is not None
        port = int(announced.address.rpartition(":")[2])
        assert serving(paths, screen, port=port).execute() == 0
        with pytest.raises(DataFolderInUse):
            serving(paths, screen, port=port - 1).execute()
        with pytest.raises(DataFolderInUse):  # it has no door to other machines
            serving(paths, screen, port=port, outer=OuterDoor(host="192.0.2.1", port=port, without_tls=True)).execute()


def test_without_a_display_the_other_ways_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(window, "find_display_problem", lambda _environment: "there is no display here.")
    assert main([]) == 1
    assert "legwork serve" in capsys.readouterr().err


def test_without_qt_the_way_to_it_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "desktop.app", None)
    monkeypatch.delattr(desktop, "app", raising=False)
    assert main([]) == 1
    assert "bootstrap" in capsys.readouterr().err


@pytest.mark.parametrize(("left_with", "code"), [(0, 0), (1, 1)])
def test_the_window_opens_with_the_engine(monkeypatch: pytest.MonkeyPatch, left_with: int, code: int) -> None:
    opened = []

    @asynccontextmanager
    async def engine(_paths: Paths, _settings: Settings, **options: Any) -> AsyncIterator[str]:
        opened.append((options["second_start"].raise_window, options["serve_port"]))
        yield "engine"

    def app_main(open_engine: Any, _settings: Any) -> int:
        async def enter() -> None:
            before = gc.get_freeze_count()
            async with open_engine("on_raise") as found:
                assert found == "engine"
                assert gc.get_freeze_count() > before
            gc.unfreeze()

        asyncio.run(enter())
        return left_with

    monkeypatch.setattr("desktop.headless.opened_engine", engine)
    monkeypatch.setitem(sys.modules, "desktop.app", SimpleNamespace(main=app_main))  # type: ignore[arg-type]
    monkeypatch.setattr(desktop, "app", sys.modules["desktop.app"], raising=False)
    assert (main([]), opened) == (code, [("on_raise", 0)])


class Other:
    """The running Legwork; its answers, one after another."""

    answers: list[BaseException | None]

    def __init__(self, _announcement: Announcement) -> None:
        pass

    address = "http://127.0.0.1:1"

    def raise_window(self) -> None:
        self._answer()

    def give_way(self) -> None:
        self._answer()

    def _answer(self) -> None:
        answer = self.answers.pop(0)
        if answer is not None:
            raise answer


@pytest.fixture
def other(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Other]]:
    announcement = Announcement(
        address="http://127.0.0.1:1", token="", pid=77, version="0", started_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    monkeypatch.setattr("desktop.api.client.RunningEngine", Other)
    monkeypatch.setattr(owner, "LOOK_SECONDS", 0.001)
    with sole_owner(paths):
        publish(paths.engine, announcement)
        yield Other


def test_a_second_start_raises_the_window_of_the_first(
    other: type[Other], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other.answers = [EngineGone("not yet"), None]
    assert main([]) == 0
    assert "brought to the front" in capsys.readouterr().err


NO_WINDOW = Refused("This Legwork runs without a window.", hint="End it.", status=409)


def test_a_first_without_a_window_that_keeps_its_folder_says_so(
    other: type[Other], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "find_display_problem", lambda _environment: "")
    other.answers = [NO_WINDOW, Refused("It serves other machines.", hint="End it.", status=409)]
    assert main([]) == 1
    assert "serves other machines" in capsys.readouterr().err


def test_a_first_without_a_window_goes_on_where_there_is_no_display(
    other: type[Other], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "find_display_problem", lambda _environment: "there is no display here.")
    other.answers = [NO_WINDOW]
    assert main([]) == 1
    assert "no display here" in capsys.readouterr().err


def test_a_window_waits_for_the_first_to_give_way_and_takes_its_port(
    other: type[Other], paths: Paths, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    owned = [True, True, False]

    def open_it(_paths: Paths, _settings: Settings, _terminal: Any, port: int) -> int:
        opened.append(port)
        return 0

    monkeypatch.setattr(window, "find_display_problem", lambda _environment: "")
    monkeypatch.setattr(window, "is_owned", lambda _paths: owned.pop(0))
    monkeypatch.setattr(window, "_open", open_it)
    other.answers = [NO_WINDOW, None, EngineGone("It ends.")]
    assert window.open_window(paths, Settings(), screen.terminal) == 0
    assert opened == [1]


async def test_a_service_comes_back_when_the_window_is_closed(monkeypatch: pytest.MonkeyPatch, paths: Paths) -> None:
    clock, owned = FakeClock(), [False]
    monkeypatch.setattr(serve, "is_owned", lambda _paths: owned[0])
    waiting = asyncio.create_task(serve.until_free_again(paths, clock, asyncio.Event()))
    await clock.run_for(5)
    owned[0] = True
    await clock.run_for(serve.TAKING_SECONDS)
    assert not waiting.done()
    owned[0] = False
    await clock.run_for(2)
    assert waiting.done()
    await waiting


async def test_a_service_comes_back_when_no_window_takes_its_folder(
    monkeypatch: pytest.MonkeyPatch, paths: Paths
) -> None:
    clock = FakeClock()
    monkeypatch.setattr(serve, "is_owned", lambda _paths: False)
    waiting = asyncio.create_task(serve.until_free_again(paths, clock, asyncio.Event()))
    await clock.run_for(serve.TAKING_SECONDS - 2)
    assert not waiting.done()
    await clock.run_for(4)
    await waiting


def test_a_first_that_never_answers_is_given_up(
    other: type[Other], paths: Paths, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths.engine.unlink()
    monkeypatch.setattr(owner, "ANSWER_SECONDS", 0.01)
    with pytest.raises(HandoverFailed, match="does not answer"):
        window.open_window(paths, Settings(), screen.terminal)


def test_settings_that_are_broken_are_said_and_do_not_stop_the_command(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    paths.settings.write_text("{")
    seen = []

    class Command:
        def __init__(self, _paths: Paths, settings: Settings, _terminal: Any, begun: Any, *, as_json: bool) -> None:
            seen.append((settings, begun.request, as_json))

        def execute(self) -> Any:
            return entry.ExitCode.COMPLETED

    monkeypatch.setattr("desktop.cli.run.RunCommand", Command)
    words = [
        "run",
        "documents",
        "Sum up",
        "a.txt",
        "-o",
        "mode=answer",
        "-o",
        "x=1=2",
        "--model",
        "tiny",
        "--title",
        "T",
    ]
    assert main(words) == 0
    assert "could not be understood" in capsys.readouterr().err
    assert main(["run", "documents", "Sum up", "--model", "./tiny.gguf"]) == 0
    assert seen[1][1].model == str(Path.cwd() / "tiny.gguf")
    settings, request, _ = seen[0]
    assert settings == Settings()
    assert (request.options, request.model, request.title) == ({"mode": "answer", "x": "1=2"}, "tiny", "T")
    assert request.inputs[0].path == str(Path.cwd() / "a.txt")


@pytest.mark.parametrize(
    "words",
    [
        ["odd"],
        ["run"],
        ["list", "--limit", "0"],
        ["list", "--status", "odd"],
        ["list", "--kind", "\udcff"],
        ["list", "--after", "\udcff"],
        ["show", "\udcff"],
        ["cancel", "\udcff"],
        ["serve", "--port", "70000"],
        ["models"],
    ],
)
def test_wrong_words_are_usage_errors(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == entry.ExitCode.USAGE
    assert "usage: legwork" in capsys.readouterr().err


def test_every_status_that_a_task_can_have_can_be_listed() -> None:
    assert all(main(["list", "--status", status]) == 0 for status in TaskStatus)
