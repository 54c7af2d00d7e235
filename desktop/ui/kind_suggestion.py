"""Which kind of task fits what is typed and attached: fixed rules over words (English and German) and file names.

Nothing is opened and nobody is asked, so that it can be done at every keystroke. Each cue is worth some points; the
kind with most of them is suggested, and the cue that is worth most says why.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

DOCUMENTS, RESEARCH, CODE, ASSISTANT = "documents", "research", "code", "assistant"

READ_CHARACTERS: Final = 2_000
"""Of a goal: what it asks for is said at its beginning."""

_ENOUGH: Final = 2
_SHOWN_CHARACTERS: Final = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A kind of task, and why: “3 PDF files and “summarise””."""

    kind: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cue:
    kind: str
    points: int
    said: str = ""  # in the person's own words; empty for the files


def _of(kind: str, points: int, *patterns: str) -> tuple[tuple[str, int, re.Pattern[str]], ...]:
    return tuple((kind, points, re.compile(pattern, re.IGNORECASE)) for pattern in patterns)


_PROGRAM: Final = (
    r"(?:script|program|function|class|module|package|library|command[- ]line tool|parser|algorithm|regex)"
)
_PROGRAMM: Final = r"(?:skript|programm|funktion|klasse|modul|paket|bibliothek|parser|algorithmus)"
_FILES: Final = r"(?:files?|folders?|director(?:y|ies)|photos?|pictures?|images?|scans?|downloads?|invoices?|notes)"
_DATEIEN: Final = r"(?:dateien?|ordner|verzeichnis\w*|fotos?|bilder|scans?|downloads?|rechnungen|notizen)"
_WORDS: Final = (
    *_of(
        CODE,
        5,
        rf"\b(?:write|create|make|build|develop|implement|program|code)\b[^.\n]{{0,40}}?\b{_PROGRAM}s?\b",
        r"\b(?:fix|repair|debug|correct|refactor)\b[^.\n]{0,30}?\b(?:bugs?|programs?|scripts?|code|functions?|tests?)\b",
        rf"\b(?:schreib|erstell|mach|bau|entwickl?e?l|implementier|programmier)\w*\b[^.\n]{{0,40}}?\b\w*{_PROGRAMM}\w*",
        r"\b(?:behebe?|repariere?|korrigiere?|debugge?)\b[^.\n]{0,30}?\b(?:bugs?|\w*programme?|\w*skripte?|code)\b",
    ),
    *_of(CODE, 4, r"\b(?:implement|refactor|debug|pytest|unit[- ]tests?|implementiere|programmiere|refaktoriere)\b"),
    *_of(CODE, 3, r"\b[a-z_]\w*\([\w\s,.\"'\[\]]{0,30}\)", r"\bdef \w+", r"\btraceback\b"),
    *_of(CODE, 1, r"\b(?:in|with|mit) (?:python|bash)\b"),
    *_of(
        ASSISTANT,
        5,
        rf"\b(?:rename|move|sort|organi[sz]e|tidy|clean up|delete|copy|group|file)\b[^.\n]{{0,50}}?\b{_FILES}\b",
        rf"\b(?:benenne?|räume?|verschiebe?|sortiere?|ordne|lösche?|kopiere?)\b[^.\n]{{0,50}}?\b\w*{_DATEIEN}\b",
        rf"\b\w*{_DATEIEN}\b[^.\n]{{0,50}}?\b(?:umbenennen|aufräumen|verschieben|sortieren|ordnen|löschen|kopieren)\b",
    ),
    *_of(ASSISTANT, 3, r"\b(?:rename|tidy up|umbenennen|aufräumen)\b"),
    *_of(
        RESEARCH,
        5,
        r"\b(?:research|investigate|recherchiere?n?|literature (?:review|search)|literaturrecherche)\b",
        r"\b(?:on|search|in) the (?:web|internet)\b",
        r"\bim (?:internet|netz|web)\b",
        r"\bstate of the art\b|\bstand der (?:technik|forschung)\b|\bwhat is known (?:about|of)\b",
    ),
    *_of(
        RESEARCH,
        4,
        r"\b(?:report|dossier|briefing) (?:on|about)\b",
        r"\b(?:bericht|dossier) (?:über|zu[rm]?)\b",
        r"\bfind out\b|\blook up\b|\bfinde?\b[^.\n]{1,60}?\bheraus\b",
    ),
    *_of(RESEARCH, 3, r"\bhttps?://[^\s/]+"),
    *_of(
        DOCUMENTS,
        4,
        r"\bsummar(?:y|ies|i[sz]e\w*)\b",
        r"\bfass\w*\b[^.\n]{0,60}?\bzusammen\b|\bzusammenfass\w*",
        r"\bextract\b|\bextrahiere?\b",
        r"\bkey points\b|\bkernpunkte\b|\btl;?dr\b",
    ),
    *_of(DOCUMENTS, 2, r"\bin(?:to)? (?:a|one) (?:table|spreadsheet)\b", r"\bin (?:einer?|eine) tabelle\b"),
    *_of(DOCUMENTS, 2, r"\bcompare\b|\bvergleiche?\b", r"\bquote\b|\bzitiere?\b"),
)
_QUESTION: Final = re.compile(
    r"^\W*(?:who|whom|whose|what|when|where|which|why|how|is|are|does|do|can|wer|wen|wem|wessen|was|wann|wo|woher|welche\w?|"
    r"warum|wieso|weshalb|wie|gibt|ist|sind)\b|\?\s*$",
    re.IGNORECASE,
)
_CODE_SUFFIXES: Final = frozenset(
    ".py .ipynb .sh .bash .js .ts .c .h .cpp .hpp .java .go .rs .rb .php .pl .lua .sql .r .kt .cs .swift".split()  # noqa: SIM905
)
_NAMES: Final = {
    ".pdf": "PDF file",
    ".docx": "Word document",
    ".docm": "Word document",
    ".xlsx": "spreadsheet",
    ".xls": "spreadsheet",
    ".ods": "spreadsheet",
    ".csv": "table",
    ".tsv": "table",
    ".pptx": "presentation",
    ".html": "web page",
    ".htm": "web page",
    ".epub": "book",
    ".eml": "e-mail",
    ".md": "text",
    ".txt": "text",
    ".rst": "text",
    ".tex": "text",
}


