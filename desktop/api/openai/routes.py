"""All routes under `/v1`."""

from fastapi import APIRouter

from desktop.api.event_feed import EventFeed
from desktop.api.openai.catalogue import Catalogue
from desktop.api.openai.chat_routes import ChatRoutes
from desktop.api.openai.response_routes import ResponseRoutes
from desktop.api.routes import artifact_url
from desktop.api.uploads import Uploads
from desktop.engine import Engine


def openai_routers(engine: Engine, uploads: Uploads) -> tuple[APIRouter, ...]:
    """The routers of responses and of chat completions."""
    catalogue = Catalogue(engine)
    feed = EventFeed(engine, artifact_url)
    responses = ResponseRoutes(engine, feed, catalogue, uploads)
    return responses.router(), ChatRoutes(engine, catalogue).router()
