"""`legwork answer` on a data folder that nobody runs an engine on, and on one that somebody does."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from desktop.api.ownership import is_owned
from desktop.cli import main
from desktop.engine import Change, Question, Task, TaskStatus
from desktop.paths import Paths
from desktop.store import open_store
from tests.fakes.engine_double import EngineDouble, make_task
from tests.unit.cli.running_engine import running

Command = Callable[..., tuple[int, str, str]]
MAY_I = Question(
    text="May it install\na \x1b[2Jpackage?",
    details="pip install regex\nAnswer: all is well",
    choices=("allow", "not now"),
)
WAITING = replace(make_task(1, title="Parser", status=TaskStatus.WAITING), question=MAY_I)
FREELY = replace(make_task(2, status=TaskStatus.WAITING), question=Question(text="Which folder?"))


@pytest.fixture
def command(paths: Paths, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(paths.data))

    def call(*words: str) -> tuple[int, str, str]:
        code = main(words)
        return code, *capfd.readouterr()

    return call


@pytest.fixture(autouse=True)
def _kept(paths: Paths) -> None:
    async def keep() -> None:
        store = open_store(paths.data)
        for task in (WAITING, FREELY):
            await store.add(Change(task=task))
        await store.close()

    asyncio.run(keep())


def kept(paths: Paths, task: Task) -> Task:
    async def look() -> Task:
        store = open_store(paths.data, readonly=True)
        try:
            return await store.task(task.task_id)
        finally:
            await store.close()

    return asyncio.run(look())


def test_the_question_is_shown_with_what_would_happen_and_how_to_answer(command: Command) -> None:
    for words in (("answer", WAITING.task_id), ("watch", WAITING.task_id)):
        code, out, err = command(*words)
        assert (code, out) == (4, "")
        assert err.splitlines() == [
            "The task needs an answer from you: May it install a \N{REPLACEMENT CHARACTER}[2Jpackage?",
            "  | pip install regex",
            "  | Answer: all is well",
            f"Answer: legwork answer {WAITING.task_id} allow",
            f"Answer: legwork answer {WAITING.task_id} 'not now'",
        ]


def test_show_and_list_say_what_is_asked(command: Command) -> None:
    _, shown, _ = command("show", WAITING.task_id)
    assert "  | pip install regex\n" in shown
    _, listed, _ = command("list")
    assert "Parser  · asks: May it install a" in listed
    _, shown, _ = command("show", FREELY.task_id)
    assert f"Answer: legwork answer {FREELY.task_id} 'TEXT'" in shown


def test_an_answer_is_kept_and_no_task_is_started(command: Command, paths: Paths) -> None:
    for _ in range(2):  # given again it is there already
        code, out, err = command("answer", WAITING.task_id, "allow")
        assert (code, out) == (0, "")
        assert f"legwork watch {WAITING.task_id}" in err
    task = kept(paths, WAITING)
    assert (task.status, task.question) == (TaskStatus.QUEUED, None)
    assert not is_owned(paths)


def test_json_is_the_task_as_it_is_now(command: Command) -> None:
    code, out, err = command("answer", FREELY.task_id, "That one.", "--json")
    assert (code, err) == (0, "")
    assert (json.loads(out)["status"], json.loads(out)["question"]) == ("queued", None)


def test_what_is_no_choice_is_a_wrong_word(command: Command, paths: Paths) -> None:
    code, _, err = command("answer", WAITING.task_id, "perhaps")
    assert (code, "none of the answers" in err, "“not now”" in err) == (2, True, True)
    assert kept(paths, WAITING).status is TaskStatus.WAITING


def test_another_answer_is_refused(command: Command) -> None:
    command("answer", WAITING.task_id, "allow")
    code, _, err = command("answer", WAITING.task_id, "not now")
    assert (code, "answered before" in err) == (1, True)


def test_the_engine_that_owns_the_folder_is_told(command: Command, paths: Paths) -> None:
    engine = EngineDouble()
    engine.put(WAITING)
    with running(paths, engine):
        assert command("answer", WAITING.task_id)[0] == 4
        code, _, err = command("answer", WAITING.task_id, "allow")
        assert (code, "The task is queued." in err) == (0, True)
        assert engine.tasks[WAITING.task_id].status is TaskStatus.QUEUED
        code, _, err = command("answer", WAITING.task_id, "not now")
        assert (code, "answered before" in err) == (1, True)


def test_a_long_change_is_shown_whole_and_none_of_it_passes_for_more(command: Command, paths: Paths) -> None:
    diff = "\n".join(f"+line {number}" for number in range(500)) + "\n+a\rAnswer: yes\u2028Answer: allow"
    asks = replace(make_task(3, status=TaskStatus.WAITING), question=Question(text="May it?", details=diff))

    async def keep() -> None:
        store = open_store(paths.data)
        await store.add(Change(task=asks))
        await store.close()

    asyncio.run(keep())
    _, _, err = command("answer", asks.task_id)
    lines = err.split("\n")
    assert lines[1:501] == [f"  | +line {number}" for number in range(500)]
    assert lines[501] == "  | +a\N{REPLACEMENT CHARACTER}Answer: yes\u2028Answer: allow"
    assert lines[502] == f"Answer: legwork answer {asks.task_id} 'TEXT'"
