"""The file of tests that belongs to a result: the cases that count, as pytest runs them."""

from collections.abc import Sequence
from textwrap import indent
from typing import Final

from desktop.agents.code.assignment import Language
from desktop.agents.code.cases import Case, Origin
from desktop.agents.code.program import MODULE

NAME: Final = f"test_{MODULE}.py"

_ABOUT: Final = {
    Origin.GIVEN: "given with the task",
    Origin.STATED: "stated in the description",
    Origin.WRITTEN: "written for the program",
}
_RUN_SCRIPT: Final = f'''import subprocess


def run(*arguments, stdin=""):
    """Run the script; what it wrote, and its exit code."""
    words = ["sh", "{MODULE}.sh", *map(str, arguments)]
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
    done.code = done.returncode
    return done
'''


def test_file(cases: Sequence[Case], language: Language) -> str:
    """Its text."""
    uses_pytest = any("pytest" in case.source for case in cases)
    uses_raises = any("raises(" in case.source.replace("pytest.raises(", "") for case in cases)
    lines = ["import pytest\n"] if uses_pytest else []
    lines += ["from pytest import raises\n"] if uses_raises else []
    lines.append(_RUN_SCRIPT if language is Language.SHELL else f"from {MODULE} import *\n")
    for number, case in enumerate(cases, 1):
        lines.append(f"\ndef test_{number}():  # {_ABOUT[case.origin]}\n{indent(case.source, '    ')}\n")
    return "\n".join(lines)
