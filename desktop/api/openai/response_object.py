"""A task as a response of OpenAI's API. Imports no web framework: webhooks speak of responses too."""

from datetime import datetime
from typing import Any, Final

from desktop.agents.chat.chat_agent import WHOLE_ANSWER
from desktop.api.openai.response_memo import memo_of
from desktop.engine import Failure, Task, TaskId, TaskStatus, UnknownTask, Usage

_PREFIX: Final = "resp_"

QUEUED, IN_PROGRESS, COMPLETED = "queued", "in_progress", "completed"
FAILED, INCOMPLETE, CANCELLED = "failed", "incomplete", "cancelled"

_STATUS: Final = {
    TaskStatus.QUEUED: QUEUED,
    TaskStatus.PAUSED: QUEUED,
    TaskStatus.RUNNING: IN_PROGRESS,
    TaskStatus.WAITING: IN_PROGRESS,
    TaskStatus.COMPLETED: COMPLETED,
    TaskStatus.FAILED: FAILED,
    TaskStatus.CANCELLED: CANCELLED,
}


def response_id(task_id: TaskId) -> str:
    """What a task's response is called."""
    return f"{_PREFIX}{task_id}"


def task_id_of(name: str) -> TaskId:
    """The task behind a response. Raises `UnknownTask` for what is no response's name."""
    if not name.startswith(_PREFIX):
        raise no_response(name)
    return TaskId(name.removeprefix(_PREFIX))


def no_response(name: str) -> UnknownTask:
    """There is no such response."""
    return UnknownTask(f"There is no response {name!a}.", hint="It may have been deleted, or have expired.")


def response_status(task: Task) -> str:
    """Where the response stands; `incomplete` is one that was cut off at its limit of tokens."""
    checks = () if task.result is None else task.result.verification.checks
    cut = any(check.name == WHOLE_ANSWER and check.passed < check.total for check in checks)
    return INCOMPLETE if cut else _STATUS[task.status]


def response_text(task: Task) -> str:
    """What there is to read: the result, or what there was of one when the task ended without."""
    return task.draft if task.result is None else task.result.summary


def response_message(task: Task) -> dict[str, Any]:
    """The one message that a response puts out."""
    whole = response_status(task) == COMPLETED
    return {
        "id": f"msg_{task.task_id}",
        "type": "message",
        "role": "assistant",
        "status": "completed" if whole else "incomplete",
        "content": [text_part(response_text(task))],
    }


def text_part(text: str) -> dict[str, Any]:
    """Text as the content of a message."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def response_object(task: Task) -> dict[str, Any]:
    """The response as it stands; its output is there once it has ended."""
    status = response_status(task)
    if status in (QUEUED, IN_PROGRESS):
        return response_before(task, status)
    has_output = task.result is not None or bool(task.draft)
    return response_before(task, status) | {
        "completed_at": _seconds(task.finished_at) if status == COMPLETED else None,
        "error": None if task.failure is None else _error(task.failure),
        "incomplete_details": {"reason": "max_output_tokens"} if status == INCOMPLETE else None,
        "output": [response_message(task)] if has_output else [],
        "usage": None if task.usage == Usage() else _usage(task.usage),
    }


def response_before(task: Task, status: str) -> dict[str, Any]:
    """The response as it stood before it ended."""
    memo, options = memo_of(task), task.request.options
    return {
        "id": response_id(task.task_id),
        "object": "response",
        "created_at": _seconds(task.created_at),
        "status": status,
        "background": memo.background,
        "completed_at": None,
        "error": None,
        "incomplete_details": None,
        "instructions": memo.instructions,
        "max_output_tokens": options.get("max_tokens"),
        "metadata": memo.metadata,
        "model": memo.model,
        "output": [],
        "parallel_tool_calls": False,
        "previous_response_id": None,
        "store": True,
        "temperature": options.get("temperature"),
        "text": {"format": _format(options.get("schema"))},
        "tool_choice": "none",
        "tools": [],
        "top_p": options.get("top_p"),
        "truncation": "disabled",
        "usage": None,
    }


def _format(schema: object) -> dict[str, Any]:
    if schema is None:
        return {"type": "text"}
    return {"type": "json_schema", "name": "answer", "schema": schema}


def _usage(usage: Usage) -> dict[str, Any]:
    """All that the run read and wrote. Nothing is reckoned for what a cache keeps, nor for thoughts."""
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.prompt_tokens + usage.output_tokens,
    }


def _error(failure: Failure) -> dict[str, Any]:
    """OpenAI's codes are few; the name that Legwork has for the error is its `type`."""
    return {"code": "server_error", "message": f"{failure.message} {failure.hint}".strip(), "type": failure.type}


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
