"""A program is taken from an answer, whatever stands around it."""

import pytest

from desktop.agents.code.assignment import Language
from desktop.agents.code.packages import wanted_packages
from desktop.agents.code.program import ProgramText, program_of, without_uses
from desktop.agents.code.project import Project
from desktop.engine import SandboxStanding


def test_checks_at_a_modules_end_go_and_uses_wait_until_it_is_started() -> None:
    text = "LIMIT = 3\n\n\ndef f(a):\n    assert a\n    return a\n\n\nassert f(1) == 2\nprint(f(LIMIT))\n"

    assert without_uses(text) == (
        "LIMIT = 3\n\n\ndef f(a):\n    assert a\n    return a\n\n\nif __name__ == '__main__':\n    print(f(LIMIT))\n"
    ).replace("'", '"')


@pytest.mark.parametrize("text", ["def f(:\n", "print(1)\n", "def f():\n    return 1\n\n\nx = f()\n"])
def test_what_is_no_use_stays(text: str) -> None:
    assert without_uses(text) == text


def test_blocks_that_define_nothing_are_left_out() -> None:
    reply = "Here:\n```python\ndef f():\n    return 1\n```\nUse:\n```python\nprint(f())\n```\n"

    assert program_of(reply, Language.PYTHON, Project()).files == {"solution.py": "def f():\n    return 1\n"}


BASE = Project(base={"shop/a.py": "def f():\n    return 1\n", "shop/b.py": "def g():\n    return 2\n"})


@pytest.mark.parametrize(
    ("block", "changed"),
    [
        ("# file: shop/b.py\ndef g():\n    return 3\n", "shop/b.py"),
        ("# b.py\ndef g():\n    return 3\n", "shop/b.py"),
        ("def g():\n    return 3\n", "shop/b.py"),
        ("# file: shop/c.py\ndef g():\n    return 3\n", "shop/c.py"),
    ],
)
def test_a_changed_file_is_known_by_its_name_or_by_what_it_defines(block: str, changed: str) -> None:
    files = program_of(f"```python\n{block}```", Language.PYTHON, BASE).files

    assert {name for name, text in files.items() if "return 3" in text} == {changed}
    assert files["shop/a.py"] == BASE.base["shop/a.py"]


@pytest.mark.parametrize(
    "block", ["# file: ../c.py\nx = 1\n", "# file: shop/test_a.py\nx = 1\n", "def h():\n    return 3\n"]
)
def test_what_belongs_nowhere_is_no_change(block: str) -> None:
    assert program_of(f"```python\n{block}```", Language.PYTHON, BASE).files == {}


def test_a_package_wants_what_is_neither_its_own_nor_there() -> None:
    files = {
        "solution/__init__.py": "from solution.a import f\nimport numpy as np, yaml, json\n",
        "solution/a.py": "from . import b\ntry:\n    import pandas\nexcept ImportError:\n    pandas = None\n",
        "solution/b.py": "import (",
    }
    standing = SandboxStanding(available=True, tier="a test", packages=("numpy 2.1",))

    assert wanted_packages(ProgramText(files=files), Project(), standing) == ("yaml",)
