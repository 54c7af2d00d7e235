"""No schema of a caller keeps the runtime from everybody else."""

from typing import Any

import pytest

from desktop.engine import Message, Prompt, PromptRefused, Role
from desktop.models.answer_schema import MOST_DEPTH, MOST_OPTIONAL, MOST_REPEATED, check_answer_schema
from desktop.models.chat import request_body
from desktop.models.neutral import Neutraliser

TEXT = {"type": "string", "minLength": 1, "maxLength": 200}


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {"items": schema}
    return schema


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "array", "items": TEXT, "minItems": 3, "maxItems": 2}, "minItems above its maxItems"),
        ({"type": "integer", "minimum": 3, "maximum": 2}, "minimum above"),
        ({"type": "string", "maxLength": 10**9}, "more than 2,000"),
        ({"type": "string", "maxLength": 1e300}, "more than 2,000"),
        ({"type": "string", "maxLength": -1}, "no count"),
        ({"type": "string", "maxLength": 1.5}, "no count"),
        ({"properties": {"a": {"anyOf": [{"type": "array", "maxItems": 2_001}]}}}, "more than 2,000"),
        ({"anyOf": [{"type": "string", "maxLength": MOST_REPEATED}] * 21}, "in all"),
        ({"type": "string", "pattern": "^a{1,2000000000000}$"}, "more than 2,000"),
        ({"type": "string", "pattern": "^a{5,2}$"}, "less often"),
        ({"enum": ["x" * 600_000]}, "longer"),
        (nested(MOST_DEPTH + 1), "levels deep"),
    ],
)
def test_what_would_keep_the_runtime_busy_is_refused(schema: dict[str, Any], words: str) -> None:
    prompt = Prompt(messages=(Message(role=Role.USER, content="How wide is the sea?"),), max_tokens=8, schema=schema)
    with pytest.raises(PromptRefused, match=words):
        request_body(prompt, Neutraliser({}))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {"properties": {"maxLength": TEXT, "minItems": {"type": "boolean"}}, "additionalProperties": False},
        {"type": "array", "items": TEXT, "minItems": 2, "maxItems": 2},
        {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2,}$", "maxLength": True},
        nested(MOST_DEPTH - 1),
    ],
)
def test_what_people_ask_for_is_not(schema: dict[str, Any]) -> None:
    check_answer_schema(schema)


def test_many_properties_that_may_be_missing_are_refused_and_as_many_that_may_not_are_fine() -> None:
    properties: dict[str, Any] = {f"field{number}": {"type": "string"} for number in range(MOST_OPTIONAL + 1)}
    with pytest.raises(PromptRefused, match="may be missing"):
        check_answer_schema({"type": "object", "properties": properties})
    check_answer_schema({"type": "object", "properties": properties, "required": list(properties)})


def test_zeros_hide_no_count() -> None:
    with pytest.raises(PromptRefused, match="characters in one place"):
        check_answer_schema({"type": "string", "pattern": "^a{00000000050000000}$"})
