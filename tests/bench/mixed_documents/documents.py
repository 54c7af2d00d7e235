"""Reads the documents with what is known of them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

Value = str | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question on a document."""

    text: str
    ways: tuple[str, ...]  # to recognise the answer; none where the document has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document, and the truth about it."""

    name: str
    format: str
    language: str
    text: str
    truth: Mapping[str, Value]  # of each field; dates ISO 8601, None where it is not stated
    fields: str  # the option that asks for them
    questions: tuple[Asked, ...]

    @property
    def file_name(self) -> str:
        """The name of its file."""
        return f"{self.name}.{self.format}"


@cache
def papers() -> tuple[Paper, ...]:
    """All of them."""
    files = sorted(FOLDER.glob("*.toml"))
    return tuple(
        _paper(file.stem, entry) for file in files for entry in tomllib.loads(file.read_text("utf-8"))["document"]
    )


def _paper(language: str, entry: Mapping[str, Any]) -> Paper:
    stated, unstated, hints = entry["stated"], entry["unstated"], entry.get("hints", {})
    types = {name: _type_of(value) for name, value in stated.items()} | unstated
    hinted = {name: f"={hints[name]}" if name in hints else "" for name in types}
    truth = {name: value.isoformat() if isinstance(value, date) else value for name, value in stated.items()}
    return Paper(
        name=entry["name"],
        format=entry["format"],
        language=language,
        text=entry["paper"].strip(),
        truth=truth | dict.fromkeys(unstated),
        fields=", ".join(f"{name}:{type_name}{hinted[name]}" for name, type_name in types.items()),
        questions=tuple(Asked(text=asked["text"], ways=tuple(asked["ways"])) for asked in entry["questions"]),
    )


def _type_of(value: object) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case date():
            return "date"
    return "text"
