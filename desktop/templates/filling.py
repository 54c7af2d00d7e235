"""Makes a request of a template and of what its fields hold."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from desktop.engine import Input, InvalidRequest, TaskRequest
from desktop.templates.template import GIVES_INPUTS, PLACE, Field, FieldType, Template, places_in

Given = str | float | Sequence[str]
"""What somebody gives for a field: a text, a number, or paths."""

_COLUMN_ENDS: Final = re.compile(r"\s*\n\s*")


def fill(template: Template, given: Mapping[str, Given], paths: Sequence[str] = ()) -> TaskRequest:
    """The request that the template makes of what is given for its fields, and of further files.

    Raises `InvalidRequest` for a field that the template does not have, that is missing, or that can't be understood.
    """
    _check_names(template, given)
    values = {field.name: _value(field, given.get(field.name, field.default)) for field in template.fields}
    missing = [
        field.title
        for field in template.fields
        if field.required and not values[field.name] and not (paths and field.type in GIVES_INPUTS)
    ]
    if missing:
        raise InvalidRequest(
            f"“{template.name}” needs to know: {', '.join(missing)}. Nothing was started.",
            hint="Fill that in.",
        )
    inputs = [path for field in template.fields if field.type in GIVES_INPUTS for path in values[field.name]]
    inputs += _in_full(paths)
    texts = {field.name: "" if field.type in GIVES_INPUTS else str(values[field.name]) for field in template.fields}
    return TaskRequest(
        kind=template.kind,
        goal=_filled_goal(template.goal, texts),
        inputs=tuple(Input(path=path) for path in dict.fromkeys(inputs)),
        options=_filled_options(template.options, texts),
    )


def _check_names(template: Template, given: Mapping[str, Given]) -> None:
    names = [field.name for field in template.fields]
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise InvalidRequest(
            f"“{template.name}” has no field “{unknown[0][:40]}”; nothing was started.",
            hint=f"Its fields are {', '.join(names)}." if names else "It has no fields.",
        )


def _value(field: Field, given: Given) -> Any:
    """The value as a text, or as paths."""
    if field.type in GIVES_INPUTS:
        paths = (given,) if isinstance(given, str) else tuple(map(str, given)) if isinstance(given, Sequence) else ()
        return _in_full(paths)
    if not isinstance(given, str | int | float):
        raise _wrong(field, "is a list", "a text")
    text = _number(given) if isinstance(given, int | float) else given.strip()
    if not text:
        return ""
    if field.type is FieldType.NUMBER:
        return _checked_number(field, text)
    if field.type is FieldType.CHOICE and text not in field.choices:
        raise _wrong(field, f"is “{text[:40]}”", f"one of {', '.join(field.choices)}")
    return _COLUMN_ENDS.sub(", ", text) if field.type is FieldType.COLUMNS else text


def _in_full(paths: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(Path(path).expanduser().absolute()) for path in paths if path.strip())


def _checked_number(field: Field, text: str) -> str:
    try:
        return _number(float(text.replace(",", ".")))
    except (ValueError, OverflowError):
        raise _wrong(field, f"is “{text[:40]}”", "a number") from None


def _number(value: float) -> str:
    return f"{value:g}" if value != int(value) else str(int(value))


def _wrong(field: Field, what: str, wanted: str) -> InvalidRequest:
    return InvalidRequest(f"“{field.title}” {what}; nothing was started.", hint=f"Give {wanted}.")


def _filled_goal(goal: str, texts: Mapping[str, str]) -> str:
    lines = [_filled(line, texts) for line in goal.splitlines() if not _lacks(line, texts)]
    return "\n".join(lines).strip()


def _filled_options(options: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    return {name: _filled(value, texts) for name, value in options.items() if not _lacks(value, texts)}


def _lacks(value: Any, texts: Mapping[str, str]) -> bool:
    return any(texts.get(name) == "" for name in places_in(value))


def _filled(value: Any, texts: Mapping[str, str]) -> Any:
    """The value with each place filled once: what a field holds is never looked through for places again."""
    if isinstance(value, str):
        return PLACE.sub(lambda match: texts.get(match[1], match[0]), value)
    if isinstance(value, dict):
        return {name: _filled(part, texts) for name, part in value.items()}
    return [_filled(part, texts) for part in value] if isinstance(value, list | tuple) else value
