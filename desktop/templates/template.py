"""A template: a job that is done again and again, with what is different each time as fields."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from desktop.engine import MAX_GOAL_CHARACTERS, InvalidRequest

PLACE: Final = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")
"""Where the value of a field goes, in a goal or an option. What names no field of the template is text."""

MAX_NAME_CHARACTERS: Final = 80
MAX_FIELDS: Final = 20
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


class FieldType(StrEnum):
    """What a field takes."""

    TEXT = "text"
    LINES = "lines"  # a longer text
    NUMBER = "number"
    CHOICE = "choice"
    COLUMNS = "columns"  # fields to extract: `name:type=hint`, one a line or between commas
    FILES = "files"
    FOLDER = "folder"


GIVES_INPUTS: Final = frozenset({FieldType.FILES, FieldType.FOLDER})
"""What such fields name is what the task works on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something that is different each time."""

    name: str  # as it stands in the goal: `{points}`
    title: str  # what a person calls it
    type: FieldType = FieldType.TEXT
    choices: tuple[str, ...] = ()
    default: str = ""
    hint: str = ""  # an example, shown while the field is empty
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Makes a task of what its fields hold. A line of the goal is left out where a field in it is empty."""

    id: str
    name: str
    kind: str
    goal: str
    about: str = ""
    fields: tuple[Field, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)  # left out where a field in it is empty
    own: bool = False  # the person's; the others come with the program


def identifier_of(name: str) -> str:
    """What a template of that name is called on the command line: “Weekly report” is `weekly-report`."""
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-") or "template"


def places_in(value: Any) -> Iterator[str]:
    """The names that stand in braces in a text, or in the texts of an option."""
    if isinstance(value, str):
        yield from (match[1] for match in PLACE.finditer(value))
    elif isinstance(value, dict):
        for part in value.values():
            yield from places_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from places_in(part)


def checked(template: Template) -> Template:
    """The template, if it can be used. Raises `InvalidRequest`, which says what is wrong with it."""
    problem = next(_problems(template), "")
    if problem:
        raise InvalidRequest(
            f"The template “{template.name[:MAX_NAME_CHARACTERS]}” can't be used: {problem} Nothing was changed.",
            hint="Correct that, and try again.",
        )
    return template


def _problems(template: Template) -> Iterator[str]:
    if not template.name.strip() or len(template.name) > MAX_NAME_CHARACTERS:
        yield f"a name has 1 to {MAX_NAME_CHARACTERS} characters."
    if not template.kind.strip():
        yield "it does not say which kind of task it makes."
    if not template.goal.strip() or len(template.goal) > MAX_GOAL_CHARACTERS:
        yield f"a goal has 1 to {MAX_GOAL_CHARACTERS:,} characters."
    names = [each.name for each in template.fields]
    if len(set(names)) < len(names) or len(names) > MAX_FIELDS:
        yield f"it has a field twice, or more than {MAX_FIELDS}."
    for each in template.fields:
        if not _NAME.fullmatch(each.name):
            yield f"“{each.name[:40]}” is no name of a field, which has small letters, digits and underscores."
        if each.type is FieldType.CHOICE and not each.choices:
            yield f"the field “{each.name}” has nothing to choose from."
        if each.choices and each.default and each.default not in each.choices:
            yield f"what is usual for the field “{each.name}” is none of its choices."
