"""OpenAI's own client against the program, as somebody else's script would use it."""

import base64
from collections.abc import Iterator

import openai
import pytest
from openai.types.responses import Response

from desktop.api.announcement import read_announcement
from tests.e2e.conftest import SEA, Legwork, until

STORY = "Tell a long story about a river and everybody who lives at it, from its spring to the sea."
ORDER = f"Summarise in two points: {SEA}"


@pytest.fixture
def client(legwork: Legwork) -> Iterator[openai.OpenAI]:
    serving, _ = legwork.serve()
    announcement = read_announcement(legwork.paths.engine)
    assert announcement is not None
    address = f"{announcement.address}/v1"
    with openai.OpenAI(base_url=address, api_key=announcement.token, max_retries=0) as client:
        yield client
    assert serving.end()[0] == 0


@pytest.fixture
def starter(client: openai.OpenAI) -> str:
    """The model that comes with Legwork."""
    return client.models.list().data[-1].id


def ended(client: openai.OpenAI, response: Response) -> Response:
    def look() -> Response | None:
        found = client.responses.retrieve(response.id)
        return None if found.status in ("queued", "in_progress") else found

    return until(look)


def test_a_script_hands_a_document_over_and_comes_back_for_the_result(client: openai.OpenAI) -> None:
    file = {"type": "input_file", "filename": "sea.html", "file_data": base64.b64encode(f"<p>{SEA}".encode()).decode()}
    given = [{"role": "user", "content": [{"type": "input_text", "text": "Summarise this"}, file]}]
    response = client.responses.create(
        model="documents",
        input=given,  # type: ignore[arg-type]
        background=True,
        metadata={"ticket": "17"},
    )
    assert response.status in ("queued", "in_progress")
    response = ended(client, response)
    assert (response.status, response.metadata) == ("completed", {"ticket": "17"})
    assert response.output_text
    assert client.responses.cancel(response.id).status == "completed"
    client.responses.delete(response.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(response.id)


def test_a_stream_is_taken_up_in_the_middle_and_again_after_the_end(client: openai.OpenAI) -> None:
    seen = []
    with client.responses.create(model="documents", input=ORDER, background=True, stream=True) as stream:
        for event in stream:
            seen.append(event)
            if event.type == "response.in_progress":
                break
    name = seen[0].response.id  # type: ignore[union-attr]
    last = seen[-1].sequence_number
    rest = list(client.responses.retrieve(name, stream=True, starting_after=last))
    whole = list(client.responses.retrieve(name, stream=True))

    assert [event.sequence_number for event in whole] == list(range(len(whole)))
    assert whole == seen + rest
    text = "".join(event.delta for event in rest if event.type == "response.output_text.delta")
    assert rest[-1].type == "response.completed"
    assert text == rest[-1].response.output_text == client.responses.retrieve(name).output_text != ""


def test_a_model_answers_as_a_task_and_is_stopped_as_one(client: openai.OpenAI, starter: str) -> None:
    answer = client.responses.create(
        model=starter, instructions="Answer in one word.", input="What colour is grass?", max_output_tokens=12
    )
    assert answer.status in ("completed", "incomplete")
    assert answer.output_text
    long = client.responses.create(model=starter, input=STORY, max_output_tokens=4000, background=True)
    until(lambda: True if client.responses.retrieve(long.id).status == "in_progress" else None)
    assert [client.responses.cancel(long.id).status for _ in range(2)] == ["cancelled"] * 2
    with pytest.raises(openai.BadRequestError, match="background"):
        client.responses.cancel(answer.id)


def test_an_editor_asks_while_tasks_are_in_line(client: openai.OpenAI, starter: str) -> None:
    tasks = [client.responses.create(model="documents", input=ORDER, background=True) for _ in range(3)]
    question = [{"role": "user", "content": "What colour is grass?"}]
    whole = client.chat.completions.create(model=starter, messages=question, max_tokens=8)  # type: ignore[arg-type]
    chunks = client.chat.completions.create(
        model=starter,
        messages=question,  # type: ignore[arg-type]
        max_tokens=8,
        stream=True,
        stream_options={"include_usage": True},
    )
    *pieces, cost = list(chunks)
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == whole.choices[0].message.content != ""
    assert pieces[-1].choices[0].finish_reason == whole.choices[0].finish_reason
    assert cost.usage is not None
    assert whole.usage is not None
    assert cost.usage.completion_tokens == whole.usage.completion_tokens > 0
    assert {ended(client, task).status for task in tasks} == {"completed"}


def test_what_cant_be_done_is_an_error_that_the_client_knows(client: openai.OpenAI, starter: str) -> None:
    question = [{"role": "user", "content": "word " * 20_000}]
    with pytest.raises(openai.NotFoundError, match="documents"):
        client.responses.create(model="gpt-9", input="Hello")
    with pytest.raises(openai.NotFoundError, match=starter):
        client.chat.completions.create(model="gpt-9", messages=question)  # type: ignore[arg-type]
    with pytest.raises(openai.BadRequestError, match="tokens") as refused:
        client.chat.completions.create(model=starter, messages=question)  # type: ignore[arg-type]
    assert refused.value.code == "prompt_too_long"
    with pytest.raises(openai.BadRequestError, match="more than one task takes"):
        client.responses.create(model="documents", input="Summarise: " + "The sea is wide. " * 1_300_000)
    failed = ended(client, client.responses.create(model=starter, input="word " * 20_000, background=True))
    assert failed.status == "failed"
    assert failed.error is not None
    assert "tokens" in failed.error.message
    stranger = openai.OpenAI(base_url=client.base_url, api_key="sk-wrong", max_retries=0)
    with stranger, pytest.raises(openai.AuthenticationError):
        stranger.models.list()
