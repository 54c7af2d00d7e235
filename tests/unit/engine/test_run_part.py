"""A part of a run for another agent: nested in the plan, remembered, asked about, and never wider than the whole."""

import asyncio
from dataclasses import replace

import pytest

from desktop.engine import (
    AddressRefused,
    CannotComplete,
    Effect,
    Execution,
    ExecutionRefused,
    Input,
    Message,
    PlannedStep,
    Program,
    Prompt,
    Question,
    Result,
    Role,
    Run,
    SearchUnavailable,
    StepProgress,
    StepStatus,
    TaskId,
    TaskRequest,
    TaskStatus,
    UnreadableDocument,
    Work,
)
from desktop.engine.step_parts import with_parts
from tests.fakes.memory_toolbox import MemoryToolbox
from tests.fakes.memory_web import MemoryWeb
from tests.unit.engine.conftest import DONE, Script, World
from tests.unit.engine.test_tool_use import READ, WRITE, call, tool

SECOND = Work(seconds=1)
ASKED = Question(text="Which year?", key="year")
FREE_WEB = {"fetch_page": "allow", "search_web": "allow"}
CODE = Execution(program=Program.PYTHON, arguments=("a.py",))


def planned(name: str, within: str = "") -> PlannedStep:
    return PlannedStep(name=name, title=name.title(), work=SECOND, within=within)


def inner_request(**options: object) -> TaskRequest:
    return TaskRequest(kind="errand", goal="inner", options=options, inputs=(Input(name="b.txt", text="B"),))


class Nested:
    """Carries out one step, a part of two steps that asks something, and a last step; it notes what it did."""

    def __init__(self) -> None:
        self.did: list[str] = []

    async def __call__(self, run: Run) -> Result:
        await run.plan([planned("look"), planned("part"), planned("tell")])
        await run.step("look", self.work, "look")
        told = await self.inner(run.part("part", "The part", inner_request()))
        await run.step("tell", self.work, told)
        return DONE

    async def inner(self, part: Run) -> str:
        await part.plan([planned("look"), planned("note")])
        await part.step("look", self.work, "look in part")
        year = await part.ask_person(ASKED)
        notes = await part.map("note", [1, 2], self.note, width=1)
        await part.write_file("notes.txt", str(notes).encode())
        return f"{year} {notes}"

    async def work(self, what: str) -> str:
        self.did.append(what)
        return what

    async def note(self, number: int) -> int:
        self.did.append(f"note {number}")
        return number


async def shown(world: World, task_id: TaskId) -> list[tuple[str, str, StepStatus, int, int]]:
    steps = (await world.engine.task(task_id)).progress.steps
    return [(step.name, step.within, step.status, step.done, step.total) for step in steps]


async def run_script(world: World, script: Script, *inputs: Input) -> TaskId:
    await world.open(script)
    task_id = (await world.engine.submit(TaskRequest(kind="errand", goal="fetch", inputs=inputs))).task_id
    await world.settle()
    return task_id


async def test_a_part_is_shown_nested_and_counts_its_steps(world: World) -> None:
    task_id = await run_script(world, Nested())
    assert await shown(world, task_id) == [
        ("look", "", StepStatus.DONE, 1, 1),
        ("part", "", StepStatus.PENDING, 1, 2),
        ("part/look", "part", StepStatus.DONE, 1, 1),
        ("part/note", "part", StepStatus.PENDING, 0, 1),
        ("tell", "", StepStatus.PENDING, 0, 1),
    ]


async def test_a_part_goes_on_where_it_asked_and_where_it_was_stopped(world: World) -> None:
    nested = Nested()
    task_id = await run_script(world, nested)
    task = await world.engine.task(task_id)
    assert task.question == replace(ASKED, key="part/year")
    await world.engine.stop()
    await world.open(nested)
    await world.engine.answer(task_id, "2026")
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert nested.did == ["look", "look in part", "note 1", "note 2", "2026 [1, 2]"]
    assert [status for _, _, status, _, _ in await shown(world, task_id)] == [StepStatus.DONE] * 5
    assert await world.files.read(task_id, task.run, "work/part/work/notes.txt") == b"[1, 2]"


async def test_a_part_is_running_as_long_as_one_of_its_steps_is_and_fails_with_it(world: World) -> None:
    go_on = asyncio.Event()

    async def script(run: Run) -> Result:
        await run.plan([planned("part")])
        part = run.part("part", "The part", inner_request())
        await part.plan([planned("work")])

        async def fail() -> str:
            await go_on.wait()
            raise CannotComplete("No way.", hint="Another one.")

        await part.step("work", fail)
        return DONE

    task_id = await run_script(world, script)
    assert (await shown(world, task_id))[0] == ("part", "", StepStatus.RUNNING, 0, 1)
    go_on.set()
    await world.settle()
    assert (await shown(world, task_id))[0] == ("part", "", StepStatus.FAILED, 0, 1)


