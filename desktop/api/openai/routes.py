"""All routes under `/v1`."""

from pathlib import Path

from fastapi import APIRouter

from desktop.api.event_feed import EventFeed
from desktop.api.openai.catalogue import Catalogue
from desktop.api.openai.chat_routes import ChatRoutes
from desktop.api.openai.response_routes import ResponseRoutes
from desktop.api.openai.uploads import Uploads
from desktop.api.routes import artifact_url
from desktop.engine import Engine


def openai_routers(engine: Engine, uploads: Path) -> tuple[APIRouter, ...]:
    """The routers of responses and of chat completions."""
    catalogue = Catalogue(engine)
    feed = EventFeed(engine, artifact_url)
    responses = ResponseRoutes(engine, feed, catalogue, Uploads(uploads, engine))
    return responses.router(), ChatRoutes(engine, catalogue).router()
