"""A separate look at what was reached: at the files as they are now, at the evidence, and by the model once more."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Self

from desktop.agents.assistant.conversation import Conversation
from desktop.agents.assistant.menu import Menu
from desktop.agents.assistant.turn import FINISH, LISTING, READING, WRITING, Turn
from desktop.agents.evidence.model_json import object_in
from desktop.engine import Check, Effect, Run, ToolCall

MOST_FILES: Final = 5
SECOND_LOOK: Final = "a second look"
"""The check that is the model's own, and by itself proves nothing."""
FILES_THERE: Final = "written files are there"
FIGURES_FOUND: Final = "figures with evidence"
PROVING: Final = frozenset({FILES_THERE, FIGURES_FOUND})
"""The checks by which something can be told to be right; the others only tell what is wrong."""

_ENDINGS: Final = (
    "csv tsv txt md rst json jsonl yaml yml toml ini cfg conf xml html htm log py sh js sql docx xlsx pptx pdf odt ods "
    "eml ics"
)
_FILE: Final = re.compile(rf"(?<![\w/])[\w./-]*\w\.(?:{'|'.join(_ENDINGS.split())})\b", re.IGNORECASE)
_WRITING: Final = re.compile(
    r"\b(?:write|save|create|make|put|store|produce|copy|schreib\w*|speicher\w*|erstell\w*|lege)\b", re.IGNORECASE
)
_FIGURE: Final = re.compile(r"(?<![\w.,:])\d[\d.,:']*\d(?![\w])")
"""Numbers of two digits and more: single ones are counts of what stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the model says of the work when it looks at it from outside."""

    missing: str
    reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a check found. `missing` is what the work goes on for; empty where nothing is."""

    checks: tuple[Check, ...] = ()
    missing: str = ""


async def review(
    run: Run,
    menu: Menu,
    conversation: Conversation,
    turns: Sequence[Turn],
    answer: str,
    *,
    number: int = 0,
    look: bool = True,
) -> Review:
    """Check the work of a run as it stands after turn `number`; `look` asks the model too."""
    files = await _files_now(run, menu, turns, number)
    written = written_files(menu, turns)
    lost = [path for path, text in files if not _stands(written[path], text)]
    named = list(dict.fromkeys(_FILE.findall(conversation.assignment.goal)))
    untouched = [name for name in named if not _dealt_with(name, menu, turns)]
    figures = list(dict.fromkeys(_FIGURE.findall(answer)))
    known = Figures.of(_evidence(conversation, turns))
    unfounded = [each for each in figures if not known.have(each)]
    checks = [
        Check(name=FILES_THERE, passed=len(files) - len(lost), total=len(files)),
        Check(name="files that the goal names", passed=len(named) - len(untouched), total=len(named)),
        Check(name=FIGURES_FOUND, passed=len(figures) - len(unfounded), total=len(figures)),
    ]
    missing = _missing(lost, untouched, unfounded)
    if look and not missing:
        seen = await run.step(f"check {number}", partial(_looked, run, conversation, answer, files))
        checks.append(Check(name=SECOND_LOOK, passed=int(seen.reached), total=1))
        missing = "" if seen.reached else seen.missing.strip() or "the goal is not reached yet."
    return Review(checks=tuple(check for check in checks if check.total), missing=missing)


def to_write(goal: str, known: Sequence[str]) -> list[str]:
    """The files that the goal wants written and that are not there yet, as far as is `known`."""
    if not _WRITING.search(goal):
        return []
    there = {path.rpartition("/")[2].casefold() for path in known}
    return [name for name in dict.fromkeys(_FILE.findall(goal)) if name.rpartition("/")[2].casefold() not in there]


def _missing(lost: Sequence[str], untouched: Sequence[str], unfounded: Sequence[str]) -> str:
    if lost:
        return f"{lost[0]} is not there as it was written."
    if untouched:
        return f"the goal names {untouched[0]}, and no action has read or written it."
    if unfounded:
        return f"the answer says {', '.join(unfounded[:3])}, which no action gave. Work it out with an action."
    return ""


async def _files_now(run: Run, menu: Menu, turns: Sequence[Turn], number: int) -> list[tuple[str, str]]:
    """The files that the run wrote, read again."""
    if menu.find(READING) is None:
        return []
    files = []
    paths = list(dict.fromkeys(path for path, _ in _written(menu, turns)))[-MOST_FILES:]
    for place, path in enumerate(paths, 1):
        output = await run.tools.use(f"look {number}.{place}", ToolCall(tool=READING, arguments={"path": path}))
        files.append((path, "" if output.failed else output.text))
    return files


def _written(menu: Menu, turns: Sequence[Turn]) -> Iterator[tuple[str, str]]:
    """Paths and contents of what was written, in order."""
    for turn in turns:
        action = menu.find(turn.choice.action)
        path = turn.choice.arguments.get("path")
        if action is not None and action.effect is Effect.WRITES and not turn.failed and isinstance(path, str):
            yield path, str(turn.choice.arguments.get("content", ""))


def written_files(menu: Menu, turns: Sequence[Turn]) -> dict[str, str]:
    """What the run wrote last by each path."""
    return dict(_written(menu, turns))


def _stands(content: str, text: str) -> bool:
    """Whether a file holds what was written: its first and its last line, for tools that show it in their way."""
    lines = [line.strip() for line in content.splitlines() if line.strip()]
    return bool(text.strip()) and all(line in text for line in (*lines[:1], *lines[-1:]))


def _dealt_with(name: str, menu: Menu, turns: Sequence[Turn]) -> bool:
    wanted = name.rpartition("/")[2].casefold()
    for turn in turns:
        action = menu.find(turn.choice.action)
        if turn.failed or turn.choice.action == FINISH or action is None:
            continue
        texts = [value for value in turn.choice.arguments.values() if isinstance(value, str) and len(value) < 500]
        texts += [turn.output] if turn.choice.action != LISTING else []
        if action.effect is not Effect.RUNS and any(wanted in text.casefold() for text in texts):
            return True
    return False


def _evidence(conversation: Conversation, turns: Sequence[Turn]) -> str:
    """All that was asked, given and computed; what the model wrote itself proves nothing."""
    given = [turn.output for turn in turns if turn.choice.action not in (FINISH, WRITING)]
    computed = [str(turn.choice.arguments) for turn in turns if turn.choice.action == WRITING and not turn.by_model]
    return "\n".join([conversation.assignment.goal, *given, *computed])


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a text, in whatever form they are written."""

    text: str
    values: frozenset[float]

    @classmethod
    def of(cls, text: str) -> Self:
        """Those of that text."""
        plain = _plain(text)
        values = (_value(figure) for figure in _FIGURE.findall(plain))
        return cls(text=plain, values=frozenset(value for value in values if value is not None))

    def have(self, figure: str) -> bool:
        """Whether the figure is there as a whole, or its value is: 47 is not in 4711."""
        plain = _plain(figure)
        whole = re.search(rf"(?<!\d)(?<!\d[.,]){re.escape(plain)}(?!\d)", self.text)
        return whole is not None or _value(plain) in self.values


def _value(figure: str) -> float | None:
    """A figure as a number, for 50.00 is 50; None where it is none."""
    try:
        return float(figure.rstrip("."))
    except ValueError:
        return None


def _plain(text: str) -> str:
    return re.sub(r"(?<=\d)[,'](?=\d{3})", "", text)


async def _looked(run: Run, conversation: Conversation, answer: str, files: Sequence[tuple[str, str]]) -> Look:
    said = object_in((await run.ask(conversation.look_prompt(answer, files))).text) or {}
    return Look(missing=str(said.get("missing", "")), reached=said.get("reached") is True)
