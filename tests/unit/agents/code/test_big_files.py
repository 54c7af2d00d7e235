"""Files of any size are given: what is told, counted and held of them is bounded."""

import pytest

from desktop.agents.code import given_files
from desktop.agents.code.assignment import Assignment, Language
from desktop.agents.code.cases import modules_of
from desktop.agents.code.project import Project
from desktop.agents.code.room import fitted_opening
from desktop.engine import CannotComplete, Input, TaskRequest
from tests.fakes.memory_reader import MemoryReader
from tests.fakes.memory_run import MemoryRun
from tests.fakes.scripted_model import ScriptedModel

ASSIGNMENT = Assignment(goal="x", language=Language.PYTHON)
BIG = "1,2 \n" * 1_000_000


class CountingModel(ScriptedModel):
    """Notes of how much it was asked to count the tokens."""

    most = 0

    async def token_ends(self, text: str) -> tuple[int, ...]:
        self.most = max(self.most, len(text))
        return await super().token_ends(text)


def run_with(model: ScriptedModel, *inputs: Input) -> MemoryRun:
    return MemoryRun(TaskRequest(kind="code", goal="x", inputs=inputs), model, MemoryReader())


async def test_the_tokens_of_a_big_file_are_not_counted_to_its_end() -> None:
    model = CountingModel()
    opening = await fitted_opening(run_with(model), ASSIGNMENT, Project(data={"data.csv": BIG}))

    assert "its beginning" in opening.text
    assert model.most <= 8 * 4096

    with pytest.raises(CannotComplete, match="to be changed are too long"):
        await fitted_opening(run_with(model), ASSIGNMENT, Project(base={"data.py": BIG}))
    assert model.most <= 8 * 4096


async def test_files_that_are_too_much_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given_files, "MOST_BYTES", 100)
    texts = {"a.txt": "a" * 60, "b.txt": "b" * 60, "c.txt": "c" * 40, "d.txt": "d" * 101}
    run = run_with(ScriptedModel(), *(Input(name=name, text=text) for name, text in texts.items()))
    given, trouble = await given_files.read_given(run)

    assert [file.name for file in given] == ["a.txt", "c.txt"]
    assert [each.partition(" was not used")[0] for each in trouble] == ["b.txt", "d.txt"]
    assert "d" * 101 not in [content.decode() for content in run.files.values()]


def test_a_big_file_of_python_is_not_read_as_such() -> None:
    assert modules_of("import shop\n" * 20) == {"shop"}
    assert modules_of("import shop\n" * 20_000) == set()