async def test_a_paused_part_is_continued_and_nothing_of_it_done_again(world: World) -> None:
    go_on = asyncio.Event()
    did: list[str] = []

    async def script(run: Run) -> Result:
        async def work(name: str) -> str:
            if name == "second":
                await go_on.wait()
            did.append(name)
            return name

        part = run.part("part", "The part", inner_request())
        await part.plan([planned("first"), planned("second")])
        for name in ("first", "second"):
            await part.step(name, work, name)
        return DONE

    task_id = await run_script(world, script)
    await world.engine.pause(task_id)
    await world.settle()
    go_on.set()
    await world.engine.resume(task_id)
    await world.settle()
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert did == ["first", "second"]
    names = [name for name, *_ in await shown(world, task_id)]
    assert names == ["part", "part/first", "part/second"]  # the plan did not name it, its title did


async def test_a_part_has_its_own_request_and_all_else_of_the_run(world: World) -> None:
    world.toolbox = MemoryToolbox([READ])
    got: list[object] = []

    async def script(run: Run) -> Result:
        part = run.part("part", "The part", inner_request())
        sources = await part.sources()
        got.extend([part.request.goal, sources[0].name, (await part.read(sources[0])).parts[0].text])
        got.append(part.web is not None)
        got.append((await part.passages.index(sources[0])).document)
        model = await part.load_model()
        question = Prompt(messages=(Message(role=Role.USER, content="How?"),), max_tokens=50)
        assert model == await run.load_model()
        assert (await part.ask(question)).text
        assert await part.token_ends("ab") == await run.token_ends("ab")
        assert (await part.sandbox_standing()).available
        code = Execution(program=Program.PYTHON, arguments=("a.py",), files={"a.py": b""})
        assert (await part.execute(code)).succeeded
        await part.write_file("x", b"working")
        artifact = await part.write_artifact("report.md", "text/markdown", b"# Report")
        await part.show_draft("# So far")
        got.extend([artifact.size, await part.read_file("x"), await run.read_file("part/report.md")])
        return DONE

    task_id = await run_script(world, script)
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert got == ["inner", "b.txt", "B", True, "b.txt", 8, b"working", b"# Report"]


async def test_parts_have_parts(world: World) -> None:
    world.toolbox = MemoryToolbox([READ, WRITE, tool("run_python", Effect.RUNS)])
    offered: list[list[str]] = []

    async def work() -> str:
        return ""

    async def script(run: Run) -> Result:
        outer = run.part("outer", "Outer", inner_request(tools="read_file, write_file"))
        inner = outer.part("inner", "Inner", inner_request(tools="read_file, run_python"))
        assert [source.name for source in await outer.sources()] == ["b.txt"]
        await inner.plan([planned("work"), planned("detail", within="work")])
        await inner.step("work", work)
        await inner.write_artifact("a.txt", "text/plain", b"A")
        assert await run.read_file("outer/work/inner/a.txt") == b"A"
        offered.extend([[each.name for each in await part.tools.offered()] for part in (outer, inner)])
        return DONE

    task_id = await run_script(world, script)
    assert await world.status(task_id) is TaskStatus.COMPLETED
    assert [step[:2] for step in await shown(world, task_id)] == [
        ("work", ""),  # of the outline
        ("outer", ""),
        ("outer/inner", "outer"),
        ("outer/inner/work", "outer/inner"),
        ("outer/inner/detail", "outer/inner/work"),
    ]
    assert offered == [["read_file", "write_file"], ["read_file"]]


async def test_what_the_whole_may_not_do_no_part_may(world: World) -> None:
    world.toolbox = MemoryToolbox([READ, WRITE])
    failed: list[bool] = []

    async def script(run: Run) -> Result:
        part = run.part("part", "The part", inner_request(policy="write_file=allow, read_file=allow"))
        failed.append((await part.tools.use("read", call("read_file"))).failed)
        failed.append((await part.tools.use("write", call("write_file"))).failed)
        return DONE

    await world.open(script)
    request = TaskRequest(kind="errand", goal="fetch", options={"policy": {"read_file": "deny"}})
    task_id = (await world.engine.submit(request)).task_id
    await world.settle()
    assert failed == [True]
    question = (await world.engine.task(task_id)).question
    assert question is not None
    assert question.key == "part/write"
    assert world.toolbox.calls == []


def with_policy(policy: dict[str, str]) -> TaskRequest:
    note = Input(name="a.txt", text="A")
    return TaskRequest(kind="errand", goal="fetch", inputs=(note,), options={"policy": policy})


