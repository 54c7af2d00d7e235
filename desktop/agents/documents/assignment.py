"""What a request asks of the documents: its goal and options, understood."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from desktop.agents.documents.extraction import Field, parse_fields
from desktop.agents.documents.mode import Mode, asked_count, mode_of
from desktop.agents.evidence.language import language_of, parse_language
from desktop.agents.option_names import check_option_names
from desktop.engine import MAX_GOAL_CHARACTERS, InvalidRequest, TaskRequest

DEFAULT_MEGABYTES: Final = 20.0
MOST_POINTS: Final = 20
"""Points that a summary may have: they are written in one answer."""

OPTIONS: Final = ("mode", "fields", "language", "max_megabytes")
_MEGABYTE: Final = 1_000_000
_BYTES_PER_TOKEN: Final = 3.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A request, understood."""

    goal: str
    mode: Mode
    language: str  # of the result, by its English name
    asked: int | None = None  # points that the goal asks for
    fields: tuple[Field, ...] = ()  # to extract; empty: the goal says which
    most_bytes: int = int(DEFAULT_MEGABYTES * _MEGABYTE)  # of text, over all documents

    @property
    def count(self) -> int | None:
        """Points that a summary shall have; None: as many as are good."""
        return None if self.asked is None else min(self.asked, MOST_POINTS)


def understand(request: TaskRequest) -> Assignment:
    """The request's goal and options. Raises `InvalidRequest`."""
    goal = _checked_goal(request.goal)
    check_option_names(request.options, OPTIONS, "documents")
    option = request.options.get("fields")
    fields = _parse_fields(option) if option not in (None, "") else ()
    mode = _parse_mode(request.options.get("mode"), goal, has_fields=bool(fields))
    if fields and mode is not Mode.EXTRACT:
        raise InvalidRequest(
            f"Fields are given, but the mode is “{mode}”; nothing was started.",
            hint="Leave out one of the two, or use mode=extract.",
        )
    assignment = Assignment(
        goal=goal,
        mode=mode,
        language=_parse_language(request.options.get("language"), goal),
        asked=asked_count(goal) if mode is Mode.SUMMARISE else None,
        fields=fields,
        most_bytes=_parse_limit(request.options.get("max_megabytes")),
    )
    _check_inputs(request, assignment)
    return assignment


def describe_amount(size: float) -> str:
    """A size in bytes of text for a person, with what it means to a model."""
    tokens = size / _BYTES_PER_TOKEN
    rounded = f"{tokens / 1_000_000:.1f} million" if tokens >= 1_000_000 else f"{tokens / 1000:,.0f} thousand"
    return f"{size / _MEGABYTE:,.1f} MB of text, about {rounded} tokens"


def way_out_of_too_much(assignment: Assignment, size: float) -> str:
    """What to do where the documents hold more text than a task takes."""
    return (
        f"Give fewer or shorter documents, or allow more with max_megabytes={math.ceil(size / _MEGABYTE)}: "
        f"the limit is {assignment.most_bytes / _MEGABYTE:g} MB."
    )


def _checked_goal(goal: str) -> str:
    if not goal.strip():
        raise InvalidRequest(
            "The goal is empty; nothing was started.",
            hint="Say what to do with the documents, for example “Summarise this in five points”.",
        )
    if len(goal) > MAX_GOAL_CHARACTERS:
        raise InvalidRequest(
            f"The goal has {len(goal):,} characters, {MAX_GOAL_CHARACTERS:,} are allowed; nothing was started.",
            hint="Put long material into a file and give the file to the task.",
        )
    return goal.strip()


def _parse_fields(option: Any) -> tuple[Field, ...]:
    if not isinstance(option, str | Mapping):
        raise InvalidRequest(
            "The fields are neither a text nor a JSON schema; nothing was started.",
            hint="Write fields as “name:text, date:date, total:number”.",
        )
    return parse_fields(option)


def _parse_mode(option: Any, goal: str, *, has_fields: bool) -> Mode:
    if option in (None, ""):
        return Mode.EXTRACT if has_fields else mode_of(goal)
    wanted = str(option).strip().lower().replace("summarize", "summarise")
    if wanted not in set(Mode):
        raise InvalidRequest(
            f"There is no mode “{option}”; nothing was started.", hint=f"The modes are {', '.join(Mode)}."
        )
    return Mode(wanted)


def _parse_language(option: Any, goal: str) -> str:
    if option in (None, ""):
        return language_of(goal) or "English"
    wanted = str(option).strip()
    language = parse_language(wanted)
    if language is None:
        raise InvalidRequest(
            f"\u201c{wanted[:40]}\u201d is no language; nothing was started.",
            hint="Write its English name or its code, for example language=German or language=de.",
        )
    return language


def _parse_limit(option: Any) -> int:
    if option in (None, ""):
        return int(DEFAULT_MEGABYTES * _MEGABYTE)
    try:
        megabytes = float(option)
    except (TypeError, ValueError):
        megabytes = math.nan
    if not 0 < megabytes <= 10_000:
        raise InvalidRequest(
            f"max_megabytes is “{option}”; nothing was started.", hint="Give a number of megabytes greater than 0."
        )
    return int(megabytes * _MEGABYTE)


def _check_inputs(request: TaskRequest, assignment: Assignment) -> None:
    if not request.inputs:
        raise InvalidRequest(
            "There is no document to read; nothing was started.", hint="Give at least one file, folder or text."
        )
    size = sum(len(given.text.encode("utf-8", "replace")) for given in request.inputs if given.text)
    if size > assignment.most_bytes:
        raise InvalidRequest(
            f"That is {describe_amount(size)}, more than one task takes; nothing was started.",
            hint=way_out_of_too_much(assignment, size),
        )
