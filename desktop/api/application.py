"""The ASGI application: routes, errors as problems, and the gate before all of it."""

import logging
from pathlib import Path

from fastapi import FastAPI

import desktop
from desktop.api.allowed_folders import AllowedFolders
from desktop.api.answer_route import AnswerRoute
from desktop.api.application_routes import ApplicationRoutes
from desktop.api.delivery_routes import DeliveryRoutes
from desktop.api.docs_page import DocsPage
from desktop.api.error_handlers import add_error_handlers
from desktop.api.gate import Admission, Application, Gate
from desktop.api.model_routes import ModelRoutes
from desktop.api.openai.error_shape import OpenAIErrors
from desktop.api.openai.routes import openai_routers
from desktop.api.rate_limit import RateLimit
from desktop.api.retention_routes import RetentionRoutes
from desktop.api.routes import TaskRoutes
from desktop.api.second_start import SecondStart
from desktop.api.specification import describe
from desktop.api.uploads import Uploads
from desktop.engine import Engine
from desktop.models.keeper import ModelKeeper

logger = logging.getLogger(__name__)


def make_routes(
    engine: Engine,
    second_start: SecondStart,
    folder: Path,
    allowed: AllowedFolders,
    keeper: ModelKeeper | None = None,
) -> FastAPI:
    """The routes without the gate; files that come in requests are kept in `folder`.

    Without a `keeper` the models can't be changed.
    """
    uploads = Uploads(folder, engine)
    application = FastAPI(title="Legwork", version=desktop.__version__, docs_url=None, redoc_url=None)
    application.include_router(TaskRoutes(engine, uploads, allowed).router())
    application.include_router(AnswerRoute(engine).router())
    application.include_router(RetentionRoutes(engine).router())
    application.include_router(DeliveryRoutes(engine).router())
    application.include_router(ApplicationRoutes(engine, second_start).router())
    if keeper is not None:
        application.include_router(ModelRoutes(keeper).router())
    for router in openai_routers(engine, uploads):
        application.include_router(router)
    application.add_api_route("/docs", DocsPage(application).show, methods=["GET"], include_in_schema=False)
    describe(application)
    add_error_handlers(application)
    return application


def guarded(routes: FastAPI, admission: Admission) -> Application:
    """The routes, closed to whoever is not to come in."""
    return OpenAIErrors(Gate(routes, admission, RateLimit()))
