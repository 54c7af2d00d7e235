"""The quotations behind a result, read from the JSON files that agents leave."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

FILES: Final = ("evidence.json", "sources.json", "table.json")
"""Where quotations are kept, the best place first."""

_QUOTE: Final = ("quote", "text", "quotation")
_SOURCE: Final = ("file", "document", "source", "title", "name")
_PLACE: Final = ("page", "line", "label", "place", "where", "location")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One quotation: whether it stands in its source, and where."""

    text: str
    found: bool
    place: str = ""


def parse_evidence(content: bytes) -> tuple[Quote, ...]:
    """All quotations in the file, in its order. Raises `ValueError` where it is no JSON."""
    evidence = json.loads(content)
    if isinstance(evidence, dict) and isinstance(evidence.get("quotations"), list):
        evidence = evidence["quotations"]  # the claims beside them repeat the same ones
    return tuple(_quotes(evidence, {}))


def _quotes(value: Any, around: Mapping[str, str]) -> Iterator[Quote]:
    if isinstance(value, list):
        for part in value:
            yield from _quotes(part, around)
    elif isinstance(value, dict):
        here = {**around, **_where(value)}
        text = next((value[name] for name in _QUOTE if isinstance(value.get(name), str)), "")
        if text and isinstance(value.get("found"), bool):
            place = ", ".join(part for part in (here.get("source", ""), here.get("place", "")) if part)
            yield Quote(text=text, found=value["found"], place=place)
        for part in value.values():
            yield from _quotes(part, here)


def _where(value: Mapping[str, Any]) -> dict[str, str]:
    where: dict[str, str] = {}
    for name in _SOURCE:
        if isinstance(value.get(name), str) and value[name]:
            where["source"] = value[name]
            break
    for name in _PLACE:
        if isinstance(value.get(name), str | int) and value[name] not in ("", None):
            where["place"] = str(value[name]) if name not in ("page", "line") else f"{name} {value[name]}"
            break
    return where
