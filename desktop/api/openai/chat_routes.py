"""The routes with which editors list the models and ask them."""

import secrets
from datetime import UTC, datetime
from functools import partial
from typing import Final

import msgspec
from fastapi import APIRouter
from fastapi.responses import Response

from desktop.api.openai.catalogue import Catalogue, Entry
from desktop.api.openai.chat_body import GivenChat
from desktop.api.openai.completion_object import Completion
from desktop.api.openai.completion_stream import CompletionAnswer, CompletionStream
from desktop.api.openai.response_routes import STREAMED
from desktop.engine import Engine, InvalidRequest

_NAME_BYTES: Final = 12
_SEED_BITS: Final = 31


class ChatRoutes:
    """What is asked here is no task: nothing of it is kept, and it takes the next slot that is free."""

    def __init__(self, engine: Engine, catalogue: Catalogue) -> None:
        self._engine = engine
        self._catalogue = catalogue

    def router(self) -> APIRouter:
        """The routes, ready to be included."""
        router = APIRouter(prefix="/v1", tags=["openai"])
        router.add_api_route("/models", self.models, methods=["GET"], response_model=None)
        router.add_api_route("/models/{name:path}", self.model, methods=["GET"], response_model=None)
        router.add_api_route(
            "/chat/completions", self.complete, methods=["POST"], response_model=None, responses=STREAMED
        )
        return router

    async def models(self) -> Response:
        """The kinds of task, then the models with the default one first."""
        return _json({"object": "list", "data": [entry.shown() for entry in await self._catalogue.entries()]})

    async def model(self, name: str) -> Response:
        """One of them."""
        return _json((await self._catalogue.find(name)).shown())

    async def complete(self, body: GivenChat) -> Response:
        """The model's answer, whole or as a stream; hanging up ends it."""
        entry = await self._catalogue.find(body.model)
        _check_is_model(entry)
        prompt = body.to_prompt(seed=secrets.randbits(_SEED_BITS))
        asking = partial(self._engine.ask, entry.name, prompt)
        completion = Completion(
            name=f"chatcmpl-{secrets.token_hex(_NAME_BYTES)}",
            created=int(datetime.now(UTC).timestamp()),
            model=entry.name,
        )
        if body.stream:
            return CompletionStream(asking, completion, tells_usage=body.tells_usage)
        return CompletionAnswer(asking, completion)


def _check_is_model(entry: Entry) -> None:
    if entry.is_kind:
        raise InvalidRequest(
            f"“{entry.name}” is a kind of task and does not chat; nothing was asked.",
            hint="Name a model, or send this to /v1/responses.",
        )


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
