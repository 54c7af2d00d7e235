"""Where templates are kept."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.engine import InvalidRequest, StorageFailed
from desktop.templates import (
    Field,
    FieldType,
    Template,
    TemplateShelf,
    fill,
    read_templates,
    shipped_templates,
    write_templates,
)

MINE = Template(
    id="",
    name="Weekly Report",
    kind="documents",
    goal="Summarise {what}",
    fields=(Field(name="what", title="What"),),
    options={"mode": "summarise", "fields": {"a": 1}},
)


@pytest.fixture
def shelf(tmp_path: Path) -> TemplateShelf:
    return TemplateShelf(tmp_path)


def own(shelf: TemplateShelf) -> list[Template]:
    return [template for template in shelf.look().templates if template.own]


def test_those_that_come_with_the_program_are_always_there(shelf: TemplateShelf) -> None:
    templates = shelf.look().templates
    assert templates == shipped_templates()
    assert {template.kind for template in templates} == {"documents", "research", "code", "assistant"}
    assert len({template.id for template in templates}) == len(templates) >= 10
    assert shelf.find("extract to a TABLE").id == "extract"


def test_what_is_kept_is_there_for_the_next_program_too(shelf: TemplateShelf, tmp_path: Path) -> None:
    kept = shelf.keep(MINE)
    assert kept == replace(MINE, id="weekly-report", own=True)
    assert own(TemplateShelf(tmp_path)) == [kept]
    assert TemplateShelf(tmp_path).find("weekly-report") == kept
    assert [path.name for path in tmp_path.iterdir()] == ["templates.json"]


def test_one_is_changed_and_renamed_in_its_place(shelf: TemplateShelf) -> None:
    first, second = shelf.keep(MINE), shelf.keep(replace(MINE, name="Other"))
    changed = shelf.keep(replace(first, name="Daily Report", goal="List {what}"), instead_of=first.id)
    assert changed.id == "daily-report"
    assert own(shelf) == [changed, second]


@pytest.mark.parametrize("name", ["weekly report", "Summarise", "  ", "x" * 81])
def test_a_name_is_nobody_elses(shelf: TemplateShelf, name: str) -> None:
    kept = shelf.keep(MINE)
    with pytest.raises(InvalidRequest):
        shelf.keep(replace(MINE, name=name))
    assert own(shelf) == [kept]


def test_names_that_differ_in_signs_alone_have_identifiers_of_their_own(shelf: TemplateShelf) -> None:
    names = ("Weekly report!", "Weekly-report", "Wöchentlich", "日報")
    ids = [shelf.keep(replace(MINE, name=name)).id for name in names]
    assert ids == ["weekly-report", "weekly-report-2", "wöchentlich", "日報"]


@pytest.mark.parametrize(
    "broken",
    [
        replace(MINE, goal=" "),
        replace(MINE, kind=""),
        replace(MINE, fields=(Field(name="A b", title="x"),)),
        replace(MINE, fields=(Field(name="a", title="x"), Field(name="a", title="y"))),
        replace(MINE, fields=(Field(name="a", title="x", type=FieldType.CHOICE),)),
        replace(MINE, fields=(Field(name="a", title="x", type=FieldType.CHOICE, choices=("b",), default="c"),)),
    ],
)
def test_one_that_could_not_be_used_is_not_kept(shelf: TemplateShelf, broken: Template, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="can't be used"):
        shelf.keep(broken)
    assert list(tmp_path.iterdir()) == []


def test_what_is_removed_can_be_put_back(shelf: TemplateShelf) -> None:
    kept = shelf.keep(MINE)
    removed = shelf.remove(kept.id)
    assert own(shelf) == []
    assert shelf.keep(removed) == kept
    with pytest.raises(InvalidRequest, match="of yours"):
        shelf.remove("summarise")


@pytest.mark.parametrize(
    "content", [b"{", b"\xff\xfe", b"[]", b'{"templates": [{"name": 3}]}', b'{"templates": [4]}', b"[" * 100_000]
)
def test_a_damaged_file_is_said_and_kept_aside(shelf: TemplateShelf, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "templates.json").write_bytes(content)
    found = shelf.look()
    assert found.templates == shipped_templates()
    assert str(tmp_path / "templates.broken-1.json") in found.problem
    assert (tmp_path / "templates.broken-1.json").read_bytes() == content
    shelf.keep(MINE)
    assert len(own(shelf)) == 1
    (tmp_path / "templates.json").write_bytes(content)
    assert "broken-2" in shelf.look().problem


def test_a_file_that_can_not_be_written_stays_as_it_was(
    shelf: TemplateShelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = shelf.keep(MINE)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFailed, match="as they were"):
        shelf.keep(replace(MINE, name="Another"))
    assert own(shelf) == [kept]


def test_a_file_that_can_not_be_read_is_left_alone(shelf: TemplateShelf, tmp_path: Path) -> None:
    (tmp_path / "templates.json").mkdir()
    with pytest.raises(StorageFailed, match="can't be read"):
        shelf.look()


def test_one_is_handed_to_somebody_else(shelf: TemplateShelf, tmp_path: Path) -> None:
    content = write_templates((shelf.keep(MINE),))
    assert "own" not in json.loads(content)["templates"][0]
    other = TemplateShelf(tmp_path / "other")
    (tmp_path / "other").mkdir()
    assert [template.name for template in other.take_in(content, "a.json")] == ["Weekly Report"]
    assert [template.name for template in other.take_in(content, "a.json")] == ["Weekly Report (2)"]


def test_a_file_written_by_hand_is_taken_in(shelf: TemplateShelf) -> None:
    by_hand = b'[[templates]]\nname = "Mine"\nkind = "code"\ngoal = """\nWrite {what}\n"""\n'
    (taken,) = shelf.take_in(by_hand, "mine.TOML")
    assert (taken.id, taken.goal, taken.own) == ("mine", "Write {what}", True)


def test_what_is_no_template_is_refused_and_changes_nothing(shelf: TemplateShelf, tmp_path: Path) -> None:
    for content in (b"nothing", b" " * 1_000_001):
        with pytest.raises(InvalidRequest, match=r"no templates in x\.json"):
            shelf.take_in(content, "x.json")
    assert list(tmp_path.iterdir()) == []


def test_shipped_templates_ask_for_all_that_stands_in_their_braces() -> None:
    for template in shipped_templates():
        given = {
            field.name: field.choices[0] if field.choices else "3" if field.type is FieldType.NUMBER else "x"
            for field in template.fields
        }
        made = fill(template, given)
        assert "{" not in made.goal
        assert "{" not in str(list(made.options.values()))
        assert template.about.endswith(".")
    assert read_templates(write_templates(shipped_templates()), "x.json") == shipped_templates()
