"""Which executions are refused before anything sees them."""

import pytest

from desktop.engine import Ending, Execution, ExecutionRefused, Outcome, Program

OUTWARD = ["", "/etc/passwd", "../up", "a/../b", "a//b", "./a", "a/", "a\0b", "a\nb", "c:\\x", "a" * 201]


@pytest.mark.parametrize("name", OUTWARD)
def test_a_name_that_is_no_plain_one_below_the_folder_is_refused(name: str) -> None:
    with pytest.raises(ExecutionRefused, match="does not name a file below the folder"):
        Execution(program=Program.PYTHON, arguments=("a.py",), files={name: b""})


def test_a_file_can_not_be_a_folder_at_once() -> None:
    with pytest.raises(ExecutionRefused, match="'a/b' is to be a file and a folder at once"):
        Execution(program=Program.PYTHON, arguments=("a",), files={"a/b": b"", "a/b/c": b""})


def test_an_argument_without_an_end_is_refused() -> None:
    with pytest.raises(ExecutionRefused, match="zero character"):
        Execution(program=Program.PYTHON, arguments=("a\0b",))


def test_plain_names_are_taken() -> None:
    files = {"tests/test_überall.py": b"", "tests/__init__.py": b"", "read me.txt": b""}
    assert Execution(program=Program.PYTEST, arguments=(), files=files).files == files


@pytest.mark.parametrize(
    ("ending", "exit_code", "succeeded"),
    [(Ending.ENDED, 0, True), (Ending.ENDED, 1, False), (Ending.KILLED, None, False)],
)
def test_only_an_end_of_its_own_with_code_0_is_a_success(
    ending: Ending, exit_code: int | None, succeeded: bool
) -> None:
    assert Outcome(ending=ending, exit_code=exit_code).succeeded is succeeded
