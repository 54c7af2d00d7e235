"""The ASGI application: routes, errors as problems, and the gate before all of it."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response

import desktop
from desktop.api.delivery_routes import DeliveryRoutes
from desktop.api.gate import TOO_LARGE, Application, Gate
from desktop.api.openai.error_shape import OpenAIErrors
from desktop.api.openai.routes import openai_routers
from desktop.api.problems import Problem, problem_of, problem_response
from desktop.api.retention_routes import RetentionRoutes
from desktop.api.routes import ApplicationRoutes, TaskRoutes, on_unknown_route
from desktop.engine import Engine, LegworkError

logger = logging.getLogger(__name__)


def make_routes(engine: Engine, on_raise: Callable[[], None] | None, uploads: Path) -> FastAPI:
    """The routes without the gate; files that come in requests are kept in the folder `uploads`."""
    application = FastAPI(title="Legwork", version=desktop.__version__, docs_url=None, redoc_url=None)
    application.include_router(TaskRoutes(engine).router())
    application.include_router(RetentionRoutes(engine).router())
    application.include_router(DeliveryRoutes(engine).router())
    application.include_router(ApplicationRoutes(engine, on_raise).router())
    for router in openai_routers(engine, uploads):
        application.include_router(router)
    application.add_exception_handler(LegworkError, _on_legwork_error)
    application.add_exception_handler(RequestValidationError, _on_invalid_body)
    application.add_exception_handler(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _on_body_too_large)
    application.add_exception_handler(HTTPStatus.NOT_FOUND, on_unknown_route)
    application.add_exception_handler(HTTPStatus.METHOD_NOT_ALLOWED, on_unknown_route)
    application.add_exception_handler(HTTPStatus.BAD_REQUEST, _on_unreadable_body)
    application.add_exception_handler(Exception, _on_defect)
    return application


def make_application(
    engine: Engine, *, token: str, port: int, uploads: Path, on_raise: Callable[[], None] | None = None
) -> Application:
    """Everything that answers on `port`, closed to whoever does not have the token."""
    return OpenAIErrors(Gate(make_routes(engine, on_raise, uploads), token=token, port=port))


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
