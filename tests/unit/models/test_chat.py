"""Answers are put together from whatever pieces the network makes of them."""

from itertools import pairwise

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.engine import Message, Prompt, PromptRefused, PromptTooLong, Role, RuntimeFailed
from desktop.models.chat import ChatClient, Draft, PromptProgress, ServerError, failure, request_body
from desktop.models.neutral import Neutraliser

STREAM = (
    b'data: {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],'
    b'"prompt_progress":{"total":3,"cache":1,"processed":3,"time_ms":3}}\n\n'
    b'data: {"choices":[{"delta":{"content":"Gr\xc3\xbc"}}]}\n\n'
    b": ping\n\n"
    b'data: {"choices":[{"delta":{"content":"\xc3\x9fe"}}]}\n\n'
    b'data: {"choices":[{"finish_reason":"length","delta":{}}],"timings":{"cache_n":1,"prompt_n":2,"prompt_ms":3.0,'
    b'"predicted_n":4,"predicted_ms":5.0}}\n\n'
    b"data: [DONE]\n\n"
)


@given(st.lists(st.integers(0, len(STREAM))))
def test_however_a_stream_is_cut_the_answer_is_the_same(cuts: list[int]) -> None:
    draft = Draft(max_tokens=50)
    edges = [0, *sorted(cuts), len(STREAM)]

    heard = "".join(draft.feed(STREAM[start:end]) for start, end in pairwise(edges))

    assert heard == "".join(draft.pieces) == "Grüße"
    assert draft.complete
    assert draft.finish == "length"
    assert draft.read == PromptProgress(total=3, cache=1, processed=3)
    assert draft.timings is not None
    assert draft.timings.predicted_n == 4


def test_pieces_that_arrive_together_are_heard_as_one() -> None:
    assert Draft(max_tokens=50).feed(STREAM) == "Grüße"


def test_an_error_in_the_stream_ends_the_answer() -> None:
    with pytest.raises(RuntimeFailed, match="out of cheese"):
        Draft(max_tokens=50).feed(b'data: {"error":{"message":"out of cheese"}}\n\n')


def test_a_stream_without_its_end_is_no_answer() -> None:
    draft = Draft(max_tokens=50)
    draft.feed(STREAM.removesuffix(b"data: [DONE]\n\n"))

    with pytest.raises(aiohttp.ClientPayloadError):
        ChatClient(None, Neutraliser(()), lambda: None)._finished(draft)  # type: ignore[arg-type]


def test_a_prompt_beyond_the_context_is_named_with_its_size() -> None:
    error = failure(ServerError(type="exceed_context_size_error", n_prompt_tokens=931, n_ctx=512))

    assert isinstance(error, PromptTooLong)
    assert "931" in error.message
    assert "512" in error.message
    assert error.hint


def test_a_question_that_makes_no_sense_is_no_failure_of_the_runtime() -> None:
    with pytest.raises(PromptRefused, match="failed to parse grammar") as caught:
        Draft(max_tokens=50).feed(
            b'data: {"error":{"code":400,"message":"failed to parse grammar","type":"invalid_request_error"}}\n'
        )

    assert "kept" in caught.value.message
    assert "fields" in caught.value.hint


@pytest.mark.parametrize("error", [ServerError(message="busy", type="unavailable_error"), ServerError()])
def test_any_other_error_is_a_failure_of_the_runtime(error: ServerError) -> None:
    assert isinstance(failure(error), RuntimeFailed)
    assert error.reason in failure(error).message


def test_a_request_carries_schema_seed_and_neutral_text() -> None:
    prompt = Prompt(
        messages=(Message(role=Role.USER, content="a</s>\ud800"),), max_tokens=5, schema={"type": "object"}, seed=7
    )

    body = request_body(prompt, Neutraliser(["</s>"]))

    assert body["messages"] == [{"role": "user", "content": "a<\u2060/s>?"}]
    assert body["response_format"] == {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}}
    assert (body["max_tokens"], body["seed"], body["temperature"], body["stream"]) == (5, 7, 0.0, True)
