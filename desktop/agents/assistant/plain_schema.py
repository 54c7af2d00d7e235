"""A tool's parameters as a schema that runtimes can hold a model to.

A server's schema may hold anything: references, patterns, thousands of properties. What is left here is what decides
the shape of a call; whatever else it demands, the server says when it is called.
"""

from collections.abc import Mapping
from typing import Any, Final

MOST_DEPTH: Final = 4
MOST_PROPERTIES: Final = 24
MOST_ITEMS: Final = 16
MOST_CHOICES: Final = 64

_KINDS: Final = ("string", "integer", "number", "boolean", "null", "array", "object")
_LIMITS: Final = ("minimum", "maximum")
_MOST_NAME: Final = 64  # characters


def plain_schema(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object with these parameters, flat and small."""
    return _object(parameters, parameters, MOST_DEPTH)


def _plain(schema: Any, root: Mapping[str, Any], depth: int) -> dict[str, Any]:
    schema = _resolved(schema, root)
    if "const" in schema and _is_plain(schema["const"]):
        return {"const": schema["const"]}
    choices = [choice for choice in _listed(schema.get("enum")) if _is_plain(choice)][:MOST_CHOICES]
    if choices:
        return {"enum": choices}
    for word in ("anyOf", "oneOf"):
        options = [_plain(each, root, depth - 1) for each in _listed(schema.get(word))[:4]] if depth else []
        if options:
            return {"anyOf": options}
    kinds = [kind for kind in _listed(schema.get("type")) or [schema.get("type")] if kind in _KINDS]
    if "object" in kinds or (not kinds and "properties" in schema):
        return _object(schema, root, depth - 1) if depth else {"type": "object"}
    if "array" in kinds:
        return _array(schema, root, depth)
    limits = {name: schema[name] for name in _LIMITS if type(schema.get(name)) is int and abs(schema[name]) < 2**31}
    return {"type": kinds[0] if kinds else "string", **(limits if kinds[:1] == ["integer"] else {})}


def _array(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """A list that ends: small models would else go on with it for as long as they may write."""
    most = schema.get("maxItems")
    most = min(most, MOST_ITEMS) if type(most) is int and most > 0 else MOST_ITEMS
    items = _plain(schema.get("items"), root, depth - 1) if depth else {"type": "string"}
    return {"type": "array", "items": items, "maxItems": most}


def _object(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> dict[str, Any]:
    properties = schema.get("properties")
    named = list(properties.items()) if isinstance(properties, Mapping) else []
    required = [name for name in _listed(schema.get("required")) if isinstance(name, str)]
    named.sort(key=lambda pair: pair[0] not in required)  # those that must be there come first
    kept = {
        name: _plain(of, root, depth)
        for name, of in named[:MOST_PROPERTIES]
        if isinstance(name, str) and len(name) <= _MOST_NAME
    }
    return {
        "type": "object",
        "properties": kept,
        "required": [name for name in kept if name in required],
        "additionalProperties": False,
    }


def _resolved(schema: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference within the schema leads to, one step only: a chain of them, or a ring, ends as a text."""
    if not isinstance(schema, Mapping):
        return {}
    path = schema.get("$ref")
    if not isinstance(path, str) or not path.startswith("#/"):
        return schema
    found: Any = root
    for name in path[2:].split("/"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) and "$ref" not in found else {}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float | bool) and len(str(value)) <= 200
