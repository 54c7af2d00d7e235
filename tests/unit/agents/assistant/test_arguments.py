"""Arguments are put right from what the run has seen, and only from that."""

from typing import Any

import pytest

from desktop.agents.assistant.arguments import fenced_text, put_right
from desktop.agents.assistant.menu import Action
from desktop.agents.assistant.turn import Choice, Turn
from desktop.engine import Effect

LISTED = "desk/\ndesk/costs.csv · 80 bytes · 2026-01-01\ndesk/old/ \ndesk/old/costs.txt · 9 bytes · 2026-01-01"


def a_turn(action: str, output: str, *, failed: bool = False, **arguments: Any) -> Turn:
    return Turn(number=1, choice=Choice(action=action, arguments=arguments), output=output, failed=failed)


def right(effect: Effect, *turns: Turn, **arguments: Any) -> dict[str, Any]:
    return put_right(Action(name="x", description="", schema={}, effect=effect), arguments, turns)


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        ("costs.csv", "desk/costs.csv"),
        ("./costs.csv", "desk/costs.csv"),
        ("desk/costs.csv", "desk/costs.csv"),
        ("costs.txt", "desk/old/costs.txt"),
        ("old/costs.txt", "desk/old/costs.txt"),
        ("new.csv", "desk/new.csv"),
        ("desk/new.csv", "desk/new.csv"),
        ("desk", "desk"),
        ("", ""),
    ],
)
def test_a_path_is_the_one_that_was_listed_or_in_the_only_folder(named: str, meant: str) -> None:
    assert right(Effect.READS, a_turn("list_files", LISTED), path=named) == {"path": meant}


def test_with_two_folders_or_none_nobody_guesses() -> None:
    both = a_turn("list_files", "a/\na/x.txt · 1 bytes\nb/\nb/x.txt · 1 bytes")
    assert right(Effect.READS, both, path="x.txt") == {"path": "x.txt"}
    assert right(Effect.READS, path="x.txt") == {"path": "x.txt"}
    failed = a_turn("list_files", LISTED, failed=True)
    assert right(Effect.READS, failed, path="costs.csv") == {"path": "costs.csv"}


def test_what_a_search_found_is_known_too() -> None:
    found = a_turn("search_files", "desk/deep/a.md:3: grease · with soap\ndesk/b.md")
    assert right(Effect.READS, found, path="a.md") == {"path": "desk/deep/a.md"}
    assert right(Effect.READS, found, path="b.md") == {"path": "desk/b.md"}


def test_a_file_is_replaced_in_the_version_that_was_read_and_no_other() -> None:
    read = a_turn("read_file", f"desk/a.txt · version {'ab' * 8}\n\nb.txt · version {'cd' * 8}", path="desk/a.txt")
    written = a_turn("write_file", f"desk/a.txt is replaced · version {'ef' * 8}", path="desk/a.txt")

    assert right(Effect.WRITES, read, path="a.txt", content="x")["version"] == "ab" * 8
    assert right(Effect.WRITES, read, written, path="a.txt", content="x")["version"] == "ef" * 8
    assert "version" not in right(Effect.WRITES, read, path="b.txt", content="x")


def test_a_program_gets_the_files_that_it_opens() -> None:
    listed = a_turn("list_files", LISTED)
    given = right(Effect.RUNS, listed, code="""print(open("costs.csv").read(), 'nothing.csv', f'x')""")

    assert given == {
        "code": """print(open("desk/costs.csv").read(), 'nothing.csv', f'x')""",
        "files": ["desk/costs.csv"],
    }
    unknown = right(Effect.RUNS, listed, code="print(1)", files=["gone.csv", 3])
    assert not unknown.get("files")


def test_the_arguments_of_servers_are_theirs() -> None:
    assert right(Effect.UNKNOWN, a_turn("list_files", LISTED), path="costs.csv") == {"path": "costs.csv"}


def test_a_program_gets_a_whole_folder_where_it_names_one() -> None:
    listed = a_turn("list_files", LISTED)
    for code in ("os.listdir('desk')", "open(f'desk/{name}')"):
        assert right(Effect.RUNS, listed, code=code)["files"] == ["desk/costs.csv", "desk/old/costs.txt"]


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("```csv\nkind,euro\nfood,50\n```", "kind,euro\nfood,50\n"),
        ("Here it is:\n```\na\n\n  b\n", "a\n\n  b\n"),
        ("```\na\n```\nThat was it.\n```\nb\n```", "a\n"),
        ("no block", "no block\n"),
        ("```\n```", ""),
        ("", ""),
    ],
)
def test_a_long_text_is_what_stands_in_the_block(reply: str, text: str) -> None:
    assert fenced_text(reply) == text
