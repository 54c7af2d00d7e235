from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.agents.documents.extraction import Field, FieldType, parse_fields
from desktop.engine import InvalidRequest


def test_fields_have_names_types_and_hints() -> None:
    assert parse_fields("number, total:number=with tax, paid:boolean , due : date") == (
        Field(name="number"),
        Field(name="total", type=FieldType.NUMBER, hint="with tax"),
        Field(name="paid", type=FieldType.BOOLEAN),
        Field(name="due", type=FieldType.DATE),
    )


def test_a_hint_may_hold_colons_and_equals_signs_and_in_quotes_commas() -> None:
    (ratio, address) = parse_fields('ratio:number=a:b = c, address="street, town, and country"')
    assert ratio.hint == "a:b = c"
    assert address.hint == "street, town, and country"


def test_fields_may_come_as_a_json_schema_or_its_text() -> None:
    schema = {"properties": {"due": {"type": "string", "format": "date"}, "n": {"type": ["integer", "null"]}}}
    expected = (Field(name="due", type=FieldType.DATE), Field(name="n", type=FieldType.NUMBER))
    assert parse_fields(schema) == expected
    assert (
        parse_fields('{"properties": {"due": {"type": "string", "format": "date"}, "n": {"type": "number"}}}')
        == expected
    )


def test_a_schemas_description_is_the_hint() -> None:
    assert parse_fields({"properties": {"a": {"description": "what"}}})[0].hint == "what"


@pytest.mark.parametrize(
    "option",
    [
        "",
        " , ",
        "a:colour",
        "a, A",
        "=hint",
        "file",
        '{"type": 1}',
        "{not json",
        'a="open',
        "x" * 65,
        "a\x00b",
        ",".join(f"f{number}" for number in range(61)),
        "!!",
    ],
)
def test_what_names_no_fields_is_refused_with_a_way_out(option: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_fields(option)
    assert refusal.value.hint


@pytest.mark.parametrize(("name", "words"), [("dueDate", "due date"), ("due_date", "due date"), ("Größe-m", "größe m")])
def test_a_name_is_read_as_words(name: str, words: str) -> None:
    assert Field(name=name).words == words


@given(st.text(max_size=60))
def test_any_option_is_either_fields_or_a_refusal(option: str) -> None:
    with suppress(InvalidRequest):
        assert parse_fields(option)


def test_a_semicolon_separates_fields_but_not_the_words_of_a_hint() -> None:
    assert [field.name for field in parse_fields("a; b:number; c")] == ["a", "b", "c"]
    (field,) = parse_fields("total:number=sum; incl. tax")
    assert field.hint == "sum; incl. tax"


def test_a_schemas_alternatives_and_its_values_are_understood() -> None:
    given = {"anyOf": [{"type": "null"}, {"type": "number"}]}
    ranked = {"type": "string", "description": "how urgent", "enum": ["low", "high", None]}
    fields = parse_fields({"properties": {"price": given, "urgency": ranked}})
    assert [field.type for field in fields] == [FieldType.NUMBER, FieldType.TEXT]
    assert fields[1].hint == "how urgent; one of: low, high"
