"""The result for people: what the summary and `report.md` say."""

from collections.abc import Sequence

from desktop.agents.documents.assignment import MOST_POINTS, Assignment
from desktop.agents.documents.checking import Claim, Evidence, Quotation
from desktop.agents.documents.corpus import Corpus, UnreadDocument
from desktop.agents.documents.mode import Mode
from desktop.agents.documents.writing import NOT_IN_WORDS, Writing
from desktop.agents.evidence.language import language_of
from desktop.agents.evidence.markdown import plain as plain  # table_report has it from here
from desktop.agents.evidence.statements import sentence_alone
from desktop.engine import Verification

NOT_IN_THE_DOCUMENTS = {
    "German": "In den Dokumenten wurde keine Antwort darauf gefunden.",
    "English": "No answer was found in the documents.",
}
_UNREAD_IN_SUMMARY = 5
_QUOTED_CHARACTERS = 600


def summary_markdown(assignment: Assignment, corpus: Corpus, writing: Writing, evidence: Evidence) -> str:
    """The short result: the answer or the points with the numbers of their sources, and how much was read."""
    return "\n\n".join(
        [
            _head(assignment, writing, evidence),
            *_quoted(assignment, writing, evidence),
            f"*{plain(how_much(corpus))}*",
            *_not_read(_missing(corpus), _UNREAD_IN_SUMMARY),
        ]
    )


def report_markdown(
    assignment: Assignment,
    corpus: Corpus,
    writing: Writing,
    evidence: Evidence,
    verification: Verification,
    left_out: int,
) -> str:
    """The whole result: as the summary, with every source quoted, placed and marked, and all that limits it."""
    blocks = [f"# {_title(assignment)}", f"> {plain(assignment.goal)}", _head(assignment, writing, evidence)]
    blocks += ["## Sources", *(_source(quotation) for quotation in evidence.quotations)]
    if not evidence.quotations:
        blocks.append("There are none.")
    if writing.others and assignment.mode is Mode.ANSWER:
        blocks += ["## Also noted", "\n".join(f"- {plain(point.text)}" for point in writing.others)]
    blocks += ["## How far this was checked", plain(verification.note), plain(how_much(corpus))]
    missing = _missing(corpus)
    return "\n\n".join([*blocks, *_not_used(writing, left_out), *_not_read(missing, len(missing))]) + "\n"


def how_much(corpus: Corpus) -> str:
    """One line on how much was read."""
    pages = sum(document.pages for document in corpus.documents)
    tokens = sum(document.tokens for document in corpus.documents)
    parts = [_count(len(corpus.documents), "file")]
    parts += [_count(pages, "page")] if pages else []
    parts.append(f"{_count(tokens, 'token')} in {_count(len(corpus.passages), 'passage')}")
    gaps = sum(bool(document.notes) for document in corpus.documents)
    unread = [_count(len(corpus.unread), "file")] if corpus.unread else []
    unread += [f"parts of {_count(gaps, 'file')}"] if gaps else []
    rest = f"; not read: {', '.join(unread)}" if unread else ", all of it"
    return f"Read: {', '.join(parts)}{rest}."


def unread_markdown(corpus: Corpus) -> str:
    """The files that could not be read, with reason and way out; empty where there are none."""
    return "\n".join(_unread_line(document) for document in corpus.unread)


def _missing(corpus: Corpus) -> list[str]:
    """A line on each file that could not be read, and on each part of one."""
    gaps = [f"- **{plain(each.name)}**: {plain(note)}" for each in corpus.documents for note in each.notes]
    return [*map(_unread_line, corpus.unread), *gaps]


def _not_read(missing: Sequence[str], most: int) -> list[str]:
    more = [f"- and {len(missing) - most:,} more, see report.md"] if len(missing) > most else []
    return ["\n".join(["Not read:", "", *missing[:most], *more])] if missing else []


def _title(assignment: Assignment) -> str:
    return "Answer" if assignment.mode is Mode.ANSWER else "Summary"


def _head(assignment: Assignment, writing: Writing, evidence: Evidence) -> str:
    """What the result says, with the numbers of the quotations behind it."""
    if assignment.mode is Mode.ANSWER:
        return _statements(evidence) if writing.answered else f"**{_no_answer(assignment, writing)}**"
    points = [f"{number}. {_said(claim)}" for number, claim in enumerate(evidence.claims, start=1)]
    blocks = [_statements(evidence), "\n".join(points)]
    own = [claim.text for claim in evidence.claims if claim.verbatim]
    if own:
        foreign = any(language_of(text) not in ("", assignment.language) for text in own)
        rest = f", not put into {assignment.language}" if foreign else ""
        blocks.append(f"Points in quotation marks are the documents' own words{rest}.")
    blocks.append(_shortfall(assignment, len(points)))
    return "\n\n".join(block for block in blocks if block)


def _shortfall(assignment: Assignment, points: int) -> str:
    """Why there are fewer points than were asked for; empty where there are as many."""
    if points >= (assignment.asked or 0):
        return ""
    reason = f"{points} are the most" if points == MOST_POINTS else "no more different ones came out of the notes"
    return f"Of the {assignment.asked} points asked for there are {points}: {reason}."


def _no_answer(assignment: Assignment, writing: Writing) -> str:
    if not writing.usable:
        return f"{NOT_IN_WORDS[0].upper()}{NOT_IN_WORDS[1:]}."
    return NOT_IN_THE_DOCUMENTS.get(assignment.language, NOT_IN_THE_DOCUMENTS["English"])


def _quoted(assignment: Assignment, writing: Writing, evidence: Evidence) -> list[str]:
    """The words behind an answer, or closest to the question, and where they stand."""
    if assignment.mode is not Mode.ANSWER or not evidence.quotations:
        return []
    quotes = [
        f"- \u201c{_shown(quotation)}\u201d \\[{quotation.number}\\] {plain(where(quotation))}"
        for quotation in evidence.quotations
    ]
    return [*([] if writing.answered else ["Closest to the question:"]), "\n".join(quotes)]


def _statements(evidence: Evidence) -> str:
    return " ".join(_said(statement) for statement in evidence.statements)


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
    text = sentence_alone(quotation.text)
    return plain(text if len(text) <= _QUOTED_CHARACTERS else f"{text[:_QUOTED_CHARACTERS]} …")


def where(quotation: Quotation) -> str:
    """Document and place of a quotation."""
    place = str(quotation.place)
    return ", ".join(part for part in (quotation.document or "in none of the documents", place) if part)


def _not_used(writing: Writing, left_out: int) -> list[str]:
    """How many notes the result passes over."""
    lines = [f"- {_count(left_out, 'note')} left out when notes were combined."] if left_out else []
    lines += [f"- {_count(len(writing.others), 'note')} not used in the result."] if writing.others else []
    return ["\n".join(lines)] if lines else []


def _unread_line(document: UnreadDocument) -> str:
    return f"- **{plain(document.name)}**: {plain(f'{document.message} {document.hint}')}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
