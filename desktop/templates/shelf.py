"""The templates that there are: those that come with the program, and the person's own in a file of the data folder.

The file is read at each use, since a window and commands may share it. It is replaced as a whole, so it is either what
it was or what it became; one that can't be understood is kept aside.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Final

from desktop.engine import InvalidRequest, StorageFailed
from desktop.templates.template import Template, checked, identifier_of
from desktop.templates.template_file import read_templates, shipped_templates, write_templates

FILE: Final = "templates.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What there is; `problem` tells a person what was wrong with their file, and where it is kept now."""

    templates: tuple[Template, ...]
    problem: str = ""


class TemplateShelf:
    """Lists, keeps and removes templates. Its methods read and write files: call them beside the window."""

    def __init__(self, data: Path) -> None:
        self._path = data / FILE
        self._lock = Lock()

    def look(self) -> Shelf:
        """All templates, the person's own first. Raises `StorageFailed` where the file can't be read."""
        own, problem = self._own()
        return Shelf(templates=(*own, *shipped_templates()), problem=problem)

    def find(self, called: str) -> Template:
        """The template of that identifier or name, whatever the case. Raises `InvalidRequest`."""
        wanted = called.strip().casefold()
        templates = self.look().templates
        for template in templates:
            if wanted in (template.id.casefold(), template.name.casefold()):
                return template
        raise InvalidRequest(
            f"There is no template “{called[:80]}”; nothing was started.",
            hint=f"There are: {', '.join(template.id for template in templates)}.",
        )

    def keep(self, template: Template, *, instead_of: str = "") -> Template:
        """Keep a template of the person's, in the place of the own one with that identifier, if any.

        What is kept has a name and an identifier that no other has. Raises `InvalidRequest` for one that can't be used,
        or whose name is another one's, and `StorageFailed`.
        """
        checked(template)
        kept: list[Template] = []

        def change(own: Sequence[Template]) -> tuple[Template, ...]:
            others = [each for each in own if each.id != instead_of]
            named = _with_identifier(template, (*others, *shipped_templates()))
            kept.append(named)
            at = next((row for row, each in enumerate(own) if each.id == instead_of), len(others))
            return (*others[:at], named, *others[at:])

        self._change(change)
        return kept[0]

    def remove(self, identifier: str) -> Template:
        """Take one of the person's off the shelf, and give it back. Raises `InvalidRequest` and `StorageFailed`."""
        removed: list[Template] = []

        def change(own: Sequence[Template]) -> tuple[Template, ...]:
            removed.extend(each for each in own if each.id == identifier)
            if not removed:
                raise InvalidRequest(
                    f"There is no template of yours called “{identifier[:80]}”; nothing was removed.",
                    hint="Those that come with Legwork stay.",
                )
            return tuple(each for each in own if each.id != identifier)

        self._change(change)
        return removed[0]

    def take_in(self, content: bytes, file_name: str) -> tuple[Template, ...]:
        """Keep the templates of a file, under other names where theirs are taken. Raises like `keep`."""
        return tuple(self.keep(self._renamed(each)) for each in read_templates(content, file_name))

    def _renamed(self, template: Template) -> Template:
        taken = {each.name.casefold() for each in self.look().templates}
        name, number = template.name, 2
        while name.casefold() in taken:
            name, number = f"{template.name} ({number})", number + 1
        return replace(template, name=name)

    def _own(self) -> tuple[tuple[Template, ...], str]:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return (), ""
        except OSError as error:
            raise StorageFailed(
                f"Your templates in {self._path} can't be read ({error.strerror}); they are as they were.",
                hint="See that the data folder can be read.",
            ) from error
        try:
            return tuple(replace(each, own=True) for each in read_templates(content, FILE)), ""
        except InvalidRequest as error:
            return (), self._set_aside(error)

    def _set_aside(self, error: InvalidRequest) -> str:
        aside = _free_name(self._path)
        try:
            self._path.rename(aside)
        except OSError:
            return f"Your templates in {self._path} can't be understood and were left where they are. {error.message}"
        return f"Your templates could not be understood and were kept as {aside}. {error.message}"

    def _change(self, change: Callable[[Sequence[Template]], tuple[Template, ...]]) -> None:
        with self._lock:
            own, _ = self._own()
            content = write_templates(change(own))
            read_templates(content, FILE)  # nothing is written that could not be read again
            partial = self._path.with_suffix(".json.new")
            try:
                with partial.open("wb") as out:
                    out.write(content)
                    out.flush()
                    os.fsync(out.fileno())
                partial.replace(self._path)
            except OSError as error:
                raise StorageFailed(
                    f"The templates could not be written to {self._path} ({error.strerror}); they are as they were.",
                    hint="See that the data folder is writable and its disk not full.",
                ) from error


def _with_identifier(template: Template, others: Sequence[Template]) -> Template:
    name = template.name.strip()
    if any(each.name.casefold() == name.casefold() for each in others):
        raise InvalidRequest(f"There is a template “{name}” already; nothing was changed.", hint="Choose another name.")
    taken = {each.id for each in others}
    first, number = identifier_of(name), 2
    identifier = first
    while identifier in taken:
        identifier, number = f"{first}-{number}", number + 1
    return replace(template, id=identifier, name=name, own=True)


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.stem}.broken-{number}{path.suffix}")).exists():
        number += 1
    return aside
