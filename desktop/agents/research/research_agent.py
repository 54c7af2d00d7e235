"""The agent that finds something out: it searches what it was given, reads the best, and proves what it says."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from desktop.agents.research.assignment import Assignment, understand
from desktop.agents.research.budget import check_room
from desktop.agents.research.candidates import candidates_of
from desktop.agents.research.checking import look_up
from desktop.agents.research.claims import Claim, for_question
from desktop.agents.research.comparing import contradictions
from desktop.agents.research.findings import Findings, Part, quoted_by
from desktop.agents.research.gathering import Gatherer, Indexing, save_pages, together
from desktop.agents.research.judging import closeness, coverage, is_answered, is_spoken_of, statements_of
from desktop.agents.research.material import Gathered, Material, Unread
from desktop.agents.research.planning import planned_steps
from desktop.agents.research.questions import Subquestion, break_down
from desktop.agents.research.reading import ReadClaims, Reading
from desktop.agents.research.report import Report
from desktop.agents.research.searching import Excerpt, Search, Searcher, excerpts_of
from desktop.agents.research.sources_file import sources_json
from desktop.agents.research.verification import verify
from desktop.agents.research.writing import Section, Topic, write_answer
from desktop.engine import CannotComplete, PlannedStep, Result, Run, Source, TaskRequest

_SHARE: Final = 3  # of the quotations below the answer, those below one of its parts


class ResearchAgent:
    """Answers a question from files, pages and the web. Implements `Agent`."""

    kind: ClassVar[str] = "research"
    title: ClassVar[str] = "Research"

    def check(self, request: TaskRequest) -> None:
        """Raise `InvalidRequest` where goal, options or inputs do not make a task."""
        understand(request)

    def outline(self, request: TaskRequest, sources: Sequence[Source]) -> tuple[PlannedStep, ...]:
        """A first guess at the plan, from the sizes of the files."""
        return planned_steps(understand(request), files=len(sources), size=sum(source.size for source in sources))

    async def carry_out(self, run: Run) -> Result:
        """Gather, search, read, compare, write and check. Raises `CannotComplete`."""
        assignment = understand(run.request)
        gathering = await _gather(run, assignment)
        work = _Work(run=run, assignment=assignment, gathering=gathering)
        await work.index()
        searches = await work.search()
        return await work.answer(searches)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathering:
    """What there is to look into, and for what."""

    materials: list[Material]
    questions: list[Subquestion]
    unread: list[Unread]
    problems: list[str]


async def _gather(run: Run, assignment: Assignment) -> _Gathering:
    """Everything named, and the questions; then, in their words alone, what the web has."""
    gatherer = Gatherer(run=run, assignment=assignment)
    files = await gatherer.find_files()
    size = sum(material.size for material in files)
    await run.plan(planned_steps(assignment, files=len(files), size=size))
    pages = await gatherer.fetch_named()
    await check_room(run, assignment)
    questions = await break_down(run, assignment)
    problems: list[str] = []
    if assignment.searches_web:
        found, problems = await gatherer.search_web(questions)
        pages = [*pages, *found]
    materials = together(files, [page.material for page in pages if page.material])
    unread = [page.unread for page in pages if page.unread]
    if not materials:
        raise _nothing_found(pages, problems)
    return _Gathering(materials=materials, questions=questions, unread=unread, problems=problems)


def _nothing_found(pages: Sequence[Gathered], problems: Sequence[str]) -> CannotComplete:
    reasons = [page.unread.message for page in pages if page.unread][:3] or list(problems[:3])
    return CannotComplete(
        " ".join(["There is nothing to look into; nothing was changed.", *reasons]),
        hint="Give files that can be read, or the addresses of pages.",
    )


@dataclass(slots=True, kw_only=True)
class _Work:
    """The steps from the index to the report."""

    run: Run
    assignment: Assignment
    gathering: _Gathering
    _readable: int = 0

    async def index(self) -> None:
        """Have everything in the index. Raises `CannotComplete` where nothing could be read."""
        gatherer = Gatherer(run=self.run, assignment=self.assignment)
        done = await gatherer.index_all(self.gathering.materials)
        self._note(done)
        self._readable = sum(each.unread is None for each in done)
        if not self._readable:
            reasons = " ".join(each.message for each in self.gathering.unread[:3])
            hint = next((each.hint for each in self.gathering.unread if each.hint), "Give files that hold text.")
            raise CannotComplete(f"None of the sources could be read; nothing was changed. {reasons}", hint=hint)

    def _note(self, done: Sequence[Indexing]) -> None:
        for material, each in zip(self.gathering.materials, done, strict=True):
            if each.unread:
                self.gathering.unread.append(each.unread)
            elif each.gaps:
                self.gathering.problems.append(f"parts of {material.name} could not be read: {'; '.join(each.gaps)}")

    async def sources(self) -> dict[str, Source]:
        """What can be searched, by its name."""
        gone = {each.name for each in self.gathering.unread}
        kept = [material for material in self.gathering.materials if material.name not in gone]
        return {material.name: await material.source(self.run) for material in kept}

    async def search(self) -> list[Search]:
        """The passages for each question, in the order in which they are worth reading."""
        searcher = Searcher(run=self.run, assignment=self.assignment, sources=await self.sources())
        return await searcher.search_all(self.gathering.questions)

    async def answer(self, searches: Sequence[Search]) -> Result:
        """Read, compare, write, check."""
        excerpts = excerpts_of(searches, self.assignment.effort.passages)
        terms = [search.terms for search in searches]
        found = await asyncio.to_thread(candidates_of, excerpts, terms, self.assignment.effort.candidates)
        await self._replan(found)
        reading = Reading(run=self.run, assignment=self.assignment, questions=self.gathering.questions, claims=found)
        read = await reading.read_all()
        pairs = await contradictions(self.run, read.claims)
        topics = await asyncio.to_thread(self._topics, read.claims, searches, excerpts)
        section = await write_answer(self.run, self.assignment, read.claims, topics[0])
        findings = Findings(
            parts=_parts(read.claims, topics, section, self.assignment.effort.quotes),
            claims=tuple(read.claims),
            contradictions=tuple(pairs),
        )
        self._note_unusable(read)
        return await self._result(findings, excerpts)

    async def _replan(self, found: Sequence[Claim]) -> None:
        materials = self.gathering.materials
        size = sum(material.size for material in materials)
        questions, sentences = len(self.gathering.questions), len(found)
        steps = planned_steps(
            self.assignment, files=len(materials), size=size, questions=questions, sentences=sentences
        )
        await self.run.plan(steps)

    def _topics(self, claims: Sequence[Claim], searches: Sequence[Search], excerpts: Sequence[Excerpt]) -> list[Topic]:
        topics: list[Topic] = []
        for number, (question, search) in enumerate(zip(self.gathering.questions, searches, strict=True)):
            places = tuple(for_question(claims, number, search.terms))
            topics.append(
                Topic(
                    question=question.text,
                    places=places,
                    coverage=coverage(claims, places, excerpts, search.terms),
                    closeness=closeness(claims, places, search.terms),
                )
            )
        return topics

    def _note_unusable(self, read: ReadClaims) -> None:
        if read.unusable:
            problem = f"the model gave nothing usable on {read.unusable} of {read.pages} lots of sentences"
            self.gathering.problems.append(problem)

    async def _result(self, findings: Findings, excerpts: Sequence[Excerpt]) -> Result:
        found = await look_up(self.run, findings, await self.sources())
        report = Report(
            assignment=self.assignment,
            findings=findings,
            numbers=findings.numbers(),
            found=found,
            materials={material.name: material for material in self.gathering.materials},
            how_much=f"Searched: {_count(self._readable, 'source')}; looked at: {_count(len(excerpts), 'passage')}.",
            unread=self.gathering.unread,
        )
        verification = verify(
            findings,
            found,
            sources=self._readable,
            unread=self.gathering.unread,
            problems=self.gathering.problems,
        )
        text = report.markdown(verification).encode()
        return Result(
            summary=report.summary(),
            verification=verification,
            artifacts=(
                await self.run.write_artifact("report.md", "text/markdown", text),
                await self.run.write_artifact("sources.json", "application/json", sources_json(report)),
                *await save_pages(self.run, self.gathering.materials),
            ),
        )


def _parts(claims: Sequence[Claim], topics: Sequence[Topic], section: Section, most: int) -> tuple[Part, ...]:
    """The answer in words, then what else the sources say to each part of the question, in theirs."""
    first, *others = topics
    answered = is_answered(section, first)
    statements = statements_of(section, first, claims) if answered else ()
    quoted = quoted_by(statements, first.places, set(), most)
    parts = [Part(question=first.question, answered=answered, statements=statements, quoted=quoted)]
    said = set(quoted)
    for topic in others:
        quoted = quoted_by((), topic.places, said, most // _SHARE)
        said.update(quoted)
        parts.append(Part(question=topic.question, answered=is_spoken_of(topic), statements=(), quoted=quoted))
    return tuple(parts)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
