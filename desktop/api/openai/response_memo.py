"""What a response keeps with its task to give it back, and what every other task is taken for."""

from typing import Any

import msgspec

from desktop.engine import Task


class ResponseMemo(msgspec.Struct, kw_only=True):
    """Parts of the request that mean nothing to the engine."""

    model: str
    background: bool = True
    instructions: str | None = None
    metadata: dict[str, str] = {}


def memo_of(task: Task) -> ResponseMemo:
    """The task's memo. One that did not come in as a response is one in the background."""
    memo: dict[str, Any] = {"model": task.request.kind} | task.request.memo
    return msgspec.convert(memo, ResponseMemo)
