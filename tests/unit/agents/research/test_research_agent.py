from desktop.engine import Verdict
from tests.unit.agents.research.scene import HARBOUR, LETTER, a_request, a_run, carry_out, report, sources

TEXTS = {"rules.md": HARBOUR, "letter.txt": LETTER}
GOAL = "How high is the harbour fee for a ship?"


async def test_an_answer_comes_with_quotations_that_are_looked_up_in_their_sources() -> None:
    run = a_run(a_request(GOAL, TEXTS))
    result = await carry_out(run)
    assert "harbour fee for a ship is" in result.summary
    quotes = [quote for source in sources(run) for quote in source["quotes"]]
    assert {"text": "The harbour fee for a ship is 40 euros a day.", "found": True} in quotes
    assert all(quote["found"] and quote["text"] in HARBOUR + LETTER for quote in quotes)
    checks = {check.name: (check.passed, check.total) for check in result.verification.checks}
    assert checks["quotations found"] == (len(quotes), len(quotes))
    assert result.verification.verdict is Verdict.VERIFIED
    assert "## Sources" in report(run)
