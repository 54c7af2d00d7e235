"""The body of a webhook that tells of a response. Imports no web framework.

Its shape and its four types are those of https://platform.openai.com/docs/guides/webhooks, so that `webhooks.unwrap` of
OpenAI's clients reads it.
"""

from typing import Any, Final

from desktop.api.openai.response_object import response_id, response_status
from desktop.engine import TERMINAL, Occasion, Task

RESPONSE_FORM: Final = "openai.response"
"""What webhooks call this form."""

ENDS: Final = (Occasion.COMPLETED, Occasion.FAILED, Occasion.CANCELLED)
"""What there is to tell of a response; a completed one may be incomplete."""


def response_event(task: Task) -> dict[str, Any] | None:
    """`response.completed`, `.failed`, `.incomplete` or `.cancelled` of a task that has ended, the same at every try.

    None while it has not ended: OpenAI's API has no other events of responses.
    """
    if task.status not in TERMINAL or task.finished_at is None:
        return None
    return {
        "id": f"evt_{task.task_id}_{task.run}",
        "object": "event",
        "created_at": int(task.finished_at.timestamp()),
        "type": f"response.{response_status(task)}",
        "data": {"id": response_id(task.task_id)},
    }
