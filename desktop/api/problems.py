"""Errors as `application/problem+json` (RFC 9457), each with what to do in `hint`."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.responses import Response

from desktop.api.errors import PathNotAllowed
from desktop.api.representation import to_json
from desktop.engine import (
    CannotComplete,
    DataFolderInUse,
    ForbiddenTransition,
    InvalidRequest,
    LegworkError,
    PromptRefused,
    PromptTooLong,
    StorageFailed,
    TaskStatus,
    UnknownDelivery,
    UnknownModel,
    UnknownTask,
    UnreadableDocument,
)
from desktop.models.downloading import DownloadFailed
from desktop.models.keeping import ModelInUse

MEDIA_TYPE: Final = "application/problem+json"

_STATUS: Final[dict[type[LegworkError], HTTPStatus]] = {
    InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownModel: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnreadableDocument: HTTPStatus.UNPROCESSABLE_ENTITY,
    CannotComplete: HTTPStatus.UNPROCESSABLE_ENTITY,
    PromptTooLong: HTTPStatus.UNPROCESSABLE_ENTITY,
    PromptRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownTask: HTTPStatus.NOT_FOUND,
    UnknownDelivery: HTTPStatus.NOT_FOUND,
    PathNotAllowed: HTTPStatus.FORBIDDEN,
    ForbiddenTransition: HTTPStatus.CONFLICT,
    ModelInUse: HTTPStatus.CONFLICT,
    DownloadFailed: HTTPStatus.CONFLICT,
    DataFolderInUse: HTTPStatus.CONFLICT,
    StorageFailed: HTTPStatus.INSUFFICIENT_STORAGE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong with a request; `type` is the error's name, `task_status` where a task's status is why."""

    status: HTTPStatus
    type: str
    detail: str
    hint: str = ""
    task_status: TaskStatus | None = None
    retry_after: int | None = None  # seconds


def problem_of(error: LegworkError, task_status: TaskStatus | None = None) -> Problem:
    """The error as a problem, with the HTTP status that its class calls for."""
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), HTTPStatus.SERVICE_UNAVAILABLE)
    return Problem(
        status=status, type=type(error).__name__, detail=error.message, hint=error.hint, task_status=task_status
    )


def problem_response(problem: Problem) -> Response:
    """The problem as an HTTP answer."""
    headers = {"WWW-Authenticate": "Bearer"} if problem.status == HTTPStatus.UNAUTHORIZED else {}
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    return Response(to_json(problem_content(problem)), problem.status.value, headers, MEDIA_TYPE)


def problem_content(problem: Problem) -> dict[str, object]:
    """What the answer says."""
    content: dict[str, object] = {
        "type": f"urn:legwork:problem:{problem.type}",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
        "hint": problem.hint,
    }
    if problem.task_status is not None:
        content["task_status"] = problem.task_status
    return content
