"""From what was given to passages: each document is read once, kept as a working file, and cut by tokens."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from desktop.agents.documents.assignment import Assignment, describe_amount, way_out_of_too_much
from desktop.agents.documents.corpus import Corpus, Cut, Mark, ReadDocument, UnreadDocument, make_corpus
from desktop.agents.documents.splitting import count_tokens, cut_passages
from desktop.engine import CannotComplete, Document, Run, Source, UnreadableDocument

FIND_STEP: Final = "find"
READ_STEP: Final = "read"
SPLIT_STEP: Final = "split"
READERS: Final = 4
"""Documents read at the same time."""

_BETWEEN_PARTS: Final = "\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A document to read, under a name that no other has."""

    number: int
    name: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A document that was read, or why it was not."""

    document: ReadDocument | None = None
    unread: UnreadDocument | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Where a document was cut."""

    cuts: tuple[Cut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads a run's documents."""

    run: Run
    assignment: Assignment

    async def find_all(self) -> list[Source]:
        """The documents behind the inputs, as they were when the run began: what is moved later changes nothing."""
        found = await self.run.step(FIND_STEP, self._find)
        texts = iter([given.text for given in self.run.request.inputs if given.text is not None])
        return [source if source.path is not None else replace(source, text=next(texts)) for source in found]

    async def _find(self) -> list[Source]:
        """The documents without the texts that inputs carry, which are no matter for the journal."""
        return [replace(source, text=None) for source in await self.run.sources()]

    async def read_all(self, sources: Sequence[Source]) -> list[Outcome]:
        """Read every document. One that can't be read does not stop the others.

        Raises `CannotComplete` where there is none, none can be read, or they hold more text than is allowed.
        """
        if not sources:
            raise CannotComplete(
                "There is no document in what was given; nothing was changed.",
                hint="Give files, or a folder with files of the kinds that can be read.",
            )
        self._check_amount(sum(source.size for source in sources if _is_plain_text(source)))
        outcomes = await self.run.map(READ_STEP, _with_names(sources), self._read_one, width=READERS)
        if not any(outcome.document for outcome in outcomes):
            raise _nothing_read([outcome.unread for outcome in outcomes if outcome.unread])
        self._check_amount(sum(outcome.document.characters for outcome in outcomes if outcome.document))
        return outcomes

    async def split_all(self, outcomes: Sequence[Outcome], most: int) -> Corpus:
        """Cut what was read into passages of at most `most` tokens."""
        documents = [outcome.document for outcome in outcomes if outcome.document]
        splitter = _Splitter(run=self.run, most=most)
        splits = await self.run.map(SPLIT_STEP, documents, splitter.split_one, width=2)
        texts = {document.name: (await self.run.read_file(document.text_file)).decode() for document in documents}
        counted = [_with_tokens(document, split) for document, split in zip(documents, splits, strict=True)]
        cuts = {document.name: split.cuts for document, split in zip(documents, splits, strict=True)}
        return make_corpus(counted, texts, cuts, [outcome.unread for outcome in outcomes if outcome.unread])

    def _check_amount(self, size: float) -> None:
        if size > self.assignment.most_bytes:
            raise CannotComplete(
                f"The documents hold {describe_amount(size)}, more than one task takes; nothing was left out silently, "
                "and nothing was made of them.",
                hint=way_out_of_too_much(self.assignment, size),
            )

    async def _read_one(self, reading: Reading) -> Outcome:
        try:
            document = await self.run.read(reading.source)
        except UnreadableDocument as error:
            return Outcome(unread=UnreadDocument(name=reading.name, message=error.message, hint=error.hint))
        text, marks = _full_text(document)
        if not text.strip():
            message = f"{reading.name} holds no text."
            hint = "If it was scanned, run text recognition on it first."
            return Outcome(unread=UnreadDocument(name=reading.name, message=message, hint=hint))
        text_file = f"text-{reading.number:05}.txt"
        await self.run.write_file(text_file, text.encode())
        return Outcome(
            document=ReadDocument(
                name=reading.name,
                media_type=document.media_type,
                text_file=text_file,
                characters=len(text),
                pages=max((mark.page for mark in marks if mark.page is not None), default=0),
                tokens=0,
                marks=marks,
                notes=document.notes,
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Splitter:
    run: Run
    most: int  # tokens of a passage

    async def split_one(self, document: ReadDocument) -> Split:
        """Where to cut a document."""
        text = (await self.run.read_file(document.text_file)).decode()
        ends = await count_tokens(text, self.run.token_ends)
        cuts = cut_passages(text, ends, self.most)
        return Split(
            cuts=tuple(
                Cut(document=document.name, number=number, start=start, end=end, tokens=tokens)
                for number, (start, end, tokens) in enumerate(cuts, start=1)
            )
        )


def _is_plain_text(source: Source) -> bool:
    return source.text is not None or source.media_type in ("text/plain", "text/markdown", "text/csv")


def _with_names(sources: Sequence[Source]) -> list[Reading]:
    """The documents with names of their own, where files of the same name came from several folders."""
    readings: list[Reading] = []
    taken: set[str] = set()
    for number, source in enumerate(sources, start=1):
        name, again = source.name, 2
        while name in taken:
            name, again = f"{source.name} ({again})", again + 1
        taken.add(name)
        readings.append(Reading(number=number, name=name, source=source))
    return readings


def _nothing_read(unread: Sequence[UnreadDocument]) -> CannotComplete:
    reasons = " ".join(document.message for document in unread[:3])
    more = f" And {len(unread) - 3:,} more." if len(unread) > 3 else ""
    opening = "The document" if len(unread) == 1 else f"None of the {len(unread):,} documents"
    verb = "could not be read" if len(unread) == 1 else "could be read"
    hint = next((document.hint for document in unread if document.hint), "Give documents that hold text.")
    return CannotComplete(f"{opening} {verb}; nothing was changed. {reasons}{more}", hint=hint)


def _full_text(document: Document) -> tuple[str, tuple[Mark, ...]]:
    """The document's parts as one text that UTF-8 can hold, and where each begins in it."""
    pieces: list[str] = []
    marks: list[Mark] = []
    length = 0
    for part in document.parts:
        text = part.text.encode("utf-8", "replace").decode()
        if pieces:
            pieces.append(_BETWEEN_PARTS)
            length += len(_BETWEEN_PARTS)
        marks.append(Mark(start=length, page=part.page, line=part.line, label=part.label))
        pieces.append(text)
        length += len(text)
    return "".join(pieces), tuple(marks)


def _with_tokens(document: ReadDocument, split: Split) -> ReadDocument:
    return ReadDocument(
        name=document.name,
        media_type=document.media_type,
        text_file=document.text_file,
        characters=document.characters,
        pages=document.pages,
        tokens=sum(cut.tokens for cut in split.cuts),
        marks=document.marks,
        notes=document.notes,
    )
