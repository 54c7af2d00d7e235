"""Research over the real index, which is lost or spoilt while it works."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from desktop.engine import Prompt
from desktop.store import PassageIndex
from tests.unit.agents.research.scene import HARBOUR, LETTER, a_request, a_run, carry_out, diligent, properties, sources

TEXTS = {f"{n}.txt": f"Pier {n} lies at buoy {n}.\n\n" * 20 for n in range(5)} | {"rules.md": HARBOUR, "l.txt": LETTER}


@pytest.mark.parametrize("at", ["questions", "sentences"])
async def test_an_index_that_is_spoilt_in_the_middle_changes_nothing(tmp_path: Path, at: str) -> None:
    path = tmp_path / "passages.db"

    def script(prompt: Prompt) -> Any:
        if at in properties(prompt) and "answer" not in properties(prompt) and path.exists():
            path.write_bytes(b"nothing of a database " * 1000)
        return diligent(prompt)

    run = a_run(a_request("How high is the harbour fee for a ship?", TEXTS), script)
    run.passages = index = PassageIndex(path, reader=run.reader, now=lambda: datetime(2026, 1, 1, tzinfo=UTC))  # type: ignore[assignment]
    result = await carry_out(run)
    await index.close()
    assert all(check.passed == check.total for check in result.verification.checks)
    assert "40 euros" in result.summary
    assert all(quote["found"] for source in sources(run) for quote in source["quotes"])
