"""Legwork's own tools, as a model uses them and a person sees them, over real folders."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from desktop.engine import (
    OWN_TOOLS,
    Effect,
    Ending,
    Execution,
    Hit,
    Input,
    LegworkError,
    Outcome,
    TaskRequest,
    ToolCall,
)
from desktop.tools import GivenFolders, JoinedToolbox, OwnToolbox
from desktop.tools.own_tool import PART_CHARACTERS
from tests.fakes.memory_web import MemoryWeb
from tests.fakes.scripted_sandbox import ScriptedSandbox, nothing_happens
from tests.unit.tools.readers import NearReader

PAGE = "https://example.com/tides"
HITS = (Hit(title="Tides", url=PAGE, snippet="High water"), Hit(title="Ebb", url="https://example.com/ebb", snippet=""))


class Desk:
    """A toolbox over a folder, a single file and a text."""

    def __init__(self, folder: Path, inputs: Sequence[Input] | None = None) -> None:
        self.folder = folder / "reports"
        self.folder.mkdir()
        (self.folder / "march.csv").write_bytes(b"name,sum\nR&D,7\n")
        (folder / "letter.txt").write_text("Dear R&D,\nthank you.\n")
        self.web = MemoryWeb({PAGE: "Tides\nHigh water at six."}, HITS)
        self.sandbox = ScriptedSandbox(self.outcome)
        self.outcomes: list[Outcome] = []
        self.may_search = True
        given = (
            Input(path=str(self.folder)),
            Input(path=str(folder / "letter.txt")),
            Input(name="note", text="A note of R&D."),
        )
        self.request = TaskRequest(kind="assistant", goal="Do it.", inputs=tuple(given if inputs is None else inputs))
        self.private = folder / "data"
        self.toolbox = self.open()

    def open(self) -> JoinedToolbox:
        reader = NearReader()
        return JoinedToolbox(
            OwnToolbox(
                self.request,
                open_folders=lambda folders: GivenFolders(folders, reader=reader, private=self.private),
                reader=reader,
                sandbox=self.sandbox,
                web=self.web,
                may_search=lambda: self.may_search,
            )
        )

    def outcome(self, execution: Execution) -> Outcome:
        return self.outcomes.pop(0) if self.outcomes else nothing_happens(execution)

    async def use(self, tool: str, **arguments: Any) -> str:
        output = await self.toolbox.call(ToolCall(tool=tool, arguments=arguments))
        assert not output.failed, output.text
        return output.text

    async def fail(self, tool: str, **arguments: Any) -> str:
        output = await self.toolbox.call(ToolCall(tool=tool, arguments=arguments))
        assert output.failed, output.text
        return output.text

    async def preview(self, tool: str, **arguments: Any) -> str:
        return await self.toolbox.preview(ToolCall(tool=tool, arguments=arguments))

    async def names(self) -> list[str]:
        return [tool.name for tool in await self.toolbox.tools()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def version_in(text: str) -> str:
    found = re.search(r"version ([0-9a-f]{16})", text)
    assert found is not None
    return found[1]


async def test_all_of_them_are_there_with_the_effects_that_the_engine_knows(desk: Desk) -> None:
    tools = await desk.toolbox.tools()
    assert {tool.name: tool.effect for tool in tools} == OWN_TOOLS
    assert all(tool.description and tool.parameters["additionalProperties"] is False for tool in tools)
    assert desk.toolbox.troubles() == ()


async def test_what_can_not_do_anything_is_not_there(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [])
    desk.may_search = False
    desk.sandbox = ScriptedSandbox(available=False)
    desk.toolbox = desk.open()
    assert await desk.names() == ["fetch_page"]


async def test_without_a_folder_nothing_is_written(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [Input(name="note", text="A note.")])
    assert "write_file" not in await desk.names()
    assert "read_file" in await desk.names()


async def test_a_folder_that_can_not_be_opened_is_told_of(tmp_path: Path) -> None:
    private = tmp_path / "data"
    private.mkdir()
    desk = Desk(tmp_path, [Input(path=str(private)), Input(name="note", text="A note.")])
    assert "write_file" not in await desk.names()
    (trouble,) = desk.toolbox.troubles()
    assert "Legwork's own data" in trouble


async def test_everything_that_was_given_is_listed(desk: Desk) -> None:
    assert await desk.use("list_files") == "reports/\nletter.txt · a file to read\nnote · a file to read"
    (desk.folder / ".hidden").write_text("")
    listed = await desk.use("list_files", path="reports")
    assert listed.startswith("reports/march.csv · 15 bytes · 20")
    assert listed.endswith("1 hidden entries, links and others are not shown.")
    (desk.folder / "empty").mkdir()
    assert await desk.use("list_files", path="reports/empty") == "There is nothing here."


async def test_files_are_read_with_their_version(desk: Desk) -> None:
    text = await desk.use("read_file", path="reports/march.csv")
    assert text.endswith("\n\nname,sum\nR&D,7\n")
    assert version_in(text)
    assert (await desk.use("read_file", path="letter.txt")).endswith("Dear R&D,\nthank you.\n")
    assert (await desk.use("read_file", path="note")).endswith("A note of R&D.")


async def test_a_long_file_is_read_in_parts(desk: Desk) -> None:
    text = "".join(f"{number:07}\n" for number in range(PART_CHARACTERS // 8 + 10))
    (desk.folder / "long.txt").write_text(text)
    first = await desk.use("read_file", path="reports/long.txt")
    second = await desk.use("read_file", path="reports/long.txt", part=2)
    assert "part 1 of 2" in first
    assert "part 2 of 2" in second
    assert first.partition("\n\n")[2] + second.partition("\n\n")[2] == text
    assert "no part 3: there are 2" in await desk.fail("read_file", path="reports/long.txt", part=3)


async def test_nothing_else_is_read(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("canary")
    (desk.folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    for path in ("/etc/passwd", "../secret.txt", "reports/../../secret.txt", "secret.txt", "reports/link.txt"):
        assert "canary" not in await desk.fail("read_file", path=path)


async def test_words_are_found_in_folders_and_single_files(desk: Desk) -> None:
    assert await desk.use("search_files", words="r&d") == (
        "reports/march.csv:2: R&D,7\nletter.txt:1: Dear R&D,\nnote:1: A note of R&D."
    )
    assert await desk.use("search_files", words="letter", path="letter.txt") == "letter.txt"
    assert await desk.use("search_files", words="r&d", path="reports") == "reports/march.csv:2: R&D,7"
    assert await desk.use("search_files", words="unheard of") == "Nothing was found."


async def test_a_search_that_ends_at_a_limit_says_so(desk: Desk) -> None:
    (desk.folder / "many.txt").write_text("word\n" * 500)
    assert "There may be more" in await desk.use("search_files", words="word")


async def test_single_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [Input(name="a.txt", text="first"), Input(name="A.txt", text="second")])
    assert (await desk.use("read_file", path="a.txt")).endswith("first")
    assert (await desk.use("read_file", path="A 2.txt")).endswith("second")


async def test_a_single_file_that_is_gone_or_unreadable_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "gone.txt").write_text("here for now")
    desk = Desk(tmp_path, [Input(path=str(tmp_path / "gone.txt")), Input(name="empty", text="")])
    await desk.names()
    (tmp_path / "gone.txt").unlink()
    assert "gone.txt" in await desk.fail("read_file", path="gone.txt")
    assert await desk.use("search_files", words="gone") == "gone.txt"


async def test_a_new_file_is_shown_and_written(desk: Desk) -> None:
    preview = await desk.preview("write_file", path="reports/2026/new.txt", content="one\ntwo")
    assert preview == (
        "New file reports/2026/new.txt (7 bytes)\n--- reports/2026/new.txt\n+++ reports/2026/new.txt\n"
        "@@ -0,0 +1,2 @@\n+one\n+two  (without an end of line)"
    )
    assert not (desk.folder / "2026").exists()
    assert "is written" in await desk.use("write_file", path="reports/2026/new.txt", content="one\ntwo")
    assert (desk.folder / "2026" / "new.txt").read_bytes() == b"one\ntwo"


async def test_a_file_is_replaced_by_who_names_its_version(desk: Desk) -> None:
    version = version_in(await desk.use("read_file", path="reports/march.csv"))
    new = {"path": "reports/march.csv", "content": "name,sum\nR&D,8\n", "version": version}
    preview = await desk.preview("write_file", **new)
    assert preview.startswith("Replaces reports/march.csv (15 bytes become 15)\n")
    assert " name,sum\n-R&D,7\n+R&D,8" in preview
    assert "is replaced" in await desk.use("write_file", **new)
    assert (desk.folder / "march.csv").read_bytes() == b"name,sum\nR&D,8\n"
    assert "nothing was written" in await desk.use("write_file", **new)  # done again after an interruption
    assert "nothing would change" in await desk.preview("write_file", **new)


@pytest.mark.parametrize("version", ["", "0" * 16, "abc", None])
async def test_a_file_that_is_not_what_was_thought_is_left_as_it_is(desk: Desk, version: str | None) -> None:
    call = {"path": "reports/march.csv", "content": "gone", **({} if version is None else {"version": version})}
    with pytest.raises(LegworkError, match="does not name its version"):
        await desk.preview("write_file", **call)
    assert "Read the file" in await desk.fail("write_file", **call)
    assert (desk.folder / "march.csv").read_bytes() == b"name,sum\nR&D,7\n"


async def test_a_file_that_changes_after_the_person_saw_the_change_is_left_as_it_is(desk: Desk) -> None:
    version = version_in(await desk.use("read_file", path="reports/march.csv"))
    new = {"path": "reports/march.csv", "content": "mine", "version": version}
    await desk.preview("write_file", **new)
    (desk.folder / "march.csv").write_text("theirs")
    await desk.fail("write_file", **new)
    assert (desk.folder / "march.csv").read_text() == "theirs"


async def test_what_is_not_to_be_written_is_refused_before_anybody_is_asked(desk: Desk) -> None:
    gone = {"path": "reports/gone.txt", "content": "a", "version": "0" * 16}
    for call in (gone, {"path": "letter.txt", "content": "a"}, {"path": "../out.txt", "content": "a"}):
        with pytest.raises(LegworkError):
            await desk.preview("write_file", **call)
        await desk.fail("write_file", **call)
    assert (desk.folder.parent / "letter.txt").read_text() == "Dear R&D,\nthank you.\n"


async def test_a_change_is_shown_with_all_that_would_hide_in_it(desk: Desk) -> None:
    preview = await desk.preview("write_file", path="reports/a.txt", content="ok\r-\u202eoops\x1b[2J\n\ttab\n")
    assert "+ok␍-⟨U+202E⟩oops␛[2J\n+\ttab" in preview


async def test_a_change_of_what_is_no_text_or_very_long_is_shown_too(desk: Desk) -> None:
    (desk.folder / "a.bin").write_bytes(b"\xff\xfe\x00")
    (desk.folder / "long.txt").write_text("line\n" * 100_000)
    for name, words in (("a.bin", "is no text"), ("long.txt", "All that is there would be gone.")):
        found = await desk.toolbox._look(ToolCall(tool="read_file", arguments={"path": f"reports/{name}"}))
        assert found[1] == ""
        version = (
            await GivenFolders([desk.folder], reader=NearReader(), private=desk.private).read(f"reports/{name}")
        ).version
        preview = await desk.preview("write_file", path=f"reports/{name}", content="new\n", version=version)
        assert words in preview
        assert preview.endswith("+new")


async def test_code_is_run_with_the_files_that_it_names(desk: Desk) -> None:
    desk.outcomes = [Outcome(ending=Ending.ENDED, exit_code=0, stdout=b"7\n", stderr=b"", seconds=0.25)]
    told = await desk.use("run_python", code="print(7)", files=["reports/march.csv", "letter.txt", "letter.txt"])
    assert told == "The program ended with exit code 0 after 0.2 seconds.\nOutput:\n7"
    (execution,) = desk.sandbox.executions
    assert execution.arguments == ("main.py",)
    assert execution.files["main.py"] == b"print(7)"
    assert execution.files["reports/march.csv"] == b"name,sum\nR&D,7\n"
    preview = await desk.preview("run_python", code="print(7)", files=["letter.txt"])
    assert preview == "Runs in the sandbox, with copies of these files: letter.txt\n\nprint(7)"
    assert "files: none" in await desk.preview("run_python", code="1")


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (
            Outcome(ending=Ending.ENDED, exit_code=1, stderr=b"Oh no\n"),
            "exit code 1 after 0.0 seconds.\nErrors:\nOh no",
        ),
        (Outcome(ending=Ending.ENDED, exit_code=None, signal=11), "was ended by signal 11"),
        (Outcome(ending=Ending.OUT_OF_TIME, exit_code=None, signal=9), "after 60 seconds"),
        (Outcome(ending=Ending.TOO_MUCH_OUTPUT, exit_code=None, stdout=b"a", cut=True), "more output than is shown"),
    ],
)
async def test_how_a_program_fails_is_told(desk: Desk, outcome: Outcome, words: str) -> None:
    desk.outcomes = [outcome]
    assert words in await desk.fail("run_python", code="1")


async def test_a_program_that_prints_nothing_and_one_beside_a_file_of_its_name(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [Input(name="main.py", text="given")])
    assert "It printed nothing." in await desk.use("run_python", code="1", files=["main.py"])
    assert desk.sandbox.executions[0].arguments == ("_main.py",)
    assert desk.sandbox.executions[0].files["main.py"] == b"given"


async def test_files_that_are_too_large_are_not_copied(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.tools.code_tool._MOST_BYTES", 10)
    assert "nothing was run" in await desk.fail("run_python", code="1", files=["letter.txt"])
    monkeypatch.setattr("desktop.tools.task_files.MOST_BYTES", 10)
    assert "was not read" in await desk.fail("run_python", code="1", files=["letter.txt"])
    assert desk.sandbox.executions == []


async def test_a_page_is_fetched_once_for_all_its_parts(desk: Desk) -> None:
    desk.web.pages[PAGE] = "Tides\n" + "High water. " * 1_000
    assert (await desk.use("fetch_page", url=PAGE)).startswith(f"Tides · {PAGE} · part 1 of 2\n\nTides\nHigh water.")
    await desk.use("fetch_page", url=PAGE, part=2)
    assert desk.web.fetched == [PAGE]
    assert await desk.preview("fetch_page", url="https://a.example/\u202etxt") == (
        "Fetches https://a.example/⟨U+202E⟩txt"
    )
    assert "no such page" in await desk.fail("fetch_page", url="https://example.com/none")


async def test_the_web_is_searched(desk: Desk) -> None:
    assert await desk.use("search_web", query="tides") == (
        f"1. Tides\n{PAGE}\nHigh water\n\n2. Ebb\nhttps://example.com/ebb"
    )
    assert await desk.preview("search_web", query="tides") == "Asks the search engine for: tides"
    desk.web.hits = ()
    assert await desk.use("search_web", query="nothing") == "Nothing was found."


async def test_the_effects_hold_what_they_promise(desk: Desk) -> None:
    before = {path: path.read_bytes() for path in desk.folder.rglob("*")}
    await desk.use("list_files")
    await desk.use("read_file", path="note")
    await desk.use("search_files", words="note")
    await desk.use("run_python", code="1")
    assert {tool.name for tool in await desk.toolbox.tools() if tool.effect is Effect.SENDS} == {
        "fetch_page",
        "search_web",
    }
    assert before == {path: path.read_bytes() for path in desk.folder.rglob("*")}
    assert desk.web.fetched == desk.web.searched == []


async def test_texts_that_a_program_wrote_are_handed_on_when_it_ended_well(desk: Desk) -> None:
    files = {"sum.txt": b"42", "picture.png": b"\x89\xff", "long.txt": b"x" * 300_000}
    desk.outcomes = [
        Outcome(ending=Ending.ENDED, exit_code=0, files=files),
        Outcome(ending=Ending.ENDED, exit_code=1, files=files),
    ]
    calls = [await desk.toolbox.call(ToolCall(tool="run_python", arguments={"code": "1"})) for _ in range(2)]

    assert [call.wrote for call in calls] == [{"sum.txt": "42"}, {}]
    assert "It wrote sum.txt." in calls[0].text
