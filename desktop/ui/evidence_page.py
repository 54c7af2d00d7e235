"""A list of evidence as a page, a part of it at a time: quotations, sources, an assistant's turns, a program's log."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from desktop.engine import visible
from desktop.ui import wording
from desktop.ui.evidence import CitedSource, Exhibit, Quote, parse_evidence, parse_sources
from desktop.ui.page import WHOLE, is_web, note
from desktop.ui.theme import Colours
from desktop.ui.transcript import Transcript, Turn, parse_transcript

FILES: Final = ("transcript.json", "evidence.json", "sources.json", "table.json", "run.log")
"""Where it is kept, the best place first."""

PART: Final = "part:"
"""The scheme of links to another part of the list."""

QUOTES_SHOWN: Final = 200
TURNS_SHOWN: Final = 30
NO_TURNS: Final = Transcript()
LOG_CHARACTERS: Final = 40_000
OUTPUT_CHARACTERS: Final = 2_000
"""Of what a turn gave or was given; the file has all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePage:
    """What a file holds: quotations and sources, an assistant's turns, or the text of a log."""

    file: str
    exhibits: tuple[Exhibit, ...] = ()
    transcript: Transcript = NO_TURNS
    head: str = ""  # about all of it
    log: str = ""

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The quotations among the entries."""
        return tuple(entry for entry in self.exhibits if isinstance(entry, Quote))

    @property
    def count(self) -> int:
        """How many entries there are."""
        return len(self.exhibits) or len(self.transcript.found)

    @property
    def per_part(self) -> int:
        """How many entries are shown at a time."""
        return TURNS_SHOWN if self.transcript.found else QUOTES_SHOWN

    def part(self, first: int) -> tuple[Exhibit | Turn, ...]:
        """The entries that are shown from that one on."""
        return self.exhibits[first : first + self.per_part] or self.transcript.turns(first, self.per_part)


def read_evidence(file: str, content: bytes) -> EvidencePage:
    """What the file of that name holds. Raises `ValueError` where it can't be read."""
    match file:
        case "transcript.json":
            found = parse_transcript(content)
            return EvidencePage(file=file, transcript=found, head=_turns_in_all(found))
        case "run.log":
            return EvidencePage(file=file, log=content.decode("utf-8", "replace"))
        case "sources.json":
            entries = parse_sources(content)
            return EvidencePage(file=file, exhibits=entries, head=_found(entries))
        case _:
            quotes = parse_evidence(content)
            return EvidencePage(file=file, exhibits=quotes, head=_found(quotes))


def evidence_html(page: EvidencePage, first: int, colours: Colours) -> str:
    """The part of the page that begins with that entry, with ways to the other parts and to the whole file."""
    if page.log:
        return _log(page, colours)
    body = "".join(_entry(entry, colours) for entry in page.part(first))
    return note(page.head, colours.quiet) + _ways(page, first) + body + _ways(page, first)


def _turns_in_all(found: Transcript) -> str:
    count = len(found.found)
    parts = [f"{count:,} turn{'s' if count != 1 else ''}", wording.duration(found.seconds), f"{found.tokens:,} tokens"]
    return " · ".join([*parts, f"ended: {found.ended}"] if found.ended else parts)


def _found(entries: Sequence[Exhibit]) -> str:
    quotes = [entry for entry in entries if isinstance(entry, Quote)]
    sources = sum(isinstance(entry, CitedSource) for entry in entries)
    said = f"{sum(quote.found for quote in quotes):,} of {len(quotes):,} quotations were found in their source"
    return f"{sources:,} source{'s' if sources != 1 else ''} · {said}." if sources else f"{said}."


def _ways(page: EvidencePage, first: int) -> str:
    count, step = page.count, page.per_part
    if count <= step:
        return ""
    ways = [f"{first + 1:,} to {min(first + step, count):,} of {count:,}"]
    if first > 0:
        ways.append(f'<a href="{PART}{max(0, first - step)}">Earlier</a>')
    if first + step < count:
        ways.append(f'<a href="{PART}{first + step}">Later</a>')
    ways.append(f'<a href="{WHOLE}{escape(page.file)}">All {count:,} are in {escape(page.file)}</a>')
    return f"<p>{' · '.join(ways)}</p>"


def _entry(entry: Exhibit | Turn, colours: Colours) -> str:
    match entry:
        case Quote():
            return _quote(entry, colours)
        case CitedSource():
            return _source(entry, colours)
        case Turn():
            return _turn(entry, colours)


def _quote(quote: Quote, colours: Colours) -> str:
    mark, colour = ("✓ found", colours.done) if quote.found else ("✕ not found", colours.failed)
    place = f" · {escape(quote.place)}" if quote.place else ""
    return (
        f'<p style="margin-bottom:2px">“{escape(visible(quote.text))}”</p>'
        f'<p style="margin-top:0; color:{colours.quiet}"><b style="color:{colour}">{mark}</b>{place}</p>'
    )


def _source(source: CitedSource, colours: Colours) -> str:
    number = f"[{escape(source.id)}] " if source.id else ""
    where = escape(visible(source.where))
    if is_web(source.where):
        where = f'<a href="{escape(source.where)}">{where}</a>'
    below = f'<p style="margin-top:0; color:{colours.quiet}">{where}</p>' if source.where != source.title else ""
    return f'<h3 style="margin-bottom:0">{number}{escape(visible(source.title))}</h3>{below}'


def _turn(turn: Turn, colours: Colours) -> str:
    facts = [wording.duration(turn.seconds), f"{turn.tokens:,} tokens"]
    if turn.like:
        facts.append(f"the same as turn {turn.like}")
    tool = f" · {escape(visible(turn.tool))}" if turn.tool else ""
    head = f'<h3 style="margin-bottom:0">{turn.number}{tool}</h3>{note(" · ".join(facts), colours.quiet)}'
    thought = f"<p><i>{escape(visible(turn.thought))}</i></p>" if turn.thought else ""
    colour = colours.failed if turn.failed else colours.text
    said = "✕ It failed:" if turn.failed else "It gave:"
    output = note(said, colour) + _block(turn.output, colours) if turn.output else note("It gave nothing.", colour)
    return head + thought + _block(turn.arguments, colours) + output


def _block(text: str, colours: Colours) -> str:
    """Lines as they are, wrapped where they are too long."""
    if not text:
        return ""
    cut = text[:OUTPUT_CHARACTERS]
    more = f"\n… {len(text) - len(cut):,} more characters" if len(text) > len(cut) else ""
    shown = escape(visible(cut) + more)
    return f'<pre style="white-space:pre-wrap; background-color:{colours.code}">{shown}</pre>'


def _log(page: EvidencePage, colours: Colours) -> str:
    """The end of a log, where it says what came of it."""
    cut = page.log[-LOG_CHARACTERS:]
    shown = f'<pre style="white-space:pre-wrap">{escape(visible(cut.replace(chr(13) + chr(10), chr(10))))}</pre>'
    if len(cut) == len(page.log):
        return note("The last run, as it was logged.", colours.quiet) + shown
    way = f'<a href="{WHOLE}{escape(page.file)}">Open the whole file</a>'
    return note(f"The last {len(cut):,} of {len(page.log):,} characters.", colours.quiet) + f"<p>{way}</p>" + shown
