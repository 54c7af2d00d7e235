"""The schema of an answer, before the runtime is given it.

The runtime turns a schema into a grammar in the thread that serves everybody, and writes out what is said to be
repeated. Where the least is more than the most, it does not come to an end. No caller's schema may bring that about.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from desktop.engine import PromptRefused

MOST_BYTES: Final = 524_288
MOST_DEPTH: Final = 32
MOST_REPEATED: Final = 2_000
"""Characters of one text, or items of one list. The runtime's own limit, which it does not know everywhere."""
MOST_IN_ALL: Final = 40_000
"""The same, added up over the schema."""
MOST_OPTIONAL: Final = 100
"""Properties of one object that may be missing: the runtime writes out what may follow on each of them."""
MOST_OPTIONAL_IN_ALL: Final = 400

_RANGES: Final = (
    ("minItems", "maxItems"),
    ("minLength", "maxLength"),
    ("minProperties", "maxProperties"),
    ("minimum", "maximum"),
)
_COUNTS: Final = frozenset(name for pair in _RANGES[:3] for name in pair)
_REPEATED: Final = re.compile(r"\{(\d*)(?:,(\d*))?\}")


def check_answer_schema(schema: Mapping[str, Any]) -> None:
    """Raise `PromptRefused` for a schema that could keep the runtime busy for as long as nobody waits."""
    counts = [count for node in _nodes(schema, 0) for count in _counts(node)]
    optional = [_optional(node) for node in _nodes(schema, 0)]
    if max(optional, default=0) > MOST_OPTIONAL or sum(optional) > MOST_OPTIONAL_IN_ALL:
        raise _refused(
            f"has more than {MOST_OPTIONAL} properties that may be missing in one object, "
            f"or {MOST_OPTIONAL_IN_ALL} in all"
        )
    if len(msgspec.json.encode(schema)) > MOST_BYTES:
        raise _refused(f"is longer than {MOST_BYTES:,} bytes")
    if max(counts, default=0) > MOST_REPEATED or sum(counts) > MOST_IN_ALL:
        raise _refused(
            f"asks for more than {MOST_REPEATED:,} items or characters in one place, or {MOST_IN_ALL:,} in all"
        )


def _nodes(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """Every object in the schema."""
    if depth > MOST_DEPTH:
        raise _refused(f"is more than {MOST_DEPTH} levels deep")
    if isinstance(value, Mapping):
        yield value
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from _nodes(each, depth + 1)


def _optional(node: Mapping[str, Any]) -> int:
    """How many properties may be missing."""
    properties, required = node.get("properties"), node.get("required")
    if not isinstance(properties, Mapping):
        return 0
    named = {each for each in required if isinstance(each, str)} if isinstance(required, list) else set()
    return len(properties.keys() - named)


def _counts(node: Mapping[str, Any]) -> Iterator[int]:
    """How often what is to be repeated."""
    for low, high in _RANGES:
        least, most = _number(node.get(low)), _number(node.get(high))
        if least is not None and most is not None and least > most:
            raise _refused(f"has a {low} above its {high}")
    for name in _COUNTS & node.keys():
        count = _number(node[name])
        if count is not None:
            if count < 0 or count != count // 1:
                raise _refused(f"has a {name} that is no count")
            yield int(min(count, MOST_REPEATED + 1))
    if isinstance(pattern := node.get("pattern"), str):
        yield from _pattern_counts(pattern)


def _pattern_counts(pattern: str) -> Iterator[int]:
    for found in _REPEATED.finditer(pattern):
        least, most = (int(each.lstrip("0")[:9] or 0) if each else None for each in found.groups())
        if least is not None and most is not None and least > most:
            raise _refused("has a pattern that repeats something less often than at least")
        yield max(least or 0, most or 0)


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _refused(why: str) -> PromptRefused:
    return PromptRefused(
        f"The schema of the answer {why}; nothing was asked.", hint="Ask for less at a time, by a simpler schema."
    )
