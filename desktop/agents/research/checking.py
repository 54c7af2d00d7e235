"""The check: every quotation is looked up in its source, as that is now; a page of the web as it was read."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from desktop.agents.evidence.quotations import Quotable
from desktop.agents.research.findings import Findings
from desktop.engine import Run, Source, UnreadableDocument

CHECK_STEP: Final = "check"
_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotations:
    """What is quoted from one document, by the places of the claims."""

    document: str
    quotes: tuple[tuple[int, str], ...]


async def look_up(run: Run, findings: Findings, sources: Mapping[str, Source]) -> dict[int, bool]:
    """Whether each quotation stands in its source, by the place of its claim."""
    by_document: dict[str, list[tuple[int, str]]] = {}
    for place in findings.cited():
        claim = findings.claims[place]
        by_document.setdefault(claim.document, []).append((place, claim.quote))

    async def look_up_one(asked: Quotations) -> list[bool]:
        try:
            document = await run.read(sources[asked.document])
        except UnreadableDocument:
            return [False] * len(asked.quotes)
        text = "\n\n".join(part.text for part in document.parts).encode("utf-8", "replace").decode()
        return await asyncio.to_thread(_found, text, asked)

    asked = [Quotations(document=name, quotes=tuple(quotes)) for name, quotes in by_document.items()]
    found = await run.map(CHECK_STEP, asked, look_up_one, width=_AT_ONCE)
    return {
        place: is_there
        for each, results in zip(asked, found, strict=True)
        for (place, _), is_there in zip(each.quotes, results, strict=True)
    }


def _found(text: str, asked: Quotations) -> list[bool]:
    quotable = Quotable(text)
    return [quotable.find(quote, shortest=1) is not None for _, quote in asked.quotes]
