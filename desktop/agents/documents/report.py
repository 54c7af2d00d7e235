"""The result for people: what the summary and `report.md` say."""

from collections.abc import Sequence

from desktop.agents.documents.assignment import Assignment
from desktop.agents.documents.checking import Claim, Evidence, Quotation
from desktop.agents.documents.corpus import Corpus, UnreadDocument
from desktop.agents.documents.markdown import plain as plain  # table_report has it from here
from desktop.agents.documents.mode import Mode
from desktop.agents.documents.points import one_line
from desktop.agents.documents.writing import Writing

NOT_IN_THE_DOCUMENTS = {
    "German": "In den Dokumenten wurde keine Antwort darauf gefunden.",
    "English": "No answer was found in the documents.",
}
_NOT_IN_WORDS = "The model could not put an answer into words."
_UNREAD_IN_SUMMARY = 5
_QUOTED_CHARACTERS = 600


def summary_markdown(assignment: Assignment, corpus: Corpus, writing: Writing, evidence: Evidence) -> str:
    """The short result: the answer or the points with the numbers of their sources, and how much was read."""
    return "\n\n".join([_body(assignment, writing, evidence), f"*{plain(how_much(corpus))}*", *_unread_lines(corpus)])


def report_markdown(assignment: Assignment, corpus: Corpus, writing: Writing, evidence: Evidence, left_out: int) -> str:
    """The whole result: as the summary, with every source quoted, placed and marked, and all that limits it."""
    blocks = [f"# {_title(assignment)}", f"> {plain(assignment.goal)}", _body(assignment, writing, evidence)]
    blocks += ["## Sources", *(_source(quotation) for quotation in evidence.quotations)]
    if not evidence.quotations:
        blocks.append("There are none.")
    if writing.others and assignment.mode is Mode.ANSWER:
        blocks += ["## Also noted", "\n".join(f"- {plain(point.text)}" for point in writing.others)]
    blocks += ["## How this was made", f"{plain(how_much(corpus))}", *_limits(corpus, writing, evidence, left_out)]
    return "\n\n".join(blocks) + "\n"


def how_much(corpus: Corpus) -> str:
    """One line on how much was read."""
    pages = sum(document.pages for document in corpus.documents)
    tokens = sum(document.tokens for document in corpus.documents)
    parts = [_count(len(corpus.documents), "file")]
    parts += [_count(pages, "page")] if pages else []
    parts.append(f"{_count(tokens, 'token')} in {_count(len(corpus.passages), 'passage')}")
    unread = f"; not read: {_count(len(corpus.unread), 'file')}" if corpus.unread else ", all of it"
    return f"Read: {', '.join(parts)}{unread}."


def unread_markdown(corpus: Corpus) -> str:
    """The files that could not be read, with reason and way out; empty where there are none."""
    return "\n".join(_unread_line(document) for document in corpus.unread)


def _unread_lines(corpus: Corpus) -> list[str]:
    if not corpus.unread:
        return []
    lines = [_unread_line(document) for document in corpus.unread[:_UNREAD_IN_SUMMARY]]
    more = len(corpus.unread) - _UNREAD_IN_SUMMARY
    return ["\n".join(["Not read:", "", *lines, *([f"- and {more:,} more, see report.md"] if more > 0 else [])])]


def _title(assignment: Assignment) -> str:
    return "Answer" if assignment.mode is Mode.ANSWER else "Summary"


def _body(assignment: Assignment, writing: Writing, evidence: Evidence) -> str:
    if assignment.mode is Mode.ANSWER:
        return _answer(assignment, writing, evidence)
    points = [f"{number}. {_said(claim)}" for number, claim in enumerate(evidence.claims, start=1)]
    blocks = [_statements(evidence), "\n".join(points)]
    if any(claim.verbatim for claim in evidence.claims):
        blocks.append("Points in quotation marks are the documents' own words.")
    return "\n\n".join(block for block in blocks if block)


def _answer(assignment: Assignment, writing: Writing, evidence: Evidence) -> str:
    if not writing.answered:
        nothing = NOT_IN_THE_DOCUMENTS.get(assignment.language, NOT_IN_THE_DOCUMENTS["English"])
        head = f"**{nothing if writing.usable else _NOT_IN_WORDS}**"
        return f"{head}\n\nClosest to the question:\n\n{_bullets(evidence.claims)}" if evidence.claims else head
    quotes = [
        f"- \u201c{_shown(quotation)}\u201d \\[{quotation.number}\\] {plain(where(quotation))}"
        for quotation in evidence.quotations
    ]
    return f"{_statements(evidence)}\n\n" + "\n".join(quotes)


def _statements(evidence: Evidence) -> str:
    return " ".join(_said(statement) for statement in evidence.statements)


def _bullets(claims: Sequence[Claim]) -> str:
    return "\n".join(f"- {_said(claim)}" for claim in claims)


def _said(claim: Claim) -> str:
    text = f"\u201c{plain(claim.text)}\u201d" if claim.verbatim else plain(claim.text)
    return f"{text} {_marks([claim])}".rstrip()


def _marks(claims: Sequence[Claim]) -> str:
    numbers = dict.fromkeys(number for claim in claims for number in claim.quotations)
    return " ".join(f"\\[{number}\\]" for number in numbers)


def _source(quotation: Quotation) -> str:
    mark = "✓ found" if quotation.found else "✗ not found"
    return f"**\\[{quotation.number}\\]** {plain(where(quotation))} · {mark}\n\n> {_shown(quotation)}"


def _shown(quotation: Quotation) -> str:
    text = one_line(quotation.text)
    return plain(text if len(text) <= _QUOTED_CHARACTERS else f"{text[:_QUOTED_CHARACTERS]} …")


def where(quotation: Quotation) -> str:
    """Document and place of a quotation."""
    place = str(quotation.place)
    return ", ".join(part for part in (quotation.document or "in none of the documents", place) if part)


def _limits(corpus: Corpus, writing: Writing, evidence: Evidence, left_out: int) -> list[str]:
    """Everything that a reader has to know before relying on the result."""
    limits = []
    if left_out:
        limits.append(f"Notes that were not taken up when notes were combined: {left_out:,}.")
    if writing.others:
        limits.append(f"Notes that the result does not use: {len(writing.others):,}.")
    if not writing.usable:
        limits.append("The model's own wording could not be used, so the notes stand for it.")
    if evidence.unfounded:
        limits.append(f"Figures that stand in no quotation: {', '.join(evidence.unfounded)}.")
    limits += [f"{document.name}: {note}" for document in corpus.documents for note in document.notes]
    listed = ["\n".join(f"- {plain(limit)}" for limit in limits)] if limits else []
    return [*listed, *(["Not read:", unread_markdown(corpus)] if corpus.unread else [])]


def _unread_line(document: UnreadDocument) -> str:
    return f"- **{plain(document.name)}**: {plain(f'{document.message} {document.hint}')}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