def suggest_kind(goal: str, names: Sequence[str], kinds: Collection[str]) -> Suggestion | None:
    """The kind that the words and the names of the files speak for, among `kinds`; None where they say too little."""
    cues = [cue for cue in (*_of_words(goal[:READ_CHARACTERS], names), *_of_files(names)) if cue.kind in kinds]
    points = Counter[str]()
    for cue in cues:
        points[cue.kind] += cue.points
    if not points:
        return None
    kind, most = max(points.items(), key=lambda item: (item[1], item[0] == DOCUMENTS))
    if most < _ENOUGH:
        return None
    words = max((cue for cue in cues if cue.kind == kind and cue.said), key=lambda cue: cue.points, default=None)
    reasons = [describe_files(names) if names else "", f"“{words.said}”" if words is not None else ""]
    return Suggestion(kind=kind, because=" and ".join(reason for reason in reasons if reason))


def describe_files(names: Sequence[str]) -> str:
    """What is attached, in a few words: “3 PDF files”, “5 files”, “photos”."""
    said = Counter(_describe(name) for name in names)
    if len(said) > 1 or "" in said:
        only = names[0] if len(names) == 1 else ""
        return f"“{only}”" if only else f"{len(names):,} files"
    ((what, count),) = said.items()
    return f"{count:,} {what}{'s' if count != 1 else ''}"


def _suffix(name: str) -> str:
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else ""


def _describe(name: str) -> str:
    suffix = _suffix(name)
    return "program file" if suffix in _CODE_SUFFIXES else _NAMES.get(suffix, "")


def _of_words(goal: str, names: Sequence[str]) -> Iterator[_Cue]:
    for kind, points, pattern in _WORDS:
        found = pattern.search(goal)
        if found is not None:
            yield _Cue(kind=kind, points=points, said=_shortened(found[0]))
    asked = _QUESTION.search(goal)
    if asked is not None and goal.strip():
        yield _Cue(kind=DOCUMENTS if names else RESEARCH, points=2, said=_shortened(asked[0]))


def _of_files(names: Sequence[str]) -> Iterator[_Cue]:
    suffixes = {_suffix(name) for name in names}
    if suffixes & _CODE_SUFFIXES:
        yield _Cue(kind=CODE, points=3)
    if suffixes & _NAMES.keys():
        yield _Cue(kind=DOCUMENTS, points=2)
    if "" in suffixes:  # most likely a folder
        yield _Cue(kind=DOCUMENTS, points=1)
        yield _Cue(kind=ASSISTANT, points=1)


def _shortened(said: str) -> str:
    words = said.split()
    whole = " ".join(words)
    return whole if len(whole) <= _SHOWN_CHARACTERS else f"{words[0]} … {words[-1]}"
