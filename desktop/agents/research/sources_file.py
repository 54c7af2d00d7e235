"""The sources for programs: `sources.json`."""

import json
from typing import Any

from desktop.agents.research.findings import source_of
from desktop.agents.research.report import Report, where


def sources_json(report: Report) -> bytes:
    """Each source that the report cites, by its number, with what is quoted from it."""
    findings = report.findings
    sources: dict[int, dict[str, Any]] = {}
    for place in findings.cited():
        claim = findings.claims[place]
        material = report.materials[claim.document]
        source = sources.setdefault(
            report.numbers[source_of(claim)],
            {
                "id": report.numbers[source_of(claim)],
                "title": material.title,
                "where": where(material, claim),
                "document": material.where,
                "page": claim.page,
                "line": claim.line,
                "heading": claim.heading,
                "quotes": [],
            },
        )
        source["quotes"].append({"text": claim.quote, "found": bool(report.found.get(place))})
    return json.dumps(list(sources.values()), ensure_ascii=False, indent=1).encode()
