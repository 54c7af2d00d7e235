"""Finding what there is to look into. Only the person's words leave the machine, before anything private was read."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from desktop.agents.research.assignment import Assignment
from desktop.agents.research.material import Gathered, Material, Unread
from desktop.agents.research.questions import Subquestion
from desktop.engine import Artifact, Run, Source, UnreadableDocument, WebPage, WebUnavailable

FIND_STEP: Final = "find"
FETCH_STEP: Final = "fetch"
WEB_STEP: Final = "web search"
FOUND_STEP: Final = "fetch found"
INDEX_STEP: Final = "index"
READERS: Final = 4
"""Documents read, and pages fetched, at the same time."""

_HITS: Final = 8
_NAME_LENGTH: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A page to fetch, under the number that its file has."""

    number: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """The addresses that a search of the web found, or why there are none."""

    urls: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexing:
    """What became of one file or page in the index."""

    passages: int = 0
    gaps: tuple[str, ...] = ()  # parts that could not be read
    unread: Unread | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gatherer:
    """Gathers a run's material."""

    run: Run
    assignment: Assignment

    async def find_files(self) -> list[Material]:
        """The files and texts that were given, as they were when the run began."""
        return _named_apart(await self.run.step(FIND_STEP, self._find))

    async def _find(self) -> list[Material]:
        found: list[Material] = []
        for number, source in enumerate(await self.run.sources(), start=1):
            file = ""
            if source.path is None:
                file = f"given-{number:05}.txt"
                await self.run.write_file(file, (source.text or "").encode("utf-8", "replace"))
            found.append(_material(source, file))
        return found

    async def fetch_named(self) -> list[Gathered]:
        """The pages that the person named."""
        addresses = [Address(number=number, url=url) for number, url in enumerate(self.assignment.addresses, start=1)]
        return await self.run.map(FETCH_STEP, addresses, self._fetch, width=READERS) if addresses else []

    async def search_web(self, questions: Sequence[Subquestion]) -> tuple[list[Gathered], list[str]]:
        """Pages that a search of the web finds, and why it found none. It is asked in the questions' words alone."""
        texts = [question.text for question in questions]
        hits = await self.run.map(WEB_STEP, texts, self._search, width=1)
        known = set(self.assignment.addresses)
        wanted = list(dict.fromkeys(url for url in _in_turn(hits, self.assignment.effort.pages) if url not in known))
        first = len(known) + 1
        addresses = [Address(number=number, url=url) for number, url in enumerate(wanted, start=first)]
        pages = await self.run.map(FOUND_STEP, addresses, self._fetch, width=READERS)
        return pages, list(dict.fromkeys(each.problem for each in hits if each.problem))

    async def _search(self, question: str) -> Hits:
        try:
            return Hits(urls=tuple(hit.url for hit in await self.run.web.search(question, _HITS)))
        except WebUnavailable as error:
            return Hits(problem=str(error))

    async def _fetch(self, address: Address) -> Gathered:
        try:
            page = await self.run.web.fetch(address.url)
        except WebUnavailable as error:
            return Gathered(unread=Unread(name=address.url, message=error.message, hint=error.hint))
        return Gathered(material=await self._keep(address, page))

    async def _keep(self, address: Address, page: WebPage) -> Material:
        file = f"page-{address.number:03}.txt"
        text = page.text.encode("utf-8", "replace")
        await self.run.write_file(file, text)
        return Material(
            name=page.final_url,
            title=page.title,
            where=page.final_url,
            media_type="text/plain",
            size=len(text),
            text_file=file,
        )

    async def index_all(self, materials: Sequence[Material]) -> list[Indexing]:
        """Have all of it in the index; what can't be read does not stop the others."""
        return await self.run.map(INDEX_STEP, materials, self._index, width=READERS)

    async def _index(self, material: Material) -> Indexing:
        try:
            indexed = await self.run.passages.index(await material.source(self.run))
        except UnreadableDocument as error:
            return Indexing(unread=Unread(name=material.name, message=error.message, hint=error.hint))
        if not indexed.passages:
            message, hint = f"{material.name} holds no text.", "If it was scanned, run text recognition on it first."
            return Indexing(unread=Unread(name=material.name, message=message, hint=hint))
        return Indexing(passages=indexed.passages, gaps=indexed.notes)


async def save_pages(run: Run, materials: Iterable[Material]) -> list[Artifact]:
    """The text of each page as it was read, among the files of the result."""
    kept: list[Artifact] = []
    for material in materials:
        if material.where.startswith(("http://", "https://")):
            name = f"pages/{material.text_file.removesuffix('.txt')}-{_file_name(material.where)}.txt"
            kept.append(await run.write_artifact(name, "text/plain", await run.read_file(material.text_file)))
    return kept


def together(*groups: Sequence[Material]) -> list[Material]:
    """All of it, under names of their own; the same page once."""
    pages: set[str] = set()
    kept: list[Material] = []
    for material in (each for group in groups for each in group):
        if material.path is None and material.where.startswith("http") and material.where in pages:
            continue
        pages.add(material.where)
        kept.append(material)
    return _named_apart(kept)


def _material(source: Source, file: str) -> Material:
    return Material(
        name=source.name,
        title=source.name,
        where=source.name,
        media_type=source.media_type,
        size=source.size,
        path=source.path,
        text_file=file,
    )


def _named_apart(materials: Sequence[Material]) -> list[Material]:
    """With names of their own, where files of the same name came from several folders."""
    named: list[Material] = []
    taken: set[str] = set()
    for material in materials:
        name, again = material.name, 2
        while name in taken:
            name, again = f"{material.name} ({again})", again + 1
        taken.add(name)
        title, where = (name if shown == material.name else shown for shown in (material.title, material.where))
        named.append(replace(material, name=name, title=title, where=where))
    return named


def _in_turn(hits: Sequence[Hits], most: int) -> Iterable[str]:
    """The best address of each search, then the second of each, and so on."""
    return (each.urls[place] for place in range(most) for each in hits if place < len(each.urls))


def _file_name(url: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", url.partition("://")[2]).strip("-.")[:_NAME_LENGTH] or "page"
