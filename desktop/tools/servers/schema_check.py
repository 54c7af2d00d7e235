"""The schema of a tool's arguments, before anybody works with it: what a server sends may be made to do harm.

It becomes a grammar in the runtime and a form for the person, and arguments are checked against it. So it is small,
whole in itself, comes to an end, and its names hold nothing that can't be seen.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from desktop.tools.argument_form import ArgumentForm, NoForm
from desktop.tools.servers.shown_text import has_hidden, shown_text

MOST_BYTES: Final = 65_536
MOST_DEPTH: Final = 24
MOST_PARTS: Final = 3_000
"""Objects, lists and values, with what is referred to counted wherever it is: a few lines can stand for billions."""
MOST_STEPS: Final = 32
"""From one reference to the next."""
MOST_WORDS: Final = 2_000
"""Characters of one description in it."""
_TOLD: Final = frozenset({"title", "description", "$comment"})
"""Words for whoever reads; all other texts are names and values, and stay as they are."""
_ELSEWHERE: Final = frozenset({"$dynamicRef", "$recursiveRef", "$id", "$anchor", "$dynamicAnchor"})
_DRAFT: Final = re.compile(r"https?://json-schema\.org/(draft-0[467]/schema|draft/20(19-09|20-12)/schema)#?", re.ASCII)
"""What a schema may be written in: another address would be asked what it means."""


class SchemaRefused(ValueError):
    """The schema can't be worked with; the message says why, after "its schema"."""


def checked_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with its descriptions made harmless. Raises `SchemaRefused`."""
    _check_size(schema)
    if schema.get("type", "object") != "object":
        raise SchemaRefused("is not that of an object")
    _Extent(schema).check()
    shown: dict[str, Any] = _shown({**schema, "type": "object"})
    try:
        ArgumentForm(shown)
    except NoForm as error:
        raise SchemaRefused("is none") from error
    return shown


def _check_size(schema: Mapping[str, Any]) -> None:
    """The depth first, and without recursion that the depth could end."""
    level: list[Any] = [schema]
    for _ in range(MOST_DEPTH):
        level = [part for value in level for part in _parts(value)]
        if not level:
            break
        if len(level) > MOST_PARTS:
            raise SchemaRefused(f"has more than {MOST_PARTS:,} parts")
    else:
        raise SchemaRefused(f"is more than {MOST_DEPTH} levels deep")
    if len(msgspec.json.encode(schema)) > MOST_BYTES:
        raise SchemaRefused(f"is longer than {MOST_BYTES:,} bytes")


def _parts(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


class _Extent:
    """Counts how much a schema stands for once each reference is replaced by what it refers to."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._known: dict[str, int] = {}
        self._open: set[str] = set()

    def check(self) -> None:
        """Raise `SchemaRefused` where that is too much, or without end."""
        if self._of(self._schema) > MOST_PARTS:
            raise SchemaRefused(f"stands for more than {MOST_PARTS:,} parts")

    def _of(self, value: Any) -> int:
        count = 1 + sum(map(self._of, _parts(value)))
        if isinstance(value, Mapping):
            if found := _ELSEWHERE & value.keys():
                raise SchemaRefused(f"uses {min(found)}, which is not followed")
            if isinstance(target := value.get("$ref"), str):
                count += self._of_target(target)
            if isinstance(draft := value.get("$schema"), str) and _DRAFT.fullmatch(draft) is None:
                raise SchemaRefused(f"is written in what is not known: {shown_text(draft, 60)}")
        return count

    def _of_target(self, target: str) -> int:
        if target in self._open:
            raise SchemaRefused("refers to itself")
        if len(self._open) >= MOST_STEPS:
            raise SchemaRefused(f"refers on and on, more than {MOST_STEPS} times")
        if target not in self._known:
            self._open.add(target)
            self._known[target] = self._of(self._found(target))
            self._open.discard(target)
        return self._known[target]

    def _found(self, target: str) -> Any:
        """What a reference leads to, in this schema (RFC 6901)."""
        if not target.startswith("#"):
            raise SchemaRefused(f"refers to another place: {shown_text(target, 60)}")
        found: Any = self._schema
        for step in target[1:].split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, Mapping) or name not in found:
                raise SchemaRefused(f"refers to what is not in it: {shown_text(target, 60)}")
            found = found[name]
        return found


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_plain(name): _shown_words(name, each) for name, each in value.items()}
    if isinstance(value, list):
        return [_shown(each) for each in value]
    return _plain(value, among="\n\t") if isinstance(value, str) else value


def _shown_words(name: str, value: Any) -> Any:
    return shown_text(value, MOST_WORDS) if name in _TOLD and isinstance(value, str) else _shown(value)


def _plain(text: str, among: str = "") -> str:
    if has_hidden(text, among):
        raise SchemaRefused(f"has a name or value with hidden characters: {shown_text(text, 60)!a}")
    return text
