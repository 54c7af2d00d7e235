"""Packages that a program wants to have and the sandbox has not."""

import ast
import sys
from collections.abc import Sequence
from typing import Final

from desktop.agents.code.cases import UNREADABLE
from desktop.agents.code.program import ProgramText
from desktop.agents.code.project import Project, dotted
from desktop.engine import Question, SandboxStanding

WITHOUT: Final = "Write it without"
WITH: Final = "Go on with it, not verified"


def wanted_packages(program: ProgramText, project: Project, standing: SandboxStanding) -> tuple[str, ...]:
    """What a program imports that is neither Python's own, nor its own, nor to be had in the sandbox."""
    own = {module.partition(".")[0] for module in dotted([*program.files, *project.data])}
    there = {package.partition(" ")[0] for package in standing.packages}
    wanted = {name for text in program.files.values() for name in _imported(text)}
    return tuple(sorted(wanted - own - there - sys.stdlib_module_names))


def _imported(text: str) -> set[str]:
    """The packages that a text of Python can't do without: imports that it catches the lack of are none."""
    try:
        tree = ast.parse(text)
    except UNREADABLE:
        return set()
    optional = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.Try) and any("ImportError" in ast.unparse(each) for each in node.handlers)
        for each in node.body
        for inner in ast.walk(each)
    }
    found = set()
    for node in ast.walk(tree):
        if node in optional:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def package_question(packages: Sequence[str]) -> Question:
    """What the person decides: nothing is installed either way."""
    several = len(packages) > 1
    return Question(
        text=f"Every try at the program imports {' or '.join(packages)}, which the sandbox does not have. Go on how?",
        details=(
            f"Imported: {', '.join(packages)}\n"
            f"“{WITHOUT}”: the program is written again with Python's standard library only.\n"
            f"“{WITH}”: you get the program as it is. It is not run, so nothing is known of whether it works. "
            f"Nothing is installed or downloaded; you install {'them' if several else 'it'} yourself."
        ),
        choices=(WITHOUT, WITH),
    )
