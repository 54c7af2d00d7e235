"""`legwork templates`: frequent jobs with their fields, shared with the window."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from desktop.cli.exit_code import ExitCode
from desktop.cli.terminal import Terminal, one_line
from desktop.engine import TaskRequest
from desktop.paths import Paths
from desktop.templates import GIVES_INPUTS, Field, Given, Template, TemplateShelf, fill


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatesCommand:
    """Lists and shows templates, and makes requests of them."""

    paths: Paths
    terminal: Terminal
    as_json: bool

    def list(self) -> ExitCode:
        """One template a line, the person's own first."""
        shelf = TemplateShelf(self.paths.data).look()
        if shelf.problem:
            self.terminal.say(shelf.problem)
        for template in shelf.templates:
            if self.as_json:
                self.terminal.print_json(template)
            else:
                yours = " (yours)" if template.own else ""
                name = one_line(f"{template.name}{yours}  {template.about}")
                self.terminal.print(f"{one_line(template.id):<12}  {one_line(template.kind):<10}  {name}")
        return ExitCode.COMPLETED

    def show(self, called: str) -> ExitCode:
        """One template with its fields."""
        template = TemplateShelf(self.paths.data).find(called)
        if self.as_json:
            self.terminal.print_json(template)
            return ExitCode.COMPLETED
        for line in _description(template):
            self.terminal.print(one_line(line))
        return ExitCode.COMPLETED

    def request(self, called: str, fields: Sequence[tuple[str, str]], files: Sequence[str]) -> TaskRequest:
        """What the template makes of these fields and files. Raises `InvalidRequest`."""
        template = TemplateShelf(self.paths.data).find(called)
        taking = {field.name for field in template.fields if field.type in GIVES_INPUTS}
        given: dict[str, Given] = {}
        for name, value in fields:
            earlier = given.get(name, ())
            given[name] = (*earlier, value) if name in taking and isinstance(earlier, tuple) else value
        return fill(template, given, files)


def with_choices(request: TaskRequest, *, model: str | None, title: str | None, keep_days: int) -> TaskRequest:
    """The request with what is not a template's to say."""
    return replace(request, model=model, title=title, keep_days=keep_days)


def _description(template: Template) -> list[str]:
    lines = [template.name, template.about, f"kind {template.kind}"]
    lines += [f"goal {line}" for line in template.goal.splitlines()]
    lines += [f"option {name}={_text(value)}" for name, value in template.options.items()]
    lines += [_field(field) for field in template.fields]
    example = " ".join(f"-f {field.name}=…" for field in template.fields if field.required)
    return [*(line for line in lines if line), f"Use it: legwork templates use {template.id} {example}".rstrip()]


def _field(field: Field) -> str:
    said = [field.type.value]
    if field.choices:
        said = ["one of " + ", ".join(field.choices)]
    if field.required:
        said.append("needed")
    if field.default:
        said.append(f"usually {field.default}")
    return f"field {field.name}: {field.title} ({', '.join(said)})"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
