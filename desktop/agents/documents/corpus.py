"""Everything that was read for a run: the documents' texts, cut into passages that know where they stand."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from desktop.engine import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a part of a document begins in the document's full text."""

    start: int  # character offset in the full text
    page: int | None = None
    line: int | None = None  # number of the part's first line in the file
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in a document: a page, or a line, or (where the format has neither) nothing but a label."""

    page: int | None = None
    line: int | None = None
    label: str = ""

    def __str__(self) -> str:
        where = f"page {self.page}" if self.page is not None else f"line {self.line}" if self.line is not None else ""
        return ", ".join(part for part in (where, self.label) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDocument:
    """A document that was read; its full text is the working file `text_file` (UTF-8)."""

    name: str  # unique within the corpus
    media_type: str
    text_file: str
    characters: int
    pages: int  # 0 where the format has none
    tokens: int  # the model's own; 0 until the text was split
    marks: tuple[Mark, ...] = ()  # in order; the first starts at 0
    notes: tuple[str, ...] = ()  # what could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadDocument:
    """A document that could not be read, and what to do about it."""

    name: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A passage without its text: small enough for the journal."""

    document: str
    number: int  # 1 for the document's first passage
    start: int  # character offset in the document's full text
    end: int
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of one document that fits a prompt. A document's passages, put together, are its full text."""

    document: str
    number: int  # 1 for the document's first passage
    text: str
    start: int  # character offset in the document's full text
    page: int | None  # where the passage begins
    line: int | None
    tokens: int

    @property
    def end(self) -> int:
        """The offset after the passage's last character in the document's full text."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """All documents of a run, with their passages in reading order, and what could not be read."""

    documents: tuple[ReadDocument, ...]
    passages: tuple[Passage, ...]
    unread: tuple[UnreadDocument, ...] = ()
    _documents: dict[str, ReadDocument] = field(init=False, repr=False, compare=False, default_factory=dict)
    _passages: dict[str, list[Passage]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._documents.update((document.name, document) for document in self.documents)
        for passage in self.passages:
            self._passages.setdefault(passage.document, []).append(passage)

    def document(self, name: str) -> ReadDocument:
        """The document of that name."""
        return self._documents[name]

    def passages_of(self, document: str) -> Sequence[Passage]:
        """A document's passages in order."""
        return self._passages.get(document, [])

    async def text(self, run: Run, document: str) -> str:
        """A document's full text."""
        return (await run.read_file(self._documents[document].text_file)).decode()

    def place_of(self, document: str, offset: int) -> Place:
        """The page or line at a character offset in a document's full text."""
        mark = mark_at(self._documents[document].marks, offset)
        if mark.line is None:
            return Place(page=mark.page, label=mark.label)
        return Place(page=mark.page, line=mark.line + self._line_ends(document, mark.start, offset), label=mark.label)

    def passage_at(self, document: str, offset: int) -> Passage:
        """The passage that holds a character offset of a document."""
        passages = self._passages[document]
        return passages[max(0, bisect_right(passages, offset, key=lambda passage: passage.start) - 1)]

    def _line_ends(self, document: str, start: int, end: int) -> int:
        """Line ends between two offsets; counted from the passage's own line where the passage starts after `start`."""
        passage = self.passage_at(document, end)
        if passage.start >= start and passage.line is not None:
            mark = mark_at(self._documents[document].marks, passage.start)
            if mark.start == start and mark.line is not None:
                return passage.line - mark.line + passage.text.count("\n", 0, end - passage.start)
        return passage.text.count("\n", max(0, start - passage.start), end - passage.start)


def mark_at(marks: Sequence[Mark], offset: int) -> Mark:
    """The mark of the part that holds an offset."""
    if not marks:
        return Mark(start=0)
    return marks[max(0, bisect_right(marks, offset, key=lambda mark: mark.start) - 1)]


def make_passages(document: ReadDocument, text: str, cuts: Sequence[Cut]) -> tuple[Passage, ...]:
    """The passages of a document from its full text and where it was cut."""
    passages: list[Passage] = []
    line_mark, line_from, line = None, 0, 0
    for cut in cuts:
        mark = mark_at(document.marks, cut.start)
        if mark is not line_mark:
            line_mark, line_from, line = mark, mark.start, mark.line or 0
        line += text.count("\n", line_from, cut.start)
        line_from = cut.start
        passages.append(
            Passage(
                document=document.name,
                number=cut.number,
                text=text[cut.start : cut.end],
                start=cut.start,
                page=mark.page,
                line=None if mark.line is None else line,
                tokens=cut.tokens,
            )
        )
    return tuple(passages)


def make_corpus(
    documents: Sequence[ReadDocument],
    texts: Mapping[str, str],
    cuts: Mapping[str, Sequence[Cut]],
    unread: Sequence[UnreadDocument] = (),
) -> Corpus:
    """The corpus from the documents, their full texts and where those were cut."""
    passages = [
        passage
        for document in documents
        for passage in make_passages(document, texts[document.name], cuts[document.name])
    ]
    return Corpus(documents=tuple(documents), passages=tuple(passages), unread=tuple(unread))
