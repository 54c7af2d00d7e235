"""What a server says of its tools, turned into tools that a person can judge and a model may be shown."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from desktop.engine import Effect, Tool
from desktop.tools.servers.schema_check import SchemaRefused, checked_schema
from desktop.tools.servers.shown_text import shown_text

MOST_TOOLS: Final = 128
MOST_WORDS: Final = 4_000
"""Characters of one description."""
_MOST_NAME: Final = 64
_ODD: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_CLAIMS: Final = (
    ("readOnlyHint", True, "that it only reads"),
    ("readOnlyHint", False, "that it changes things"),
    ("destructiveHint", True, "that it may destroy something"),
    ("idempotentHint", True, "that calling it twice is like calling it once"),
    ("openWorldHint", True, "that it reaches out of this machine"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A tool as its server describes it; nothing of it is trusted."""

    name: str
    description: str
    schema: Mapping[str, Any]
    hints: Mapping[str, Any]  # what the server says of its effects


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One tool of a server."""

    tool: Tool  # as persons and models see it; nobody is acquainted with it yet
    called: str  # by its server
    claims: str = ""  # what the server says of its effects, for the person, who is told that nobody has checked it


def offers_of(server: str, described: Iterable[Described]) -> tuple[dict[str, Offer], list[str]]:
    """What can be used of a server, by the tools' names, and a sentence for each tool that can't."""
    offers: dict[str, Offer] = {}
    refused: list[str] = []
    for each in described:
        shown = shown_text(each.name, _MOST_NAME).replace("\n", " ").replace("\t", " ")
        if len(offers) >= MOST_TOOLS:
            refused.append(f"{server} has more than {MOST_TOOLS} tools; the others are left out.")
            break
        try:
            offer = _offer(server, each)
        except SchemaRefused as error:
            refused.append(f"The tool “{shown}” of {server} is left out: its schema {error}.")
            continue
        if offer.tool.name in offers:
            refused.append(f"{server} has two tools called “{shown}”; the second one is left out.")
        else:
            offers[offer.tool.name] = offer
    return offers, refused


def _offer(server: str, described: Described) -> Offer:
    tool = Tool(
        name=f"{server}.{_safe(described.name)}",
        description=shown_text(described.description, MOST_WORDS).strip(),
        parameters=checked_schema(described.schema),
        effect=Effect.UNKNOWN,
        server=server,
    )
    claims = [words for hint, value, words in _CLAIMS if described.hints.get(hint) is value]
    return Offer(tool=tool, called=described.name, claims=", ".join(claims))


def _safe(name: str) -> str:
    """A name that fits into schemas and texts; one that had to be changed says so, and is no other's."""
    safe = _ODD.sub("_", name)[:_MOST_NAME].strip(".") or "_"
    return safe if safe == name else f"{safe}-{hashlib.sha256(name.encode(errors='replace')).hexdigest()[:6]}"
