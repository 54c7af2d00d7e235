"""How far a result could be checked."""

from dataclasses import replace

from desktop.agents.documents.checking import Evidence
from desktop.agents.documents.corpus import Corpus
from desktop.agents.documents.extraction import Table
from desktop.agents.documents.writing import NOT_IN_WORDS, Writing
from desktop.engine import Check, Verdict, Verification

_FINE = "Every quotation stands in the documents; whether the sentences drawn from them are right is for you to judge."


def verify_claims(
    corpus: Corpus, evidence: Evidence, writing: Writing, *, combined: bool, unusable: int = 0
) -> Verification:
    """The verdict on a summary or an answer. What the model gave could not be used on `unusable` passages, nor, where
    `combined` is False, for some of the notes that were to be combined.
    """
    checks = [
        Check(name="quotations found", passed=evidence.found, total=len(evidence.quotations)),
        *_reading_checks(corpus, unusable),
    ]
    if evidence.figures:
        passed = evidence.figures - len(evidence.unfounded)
        checks.append(Check(name="figures found in the quotations", passed=passed, total=evidence.figures))
    problems = _problems(len(evidence.quotations) - evidence.found, corpus)
    if unusable:
        problems.append(f"the model gave nothing usable on {unusable:,} of {len(corpus.passages):,} passages")
    if not combined:
        problems.append("the model could not combine all of the notes, so some were kept and others left out by rule")
    if not writing.answered:
        problems.append(
            "that the documents hold no answer is the model's word alone" if writing.usable else NOT_IN_WORDS
        )
    elif not writing.usable:
        problems.append("the model could not write the summary, so its notes stand for it")
    if evidence.without_source:
        problems.append(f"statements without a quotation behind them: {evidence.without_source}")
    if evidence.unfounded:
        problems.append(f"figures without a source: {', '.join(evidence.unfounded)}")
    if not evidence.quotations:
        problems.insert(0, "there is no quotation to look up, so nothing could be checked")
    verification = _verification(checks, problems, _FINE)
    if evidence.quotations and writing.answered:
        return verification
    return replace(verification, verdict=Verdict.NOT_VERIFIED)


def verify_table(corpus: Corpus, table: Table) -> Verification:
    """The verdict on an extracted table."""
    cells = [cell for row in table.rows for cell in row.cells]
    filled = [cell for cell in cells if cell.value is not None]
    found = sum(cell.found for cell in filled)
    unanswered = sum(len(row.unanswered) for row in table.rows)
    files = len(corpus.documents)
    checks = [
        Check(name="quotations found", passed=found, total=len(filled)),
        Check(name="cells filled", passed=len(filled), total=len(cells)),
        Check(name="values beside their label", passed=sum(cell.named for cell in filled), total=len(filled)),
        Check(name="files searched", passed=files, total=files + len(corpus.unread)),
    ]
    if not filled:
        note = "No value was found, so there is no quotation to look up and nothing could be checked."
        return Verification(verdict=Verdict.NOT_VERIFIED, checks=tuple(checks), note=note)
    problems = _problems(len(filled) - found, corpus)
    if unanswered:
        problems.append(f"the model gave no answer for {unanswered} of the cells")
    fine = (
        "The quotation behind every value stands in its document; whether it is the value that was asked for is for "
        "you to judge, above all where no label of it stands beside it."
    )
    if len(filled) < len(cells):
        fine += " Empty cells were not found."
    return _verification(checks, problems, fine)


def _reading_checks(corpus: Corpus, unusable: int = 0) -> tuple[Check, Check]:
    files, passages = len(corpus.documents), len(corpus.passages)
    return (
        Check(name="passages read", passed=passages - unusable, total=passages),
        Check(name="files read", passed=files, total=files + len(corpus.unread)),
    )


def _problems(lost: int, corpus: Corpus) -> list[str]:
    problems = [f"{lost} of the quotations could not be found"] if lost else []
    if corpus.unread:
        problems.append(f"{len(corpus.unread)} of the files could not be read")
    gaps = sum(bool(document.notes) for document in corpus.documents)
    if gaps:
        problems.append(f"parts of {gaps} of the files could not be read")
    return problems


def _verification(checks: list[Check], problems: list[str], fine: str) -> Verification:
    if not problems:
        return Verification(verdict=Verdict.VERIFIED, checks=tuple(checks), note=fine)
    note = "; ".join(problems)
    return Verification(verdict=Verdict.PARTLY, checks=tuple(checks), note=f"{note[0].upper()}{note[1:]}.")
