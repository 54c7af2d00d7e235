"""The file of tests that belongs to a result: the cases that count, as pytest runs them."""

from collections.abc import Mapping, Sequence
from textwrap import indent
from typing import Final

from desktop.agents.code.assignment import Language
from desktop.agents.code.cases import Case, Origin
from desktop.agents.code.project import Project, dotted

NAME: Final = "test_solution.py"
_OTHER_NAME: Final = "test_solution_2.py"

_ABOUT: Final = {
    Origin.GIVEN: "given with the task",
    Origin.STATED: "stated in the description",
    Origin.WRITTEN: "written for the program",
}
_RUN_SCRIPT: Final = '''import subprocess


def run(*arguments, stdin=""):
    """Run the script; what it wrote, and its exit code."""
    words = ["sh", "{name}.sh", *map(str, arguments)]
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
    done.code = done.returncode
    return done
'''


def test_name(project: Project) -> str:
    """What it is called: not as a file of the person's."""
    return _OTHER_NAME if NAME in project.tests else NAME


def test_file(cases: Sequence[Case], language: Language, project: Project, program: Mapping[str, str]) -> str:
    """Its text."""
    uses_pytest = any("pytest" in case.source for case in cases)
    uses_raises = any("raises(" in case.source.replace("pytest.raises(", "") for case in cases)
    lines = ["import pytest\n"] if uses_pytest else []
    lines += ["from pytest import raises\n"] if uses_raises else []
    if language is Language.SHELL:
        lines.append(_RUN_SCRIPT.format(name=project.name))
    else:
        lines += [f"from {module} import *" for module in reversed(dotted(list(program)))] + [""]
    for number, case in enumerate(cases, 1):
        lines.append(f"\ndef test_{number}():  # {_ABOUT[case.origin]}\n{indent(case.source, '    ')}\n")
    return "\n".join(lines)
