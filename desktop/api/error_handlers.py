"""What the application answers where a route raises, or none fits: always a problem."""

from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.routing import Match

from desktop.api.gate import TOO_LARGE
from desktop.api.problems import Problem, problem_of, problem_response
from desktop.engine import LegworkError

_METHODS: Final = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")


def add_error_handlers(application: FastAPI) -> None:
    """Let the application answer so."""
    application.add_exception_handler(LegworkError, _on_legwork_error)
    application.add_exception_handler(RequestValidationError, _on_invalid_body)
    application.add_exception_handler(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _on_body_too_large)
    application.add_exception_handler(HTTPStatus.NOT_FOUND, _on_unknown_route)
    application.add_exception_handler(HTTPStatus.METHOD_NOT_ALLOWED, _on_unknown_method)
    application.add_exception_handler(HTTPStatus.BAD_REQUEST, _on_unreadable_body)
    application.add_exception_handler(Exception, _on_defect)


async def _on_legwork_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, LegworkError)  # noqa: S101 - registered for this class only
    return problem_response(problem_of(error))


async def _on_invalid_body(_request: Request, error: Exception) -> Response:
    """Say which field is wrong and why, without repeating what was sent: it may be long, or private."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body")
    return problem_response(
        Problem(
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            type="InvalidRequest",
            detail=f"The request is not valid at '{where}': {first['msg']}. Nothing was started.",
            hint="See /openapi.json for the fields and their types.",
        )
    )


async def _on_body_too_large(_request: Request, _error: Exception) -> Response:
    return problem_response(TOO_LARGE)


async def _on_unreadable_body(_request: Request, _error: Exception) -> Response:
    return problem_response(
        Problem(
            status=HTTPStatus.BAD_REQUEST,
            type="InvalidRequest",
            detail="The request could not be read. Nothing was started.",
            hint="Send JSON in UTF-8.",
        )
    )


async def _on_defect(_request: Request, _error: Exception) -> Response:
    """What nobody foresaw; the server has its traceback logged."""
    return problem_response(
        Problem(
            status=HTTPStatus.INTERNAL_SERVER_ERROR,
            type="InternalError",
            detail="Something went wrong inside Legwork; tasks that were accepted are kept.",
            hint="The log file in the data folder says more.",
        )
    )


async def _on_unknown_route(request: Request, _error: Exception) -> Response:
    """What is answered where no route fits."""
    return problem_response(
        Problem(
            status=HTTPStatus.NOT_FOUND,
            type="UnknownRoute",
            detail=f"{request.method} does not lead anywhere at this address.",
            hint="See /openapi.json for what there is.",
        )
    )


async def _on_unknown_method(request: Request, _error: Exception) -> Response:
    """What is answered where an address has other methods."""
    allowed = ", ".join(sorted(_methods_at(request)))
    response = problem_response(
        Problem(
            status=HTTPStatus.METHOD_NOT_ALLOWED,
            type="UnknownMethod",
            detail=f"{request.method} does not lead anywhere at this address.",
            hint=f"There is: {allowed}.",
        )
    )
    response.headers["Allow"] = allowed
    return response


def _methods_at(request: Request) -> set[str]:
    """All methods of all routes at the address; the error that is raised knows those of the first one alone."""
    found: set[str] = set()
    for method in _METHODS:
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes):
            found.add(method)
    return found
