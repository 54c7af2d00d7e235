"""Making a task of a template and its fields."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.engine import InvalidRequest
from desktop.templates import Field, FieldType, Template, fill, shipped_templates

TEMPLATE = Template(
    id="letter",
    name="Letter",
    kind="documents",
    goal="Summarise {what} in {points} points.\nWrite for {audience}.\nKeep {this} as it is.",
    fields=(
        Field(name="files", title="Files", type=FieldType.FILES),
        Field(name="what", title="What", required=True),
        Field(name="points", title="Points", type=FieldType.NUMBER, default="5"),
        Field(name="audience", title="Audience"),
        Field(name="tone", title="Tone", type=FieldType.CHOICE, choices=("plain", "formal")),
        Field(name="columns", title="Columns", type=FieldType.COLUMNS),
    ),
    options={"mode": "summarise", "tone": "{tone}", "deep": {"list": ["{columns}"]}, "many": 3},
)


def test_a_field_stands_where_its_name_is_in_braces() -> None:
    made = fill(TEMPLATE, {"what": "this", "audience": "lawyers", "tone": "plain", "columns": "a\nb:date\n"})
    assert made.kind == "documents"
    assert made.goal == "Summarise this in 5 points.\nWrite for lawyers.\nKeep {this} as it is."
    assert made.options == {"mode": "summarise", "tone": "plain", "deep": {"list": ["a, b:date"]}, "many": 3}
    assert made.inputs == ()


def test_a_line_and_an_option_with_an_empty_field_are_left_out() -> None:
    made = fill(TEMPLATE, {"what": "this"})
    assert made.goal == "Summarise this in 5 points.\nKeep {this} as it is."
    assert made.options == {"mode": "summarise", "many": 3}


def test_files_are_what_the_task_works_on_each_once_and_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = fill(TEMPLATE, {"what": "this", "files": ["a.pdf", str(tmp_path / "b.pdf")]}, ["b.pdf", "c.pdf"])
    assert [given.path for given in made.inputs] == [str(tmp_path / name) for name in ("a.pdf", "b.pdf", "c.pdf")]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "needs to know: What"),
        ({"what": "  "}, "needs to know: What"),
        ({"what": "x", "points": "many"}, "“Points” is “many”"),
        ({"what": "x", "points": "inf"}, "“Points” is “inf”"),
        ({"what": "x", "tone": "loud"}, "“Tone” is “loud”"),
        ({"what": ["x"]}, "“What” is a list"),
        ({"what": "x", "colour": "red"}, "has no field “colour”"),
    ],
)
def test_what_is_missing_or_wrong_is_said(given: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidRequest, match=said.replace("(", r"\(")) as refused:
        fill(TEMPLATE, given)
    assert refused.value.hint


def test_files_that_come_beside_the_fields_are_enough_for_a_field_that_needs_some() -> None:
    summarise = next(template for template in shipped_templates() if template.id == "summarise")
    with pytest.raises(InvalidRequest, match="Documents"):
        fill(summarise, {})
    assert fill(summarise, {}, ["/a.pdf"]).goal == "Summarise the documents in 5 points."


@pytest.mark.parametrize(("number", "text"), [(5, "5"), (2.5, "2.5"), ("2,5", "2.5"), ("7", "7"), (1e6, "1000000")])
def test_a_number_is_written_as_a_person_writes_it(number: str | float, text: str) -> None:
    assert fill(TEMPLATE, {"what": "x", "points": number}).goal.startswith(f"Summarise x in {text} points.")


@given(st.text())
def test_what_a_field_holds_is_never_looked_through_for_fields(text: str) -> None:
    made = fill(TEMPLATE, {"what": f"{{points}}{text}", "audience": "{what}"})
    assert made.goal.startswith("Summarise " + f"{{points}}{text}".strip())
    assert "Write for {what}." in made.goal
