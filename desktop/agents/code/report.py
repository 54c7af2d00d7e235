"""What a person reads first of a program."""

from collections.abc import Mapping
from typing import Final

from desktop.agents.code.assignment import Language
from desktop.agents.code.program import ProgramText
from desktop.agents.code.project import Project
from desktop.agents.evidence.markdown import plain
from desktop.engine import Verdict, Verification

_LANGUAGES: Final[Mapping[Language, str]] = {
    Language.PYTHON: "python",
    Language.PACKAGE: "python",
    Language.SHELL: "sh",
}
_FENCE: Final = "````"
_MOST_CHARACTERS: Final = 12_000


def summary_markdown(program: ProgramText, verification: Verification, language: Language, project: Project) -> str:
    """The verdict, what could not be used of what was given, then the program, or what changed of it."""
    parts = [f"**{plain(_sentence(verification))}**"]
    parts += [f"- {plain(check.name)}: {check.passed} of {check.total} pass" for check in verification.checks]
    parts += [f"- {plain(sentence)}" for sentence in project.unusable]
    for name, text in program.files.items():
        if project.base.get(name) == text:
            continue
        shown = text[:_MOST_CHARACTERS].replace(_FENCE, "'''")
        shown = shown if shown.endswith("\n") else f"{shown}\n"
        more = "" if len(text) <= _MOST_CHARACTERS else "\n\nThe file goes on."
        parts.append(f"\n{plain(name)}\n\n{_FENCE}{_LANGUAGES[language]}\n{shown}{_FENCE}{more}")
    return "\n".join(parts)


def _sentence(verification: Verification) -> str:
    note = verification.note[:1].upper() + verification.note[1:]
    says_so = verification.verdict is not Verdict.NOT_VERIFIED or note.startswith("Not verified")
    return note if says_so else f"Unverified: {note}"
