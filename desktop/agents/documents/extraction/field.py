"""A field to extract, and how a request names it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from desktop.engine import InvalidRequest

MAX_FIELDS: Final = 60
_HINT: Final = (
    'Write fields="name[:text|number|date|boolean][=hint], …", for example fields="invoice_number, total:number".'
)


class FieldType(StrEnum):
    """What a field's values are."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column of the table: its name, what its values are, and in the person's words what is meant."""

    name: str
    type: FieldType = FieldType.TEXT
    hint: str = ""

    @property
    def words(self) -> str:
        """The name as words: `dueDate` and `due_date` are “due date”."""
        spaced = re.sub(r"(?<=[a-zäöüß\d])(?=[A-ZÄÖÜ])", " ", self.name)
        return re.sub(r"[\W_]+", " ", spaced).strip().lower()


def parse_fields(option: str | Mapping[str, Any]) -> tuple[Field, ...]:
    """The fields that an option names: `name[:type][=hint], …`, or a JSON schema (also as text) with properties.

    A hint runs to the next comma and may hold colons, semicolons and equals signs; in double quotes, commas too.
    Raises `InvalidRequest`.
    """
    if isinstance(option, Mapping):
        fields = _from_schema(option)
    elif option.lstrip().startswith("{"):
        fields = _from_schema(_decode(option))
    else:
        fields = [_from_entry(entry) for entry in _entries(option) if entry.strip()]
    names = [field.name.casefold() for field in fields]
    if not fields:
        raise InvalidRequest("No field is named, so there is nothing to extract; nothing was started.", hint=_HINT)
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InvalidRequest(f"The field “{twice}” is named twice; nothing was started.", hint="Name each field once.")
    if "file" in names:
        raise InvalidRequest(
            "A field can't be called “file”: that column names the document.", hint="Give the field another name."
        )
    if len(fields) > MAX_FIELDS:
        raise InvalidRequest(
            f"{len(fields)} fields are more than one task can extract ({MAX_FIELDS}).", hint="Make two tasks of it."
        )
    return tuple(fields)


def _entries(option: str) -> list[str]:
    """The entries between commas and line ends that are not within double quotes of a hint."""
    entries, quoted, begin = [], False, 0
    for place, character in enumerate(option):
        if character == '"':
            quoted = not quoted
        elif not quoted and (character in ",\n" or (character == ";" and "=" not in option[begin:place])):
            entries.append(option[begin:place])
            begin = place + 1
    if quoted:
        raise InvalidRequest("A quotation mark in the fields is not closed; nothing was started.", hint=_HINT)
    return [*entries, option[begin:]]


def _from_entry(entry: str) -> Field:
    head, _, hint = entry.partition("=")
    name, colon, type_name = (part.strip() for part in head.partition(":"))
    hint = hint.strip()
    if len(hint) >= 2 and hint[0] == hint[-1] == '"':
        hint = hint[1:-1]
    return Field(name=_checked_name(name), type=_field_type(type_name, name) if colon else FieldType.TEXT, hint=hint)


_TYPE_NAMES: Final = {
    "text": FieldType.TEXT,
    "string": FieldType.TEXT,
    "number": FieldType.NUMBER,
    "integer": FieldType.NUMBER,
    "date": FieldType.DATE,
    "boolean": FieldType.BOOLEAN,
    "bool": FieldType.BOOLEAN,
}


def _field_type(type_name: str, name: str) -> FieldType:
    known = _TYPE_NAMES.get(type_name.lower())
    if known is None:
        raise InvalidRequest(
            f"The field “{name}” has the type “{type_name}”, which there is not; nothing was started.",
            hint="Use text, number, date or boolean.",
        )
    return known


def _checked_name(name: str) -> str:
    if not name or len(name) > 64 or not any(character.isalnum() for character in name):
        raise InvalidRequest(f"“{name[:80]}” can't be a field's name; nothing was started.", hint=_HINT)
    if not all(character.isprintable() for character in name):
        raise InvalidRequest("A field's name holds signs that can't be shown; nothing was started.", hint=_HINT)
    return name


def _decode(option: str) -> Mapping[str, Any]:
    try:
        schema = json.loads(option)
    except ValueError as error:
        raise InvalidRequest(
            f"The fields look like JSON, but are not: {error}; nothing was started.", hint=_HINT
        ) from None
    return schema if isinstance(schema, Mapping) else {}


def _from_schema(schema: Mapping[str, Any]) -> list[Field]:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        raise InvalidRequest(
            "The JSON schema of the fields has no properties; nothing was started.",
            hint='Write {"properties": {"total": {"type": "number", "description": "…"}}}.',
        )
    return [_from_property(str(name), each if isinstance(each, Mapping) else {}) for name, each in properties.items()]


def _from_property(name: str, schema: Mapping[str, Any]) -> Field:
    schema = _not_null(schema)
    kind = schema.get("type", "text")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "text")
    if kind == "string" and schema.get("format") in {"date", "date-time"}:
        kind = "date"
    about = [str(schema.get("description") or schema.get("title") or "")]
    if isinstance(given := schema.get("enum"), list):
        about.append(f"one of: {', '.join(str(each) for each in given if each is not None)}")
    hint = "; ".join(part for part in about if part)
    return Field(name=_checked_name(name), type=_field_type(str(kind), name), hint=hint)


def _not_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of alternatives (`anyOf`, `oneOf`) the first that is not null, with what stands beside them."""
    for key in ("anyOf", "oneOf"):
        if isinstance(given := schema.get(key), list):
            first = next((each for each in given if isinstance(each, Mapping) and each.get("type") != "null"), {})
            return {**schema, **first}
    return schema
