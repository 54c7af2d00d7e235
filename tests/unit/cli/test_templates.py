"""`legwork templates`: what there is, and what it makes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.cli import main
from desktop.cli.templates import TemplatesCommand
from desktop.engine import InvalidRequest
from desktop.paths import Paths
from desktop.templates import Field, FieldType, Template, TemplateShelf
from tests.unit.cli.conftest import Screen

Command = Callable[..., tuple[int, str, str]]
MINE = Template(
    id="",
    name="Weekly",
    kind="documents",
    goal="List changes for {whom}",
    about="Mine\nalone.",
    fields=(
        Field(name="files", title="Files", type=FieldType.FILES),
        Field(name="whom", title="Whom", required=True, default="Ada"),
    ),
)


@pytest.fixture
def command(paths: Paths, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(paths.data))

    def call(*words: str) -> tuple[int, str, str]:
        code = main(words)
        return code, *capfd.readouterr()

    return call


def test_the_persons_own_are_listed_first_one_on_a_line(command: Command, paths: Paths) -> None:
    TemplateShelf(paths.data).keep(MINE)
    code, out, _ = command("templates", "list")
    assert code == 0
    assert out.splitlines()[0] == "weekly        documents   Weekly (yours) Mine alone."
    assert out.splitlines()[1].startswith("summarise     documents   Summarise ")
    _, out, _ = command("templates", "list", "--json")
    assert json.loads(out.splitlines()[0])["name"] == "Weekly"


def test_one_is_shown_with_its_fields(command: Command, paths: Paths) -> None:
    TemplateShelf(paths.data).keep(MINE)
    code, out, _ = command("templates", "show", "WEEKLY")
    assert code == 0
    assert "field whom: Whom (text, needed, usually Ada)" in out
    assert "Use it: legwork templates use weekly -f whom=…" in out


def test_a_damaged_file_is_said(command: Command, paths: Paths) -> None:
    (paths.data / "templates.json").write_bytes(b"{")
    code, out, err = command("templates", "list")
    assert (code, "summarise" in out) == (0, True)
    assert "were kept as" in err


@pytest.mark.parametrize(
    "words", [("use", "nope"), ("show", "nope"), ("use", "summarise"), ("use", "ask", "-f", "x=y")]
)
def test_what_can_not_be_made_is_a_wrong_use(command: Command, words: tuple[str, ...]) -> None:
    code, _, err = command("templates", *words)
    assert code == 2
    assert err.startswith("legwork: ")


def test_fields_and_files_make_the_request_that_run_would(paths: Paths, screen: Screen, tmp_path: Path) -> None:
    made = TemplatesCommand(paths=paths, terminal=screen.terminal, as_json=False).request(
        "compare", [("aspects", "price"), ("files", "/x/a.pdf"), ("files", "/x/b.pdf")], ["/x/c.pdf"]
    )
    assert made.kind == "documents"
    assert made.goal.startswith("Compare the documents by price:")
    assert [given.path for given in made.inputs] == ["/x/a.pdf", "/x/b.pdf", "/x/c.pdf"]
    assert made.options == {"mode": "answer"}
    with pytest.raises(InvalidRequest):
        TemplatesCommand(paths=paths, terminal=screen.terminal, as_json=False).request("compare", [], [])