@pytest.mark.parametrize("policy", ["deny", "ask"])
async def test_a_part_reads_runs_and_fetches_only_what_the_whole_may_without_a_question(
    world: World, policy: str
) -> None:
    refused: list[str] = []

    async def script(run: Run) -> Result:
        part = run.part("part", "The part", inner_request())
        standing = await part.sandbox_standing()
        refused.append(standing.reason)
        assert not standing.available
        source = (await run.sources())[0]
        for attempt in (part.sources, lambda: part.read(source), lambda: part.execute(CODE)):
            with pytest.raises((UnreadableDocument, ExecutionRefused)) as caught:
                await attempt()
            refused.append(str(caught.value))
        for attempt in (lambda: part.web.fetch("https://example.org"), lambda: part.web.search("a canary")):
            with pytest.raises((AddressRefused, SearchUnavailable)) as caught_web:
                await attempt()
            refused.append(str(caught_web.value))
        return DONE

    await world.open(script)
    request = with_policy(dict.fromkeys(("read_file", "run_python", "fetch_page"), policy))
    task_id = (await world.engine.submit(request)).task_id
    await world.settle()
    assert (await world.engine.task(task_id)).status is TaskStatus.COMPLETED
    assert len(refused) == 6
    assert all("does not allow" in words for words in refused)
    assert world.sandbox.executions == []


async def test_a_part_fetches_pages_where_the_whole_may(world: World) -> None:
    world.web = MemoryWeb({"https://example.org": "A page."})
    read: list[str] = []

    async def script(run: Run) -> Result:
        part = run.part("part", "The part", inner_request(policy=FREE_WEB))
        read.append((await part.web.fetch("https://example.org")).text)
        return DONE

    await world.open(script)
    await world.engine.submit(with_policy(FREE_WEB))
    await world.settle()
    assert read == ["A page."]


@pytest.mark.parametrize("name", ["", "a/b"])
async def test_a_part_has_a_name_that_can_not_be_mistaken(world: World, name: str) -> None:
    caught: list[Exception] = []

    async def script(run: Run) -> Result:
        try:
            run.part(name, "The part", inner_request())
        except ValueError as error:
            caught.append(error)
        return DONE

    await run_script(world, script)
    assert len(caught) == 1


GIVEN = (Input(path="/docs"), Input(path="/a.txt"), Input(name="note", text="A note."))


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("/docs", True),
        ("/docs/deep/b.txt", True),
        ("/docs/deep", True),
        ("/a.txt", True),
        ("/docs/empty", False),
        ("/etc/passwd", False),
        ("/docs/other.txt", False),
        ("/docs/../etc/passwd", False),
        ("/", False),
        ("/docs/..", False),
    ],
)
async def test_a_part_reads_what_the_run_was_given_and_nothing_else(world: World, path: str, may: bool) -> None:
    world.reader.files = {"/docs/deep/b.txt": "B", "/a.txt": "A", "/etc/passwd": "secret"}
    got: list[str] = []

    async def script(run: Run) -> Result:
        request = TaskRequest(kind="errand", goal="inner", inputs=(Input(path=path), Input(path="/a.txt", name="A")))
        try:
            got.extend(source.name for source in await run.part("part", "The part", request).sources())
        except UnreadableDocument as error:
            got.append(error.message)
        return DONE

    await run_script(world, script, *GIVEN)
    assert ("was not given" in got[0]) is not may


async def test_a_part_may_call_what_was_given_by_another_name(world: World) -> None:
    world.reader.files = {"/docs/deep/b.txt": "B", "/a.txt": "A"}
    got: list[str] = []

    async def script(run: Run) -> Result:
        request = TaskRequest(kind="errand", goal="inner", inputs=(Input(path="/a.txt", name="The letter"),))
        part = run.part("part", "The part", request)
        got.extend([(await part.read(source)).parts[0].text for source in await part.sources()])
        return DONE

    await run_script(world, script, *GIVEN)
    assert got == ["A"]


def test_a_step_that_was_carried_out_itself_shows_that() -> None:
    def step(name: str, status: StepStatus, within: str = "") -> StepProgress:
        return StepProgress(name=name, title=name, work=SECOND, total=1, unit="", status=status, within=within)

    steps = with_parts([step("a", StepStatus.DONE), step("a/b", StepStatus.PENDING, "a")])
    assert [each.status for each in steps] == [StepStatus.DONE, StepStatus.PENDING]
    again = with_parts([step("a", StepStatus.DONE), step("a/b", StepStatus.RUNNING, "a")])
    assert again[0].status is StepStatus.RUNNING
