"""What a run intends: from sizes before anything is read, and from tokens once they are counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from desktop.agents.documents.assignment import Assignment
from desktop.agents.documents.budget import PASSAGE_TOKENS, notes_wanted
from desktop.agents.documents.checking import CHECK_STEP
from desktop.agents.documents.closest import CLOSEST_STEP
from desktop.agents.documents.combining import BATCH, fewer, levels
from desktop.agents.documents.corpus import Corpus
from desktop.agents.documents.extraction import extraction_steps
from desktop.agents.documents.mode import Mode
from desktop.agents.documents.noting import NOTE_STEP
from desktop.agents.documents.reading import FIND_STEP, READ_STEP, SPLIT_STEP
from desktop.agents.documents.writing import DEFAULT_POINTS, WRITE_STEP
from desktop.engine import PlannedStep, Source, Work

COLUMNS_STEP: Final = "columns"

_BYTES_PER_TEXT_TOKEN: Final = 3.5
_BYTES_PER_TOKEN: Final = {
    # How many bytes of a file stand for one token of its text, by the ending of its name: compressed formats carry
    # fonts, pictures and styles besides the text. Ordinary office documents are within a factor of about three.
    "pdf": 25.0,
    "docx": 15.0,
    "xlsx": 6.0,
    "xls": 12.0,
    "ods": 5.0,
    "pptx": 120.0,
    "epub": 6.0,
    "html": 7.0,
    "htm": 7.0,
    "eml": 6.0,
}
_POINT_TOKENS: Final = 40  # that a point takes with its JSON, usually
_NOTE_OVERHEAD: Final = 30  # tokens of a prompt for notes that are not in the cache, beside the passage
_OPENING: Final = 260  # tokens of instructions and goal
_NUMBERED: Final = 1.2
_ANSWER_SHARE: Final = 0.6  # a question gets fewer notes than a summary
_FIND_SECONDS: Final = 1e-4  # per document
_READ_SECONDS: Final = 0.1  # per document
_SECONDS_PER_BYTE: Final = 4e-7
_SPLIT_SECONDS_PER_TOKEN: Final = 2e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """How much there is to do."""

    documents: int
    bytes: float
    tokens: float
    passages: int


def guess_amount(sources: Sequence[Source]) -> Amount:
    """What the documents' sizes let expect."""
    tokens = [source.size / _bytes_per_token(source) for source in sources]
    passages = sum(max(1, ceil(count / PASSAGE_TOKENS)) for count in tokens)
    return Amount(
        documents=len(sources), bytes=sum(source.size for source in sources), tokens=sum(tokens), passages=passages
    )


def known_amount(corpus: Corpus) -> Amount:
    """What was read and counted."""
    return Amount(
        documents=len(corpus.documents) + len(corpus.unread),
        bytes=sum(document.characters for document in corpus.documents),
        tokens=sum(document.tokens for document in corpus.documents),
        passages=len(corpus.passages),
    )


def planned_steps(assignment: Assignment, amount: Amount, notes: int | None = None) -> tuple[PlannedStep, ...]:
    """The plan; `notes` is how many were taken, once they are."""
    reading = _reading_steps(amount)
    if assignment.mode is Mode.EXTRACT:
        return (*reading, *_extraction_plan(assignment, amount))
    per_passage = notes_wanted(assignment.count, amount.passages)
    share = _ANSWER_SHARE if assignment.mode is Mode.ANSWER else 1.0
    expected = ceil(amount.passages * per_passage * share) if notes is None else notes
    noting = PlannedStep(
        name=NOTE_STEP,
        title="Take notes",
        work=Work(
            prompt_tokens=_OPENING + amount.tokens * _NUMBERED + amount.passages * _NOTE_OVERHEAD,
            output_tokens=amount.passages * per_passage * share * _POINT_TOKENS,
        ),
        total=max(1, amount.passages),
        unit="passages",
    )
    looking = (_LOOKING,) if assignment.mode is Mode.ANSWER else ()
    return (
        *reading,
        noting,
        *_combining_steps(assignment, expected),
        *looking,
        _writing_step(assignment, expected),
        _CHECKING,
    )


def _reading_steps(amount: Amount) -> tuple[PlannedStep, PlannedStep, PlannedStep]:
    find = Work(seconds=0.01 + amount.documents * _FIND_SECONDS)
    read = Work(seconds=amount.documents * _READ_SECONDS + amount.bytes * _SECONDS_PER_BYTE)
    split = Work(seconds=0.05 + amount.tokens * _SPLIT_SECONDS_PER_TOKEN)
    documents = max(1, amount.documents)
    return (
        PlannedStep(name=FIND_STEP, title="Find the files", work=find),
        PlannedStep(name=READ_STEP, title="Read the files", work=read, total=documents, unit="files"),
        PlannedStep(name=SPLIT_STEP, title="Split into passages", work=split, total=documents, unit="files"),
    )


def _extraction_plan(assignment: Assignment, amount: Amount) -> tuple[PlannedStep, ...]:
    work = Work(prompt_tokens=_OPENING, output_tokens=120)
    columns = PlannedStep(name=COLUMNS_STEP, title="Choose the columns", work=work)
    steps = extraction_steps(assignment.fields, amount.documents, amount.tokens)
    return (*(() if assignment.fields else (columns,)), *steps)


def _combining_steps(assignment: Assignment, notes: int) -> list[PlannedStep]:
    steps: list[PlannedStep] = []
    for level, batches in enumerate(levels(notes, assignment.count), start=1):
        points = max(batches * fewer(BATCH), assignment.count or 0)
        work = Work(
            prompt_tokens=_OPENING + batches * BATCH * _POINT_TOKENS,
            output_tokens=points * _POINT_TOKENS,
        )
        title = "Combine the notes" if level == 1 else f"Combine the notes, level {level}"
        steps.append(PlannedStep(name=f"combine {level}", title=title, work=work, total=batches, unit="groups"))
    return steps


def _writing_step(assignment: Assignment, notes: int) -> PlannedStep:
    points = assignment.count or DEFAULT_POINTS
    answers = assignment.mode is Mode.ANSWER
    work = Work(
        prompt_tokens=_OPENING + min(notes, BATCH) * _POINT_TOKENS,
        output_tokens=120 if answers else (points + 2) * _POINT_TOKENS,
    )
    return PlannedStep(name=WRITE_STEP, title="Write the answer" if answers else "Write the summary", work=work)


_LOOKING: Final = PlannedStep(name=CLOSEST_STEP, title="Look for the question's words", work=Work(seconds=0.2))
_CHECKING: Final = PlannedStep(name=CHECK_STEP, title="Look up the quotations", work=Work(seconds=0.2))


def _bytes_per_token(source: Source) -> float:
    if source.text is not None:
        return _BYTES_PER_TEXT_TOKEN
    return _BYTES_PER_TOKEN.get(source.name.rpartition(".")[2].lower(), _BYTES_PER_TEXT_TOKEN)
