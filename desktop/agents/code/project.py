"""What a program is made of and has around it: the files that were given, by what each is for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from desktop.agents.code.assignment import Assignment, Language
from desktop.agents.code.cases import UNREADABLE, is_pytest, modules_of, read_python
from desktop.agents.code.given_files import GivenText

SOLUTION: Final = "solution"
"""What a program is called where nobody says otherwise."""
GIVEN_TESTS: Final = "test_given.py"

_BESIDE: Final = frozenset({"conftest", "pytest", "numpy"})
_ENDINGS: Final = {Language.PYTHON: ".py", Language.PACKAGE: ".py", Language.SHELL: ".sh"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The files by relative name, each in one place."""

    name: str = SOLUTION  # of the program, without its ending: what tests import
    base: Mapping[str, str] = field(default_factory=dict)  # the program as it is, where it is to be changed
    data: Mapping[str, str] = field(default_factory=dict)  # what lies beside the program when it runs
    tests: Mapping[str, str] = field(default_factory=dict)  # the person's own, for pytest
    notes: Mapping[str, str] = field(default_factory=dict)  # texts of documents: read, and not there when it runs
    unusable: tuple[str, ...] = ()  # what could not be used of what was given, and why, a sentence each

    @property
    def size(self) -> int:
        """Characters of all that is told to the model."""
        return sum(len(text) for files in (self.base, self.data, self.tests, self.notes) for text in files.values())

    @property
    def test_files(self) -> tuple[str, ...]:
        """Those of the person's tests that pytest is told to run; others, such as `conftest.py`, it finds itself."""
        return tuple(sorted(name for name in self.tests if PurePosixPath(name).name != "conftest.py"))

    def around(self, program: Mapping[str, str]) -> dict[str, bytes]:
        """All files with which the program runs, the tests left out; its own ones win."""
        return {name: text.encode("utf-8", "replace") for name, text in {**self.data, **program}.items()}

    def whole(self, program: Mapping[str, str]) -> dict[str, str]:
        """The given files with what was written in their place or besides."""
        return {**self.base, **program}


def make_project(assignment: Assignment, given: Sequence[GivenText], unusable: Sequence[str]) -> Project:
    """Each given file in its place."""
    ending = _ENDINGS[assignment.language]
    base, data, tests, notes = {}, {}, {}, {}
    for file in given:
        if not file.is_plain:
            notes[file.name] = file.text
        elif is_test(file.name):
            tests[file.name] = file.text
        elif file.name.endswith(ending):
            base[file.name] = file.text
        else:
            data[file.name] = file.text
    if is_pytest(assignment.tests):
        tests[GIVEN_TESTS] = assignment.tests
    name = _name(base, {**tests, "": assignment.tests}, ending, {**base, **data})
    if assignment.language is not Language.SHELL:
        tests = {file: _with_program(text, name, base) for file, text in tests.items()}
    return Project(name=name, base=base, data=data, tests=tests, notes=notes, unusable=tuple(unusable))


def is_test(name: str) -> bool:
    """Whether a file holds tests, by its name."""
    last = PurePosixPath(name).name
    return last.endswith(".py") and (last.startswith("test_") or last.endswith("_test.py") or last == "conftest.py")


def dotted(names: Sequence[str]) -> tuple[str, ...]:
    """The modules in files of Python, as they are imported: packages before what is in them."""
    found = []
    for name in sorted(names, key=lambda name: (not name.endswith("__init__.py"), name)):
        parts = PurePosixPath(name).with_suffix("").parts
        if not name.endswith(".py") or is_test(name) or parts[-1] == "__main__":
            continue
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        if parts and all(part.isidentifier() for part in parts):
            found.append(".".join(parts))
    return tuple(found)


def _name(base: Mapping[str, str], tests: Mapping[str, str], ending: str, there: Mapping[str, str]) -> str:
    """What the program is called: as what is changed, or as the person's tests call it, or as always."""
    if len(base) == 1:
        return next(iter(base)).removesuffix(ending)
    have = {PurePosixPath(name).parts[0].removesuffix(".py") for name in there}
    asked = {module.partition(".")[0] for text in tests.values() for module in modules_of(text)} - have - _BESIDE
    return asked.pop() if len(asked) == 1 and not base else SOLUTION


def _with_program(text: str, name: str, base: Mapping[str, str]) -> str:
    """Tests that bring in nothing of the program are given all of it, since they can't have been meant otherwise."""
    try:
        read_python(text)
    except UNREADABLE:
        return text
    if modules_of(text) - _BESIDE:
        return text
    brings = [f"from {module} import *" for module in (dotted(list(base)) or (name,))]
    return "\n".join([*brings, text])
