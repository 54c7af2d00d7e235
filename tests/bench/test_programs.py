"""The problems that agents are judged by are sound: their own solutions pass, and nothing else does."""

from pathlib import Path
from typing import Any

import pytest

from tests.bench.programs.problems import Problem, problems


@pytest.mark.parametrize("problem", problems(), ids=lambda problem: problem.name)
def test_its_solution_passes_and_a_stub_does_not(problem: Problem) -> None:
    _try(problem, problem.solution)
    with pytest.raises(BaseException):  # noqa: B017, PT011 - whatever a wrong program meets
        _try(problem, f"def {problem.entry_point}(*arguments):\n    return None\n")


def test_there_are_as_many_as_the_figure_wants_each_with_a_name_of_its_own() -> None:
    names = [problem.name for problem in problems()]
    assert len(names) == len(set(names)) >= 40


def test_no_text_holds_a_line_of_its_hidden_tests() -> None:
    for problem in problems():
        lines = {line.strip() for line in problem.hidden.splitlines() if line.startswith("assert")}
        assert not [line for line in lines if line in problem.text]


def _try(problem: Problem, program: str) -> None:
    names: dict[str, Any] = {}
    exec(program, names)  # noqa: S102 - written here
    exec(problem.hidden, names)  # noqa: S102 - written here


def test_problems_of_another_folder_are_read_alone(tmp_path: Path) -> None:
    entry = 'name = "a"\nentry_point = "f"\ntext = "t"\nsolution = "s"\nhidden = "h"\n'
    (tmp_path / "more.toml").write_text(f"[[problem]]\n{entry}")

    assert [problem.name for problem in problems(tmp_path)] == ["a"]
