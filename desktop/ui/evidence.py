"""What is behind a result, read from the JSON files that agents leave: quotations, and sources with theirs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

_QUOTE: Final = ("quote", "text", "quotation")
_SOURCE: Final = ("file", "document", "source", "title", "name")
_PLACE: Final = ("page", "line", "label", "place", "where", "location")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One quotation: whether it stands in its source, and where."""

    text: str
    found: bool
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedSource:
    """A source under the number by which the report cites it; its quotations follow it."""

    id: str
    title: str
    where: str


Exhibit = Quote | CitedSource
"""An entry in a list of evidence."""


def parse_evidence(content: bytes) -> tuple[Quote, ...]:
    """All quotations in the file, in its order. Raises `ValueError` where it is no JSON."""
    evidence = json.loads(content)
    if isinstance(evidence, dict) and isinstance(evidence.get("quotations"), list):
        evidence = evidence["quotations"]  # the claims beside them repeat the same ones
    return tuple(_quotes(evidence, {}))


def parse_sources(content: bytes) -> tuple[Exhibit, ...]:
    """The cited sources, each followed by what is quoted from it. Raises `ValueError` where it is no JSON."""
    sources = json.loads(content)
    return tuple(_of_sources(sources if isinstance(sources, list) else []))


def _of_sources(sources: list[Any]) -> Iterator[Exhibit]:
    for source in sources:
        if not isinstance(source, dict):
            continue
        said = {name: str(source.get(name) or "") for name in ("id", "title", "where")}
        yield CitedSource(id=said["id"], title=said["title"] or said["where"], where=said["where"])
        quotes = source.get("quotes")
        for quote in quotes if isinstance(quotes, list) else []:
            if isinstance(quote, dict) and isinstance(quote.get("text"), str):
                yield Quote(text=quote["text"], found=quote.get("found") is True)


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
