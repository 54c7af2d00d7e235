"""Whatever a model writes as JSON, what is made of it can be kept and comes back the same."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.agents.evidence.model_json import object_in

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None, categories=None)),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(categories=None)), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(st.characters(categories=None)), values, max_size=5))
def test_what_is_read_can_be_kept_and_comes_back_the_same(written: dict[str, Any]) -> None:
    read = object_in(json.dumps(written))
    if read is not None:
        assert msgspec.json.decode(msgspec.json.encode(read)) == read


@given(st.text())
def test_any_text_is_an_object_or_none(text: str) -> None:
    assert isinstance(object_in(text), dict | None)


def test_half_a_character_is_told_from_a_whole_one() -> None:
    assert object_in(r'{"a": "x\ud83d", "b": ["\ud83d\ude00"], "\udc00": 1}') == {"a": "x?", "b": ["😀"], "?": 1}


@pytest.mark.parametrize("said", ["1e999", "-1e999", "NaN", "Infinity", "9" * 30, "9" * 5_000, "[" * 100_000])
def test_what_no_journal_holds_is_no_object(said: str) -> None:
    assert object_in(f'{{"a": {said}}}') is None


@pytest.mark.parametrize("said", ["", "[]", "1", '"a"', '{"a": '])
def test_what_is_no_object_is_none(said: str) -> None:
    assert object_in(said) is None
