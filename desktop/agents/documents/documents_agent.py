"""The agent that works on documents: it reads them all, passage by passage, and proves what it says by quotations."""

from collections.abc import Sequence
from math import ceil
from typing import ClassVar

from desktop.agents.documents import prompts
from desktop.agents.documents.assignment import Assignment, understand
from desktop.agents.documents.budget import MOST_NOTES, make_budget, notes_needed, notes_wanted
from desktop.agents.documents.checking import CHECK_STEP, Checker, Evidence
from desktop.agents.documents.closest import CLOSEST_STEP, ClosestFinder
from desktop.agents.documents.columns import ColumnChooser
from desktop.agents.documents.combining import Combined, Combiner
from desktop.agents.documents.corpus import Corpus
from desktop.agents.documents.evidence_file import evidence_json, table_evidence_json
from desktop.agents.documents.extraction import extract_table, table_csv, table_json
from desktop.agents.documents.mode import Mode
from desktop.agents.documents.noting import NoteTaker, PassageNotes
from desktop.agents.documents.planning import guess_amount, known_amount, planned_steps
from desktop.agents.documents.reading import Reader
from desktop.agents.documents.report import report_markdown, summary_markdown
from desktop.agents.documents.table_draft import TableDraft
from desktop.agents.documents.table_report import table_report, table_summary
from desktop.agents.documents.verification import verify_claims, verify_table
from desktop.agents.documents.writing import DEFAULT_POINTS, WRITE_STEP, Writer, Writing
from desktop.engine import PlannedStep, Result, Run, Source, TaskRequest

_FIELD_TOKENS = 40  # that a field takes in an answer, at most


class DocumentsAgent:
    """Summarises documents, answers questions about them, or extracts fields. Implements `Agent`."""

    kind: ClassVar[str] = "documents"
    title: ClassVar[str] = "Documents"

    def check(self, request: TaskRequest) -> None:
        """Raise `InvalidRequest` where goal, options or inputs do not make a task."""
        understand(request)

    def outline(self, request: TaskRequest, sources: Sequence[Source]) -> tuple[PlannedStep, ...]:
        """A first guess at the plan, from the sizes of the documents."""
        return planned_steps(understand(request), guess_amount(sources))

    async def carry_out(self, run: Run) -> Result:
        """Read everything, then do what the goal asks for. Raises `CannotComplete`."""
        assignment = understand(run.request)
        reader = Reader(run=run, assignment=assignment)
        sources = await reader.find_all()
        await run.plan(planned_steps(assignment, guess_amount(sources)))
        outcomes = await reader.read_all(sources)
        budget = await make_budget(run, assignment, _largest_answer(assignment))
        corpus = await reader.split_all(outcomes, budget.passage)
        await run.plan(planned_steps(assignment, known_amount(corpus)))
        if assignment.mode is Mode.EXTRACT:
            return await _extract(run, assignment, corpus)
        return await _report(run, assignment, corpus, budget.notes)


def _largest_answer(assignment: Assignment) -> int:
    """Tokens of the longest answer that any step waits for."""
    if assignment.mode is Mode.EXTRACT:
        return 60 + _FIELD_TOKENS * max(4, len(assignment.fields))
    points = max(MOST_NOTES, assignment.count or DEFAULT_POINTS)
    return max(prompts.ANSWER_TOKENS, points * prompts.POINT_TOKENS) + 60


async def _report(run: Run, assignment: Assignment, corpus: Corpus, room: int) -> Result:
    """Notes, combined, written up and checked."""
    passages = len(corpus.passages)
    taker = NoteTaker(
        run=run,
        corpus=corpus,
        assignment=assignment,
        count=notes_wanted(assignment.count, passages),
        least=max(notes_needed(assignment.count, passages), ceil((assignment.count or 0) / max(1, passages))),
    )
    notes = await taker.take_all()
    points = [point for each in notes for point in each.points]
    await run.plan(planned_steps(assignment, known_amount(corpus), notes=len(points)))
    combiner = Combiner(run=run, corpus=corpus, assignment=assignment, room=room)
    combined = await combiner.combine(points)
    if assignment.mode is Mode.ANSWER:
        closest = await run.step(CLOSEST_STEP, ClosestFinder(corpus=corpus).find, assignment.goal)
        combined = combined.led_by(closest)
    writing = await run.step(WRITE_STEP, Writer(combiner=combiner, assignment=assignment).write, combined)
    evidence = await run.step(CHECK_STEP, Checker(run=run, corpus=corpus).check, writing)
    return await _result(run, assignment, corpus, notes, combined, writing, evidence)


async def _result(
    run: Run,
    assignment: Assignment,
    corpus: Corpus,
    notes: Sequence[PassageNotes],
    combined: Combined,
    writing: Writing,
    evidence: Evidence,
) -> Result:
    unusable = sum(not each.usable for each in notes)
    verification = verify_claims(corpus, evidence, writing, combined=combined.usable, unusable=unusable)
    report = report_markdown(assignment, corpus, writing, evidence, verification, combined.left_out)
    proof = evidence_json(assignment, corpus, notes, writing, evidence)
    return Result(
        summary=summary_markdown(assignment, corpus, writing, evidence),
        verification=verification,
        artifacts=(
            await run.write_artifact("report.md", "text/markdown", report.encode()),
            await run.write_artifact("evidence.json", "application/json", proof),
        ),
    )


async def _extract(run: Run, assignment: Assignment, corpus: Corpus) -> Result:
    """A table with a row for each document."""
    fields = await ColumnChooser(run=run, assignment=assignment).choose()
    draft = TableDraft(run=run, fields=fields, documents=len(corpus.documents))
    table = await extract_table(run, corpus, fields, draft.add)
    verification = verify_table(corpus, table)
    proof = table_evidence_json(assignment.goal, table, corpus)
    report = table_report(assignment.goal, table, corpus, verification)
    return Result(
        summary=table_summary(table, corpus, verification),
        verification=verification,
        artifacts=(
            await run.write_artifact("table.csv", "text/csv", table_csv(table)),
            await run.write_artifact("table.json", "application/json", table_json(table)),
            await run.write_artifact("report.md", "text/markdown", report.encode()),
            await run.write_artifact("evidence.json", "application/json", proof),
        ),
    )
