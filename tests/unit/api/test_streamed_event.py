"""Reading a stream of server-sent events."""

import pytest

from desktop.api.errors import HandoverFailed
from desktop.api.event_feed import PROGRESS
from desktop.api.representation import public_task, to_json
from desktop.api.streamed_event import streamed_events
from tests.fakes.engine_double import make_task


def lines(content: bytes) -> list[bytes]:
    return content.splitlines(keepends=True)


def test_comments_and_a_last_event_that_is_cut_off_are_left_out() -> None:
    content = (
        b": alive\n\nevent: TaskStarted\nid: 7\ndata: {\ndata: }\n\n: alive\n\nevent: TaskPaused\nid: 8\ndata: {}\n"
    )
    assert [(each.name, each.number, each.fields) for each in streamed_events(lines(content))] == [
        ("TaskStarted", 7, {})
    ]


def test_the_state_of_the_task_is_a_task() -> None:
    task = public_task(make_task(1, title="The sea: wide"), lambda _task, artifact: artifact.name)
    (streamed,) = streamed_events(lines(b"event: progress\r\ndata: " + to_json(task) + b"\r\n\r\n"))
    assert (streamed.name, streamed.number, streamed.task) == (PROGRESS, None, task)


@pytest.mark.parametrize(
    "content", [b"event: TaskStarted\ndata: {}\n\n", b"id: 1\ndata: no\n\n", b"event: progress\ndata: {}\n\n"]
)
def test_a_stream_of_another_version_is_not_guessed_at(content: bytes) -> None:
    with pytest.raises(HandoverFailed, match="another version"):
        list(streamed_events(lines(content)))
