"""The routes of responses: made, looked at, followed, cancelled and deleted as OpenAI's API has it."""

import asyncio
import contextlib
import io
from dataclasses import replace
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import Response

from desktop.api.event_feed import EventFeed
from desktop.api.issued_secret import issue_secret
from desktop.api.openai.catalogue import Catalogue
from desktop.api.openai.input_file import InputFile
from desktop.api.openai.response_body import GivenResponse
from desktop.api.openai.response_memo import memo_of
from desktop.api.openai.response_object import no_response, response_object, task_id_of
from desktop.api.openai.response_request import ResponseRequest
from desktop.api.openai.response_stream import ResponseStream
from desktop.api.uploads import Upload, Uploads
from desktop.engine import (
    Engine,
    ForbiddenTransition,
    InvalidRequest,
    LegworkError,
    Task,
    TaskRequest,
    UnknownTask,
)

STREAMED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/json": {}, "text/event-stream": {}}, "description": "Whole, or as a stream."}
}


class ResponseRoutes:
    """Each response is a task."""

    def __init__(self, engine: Engine, feed: EventFeed, catalogue: Catalogue, uploads: Uploads) -> None:
        self._engine = engine
        self._feed = feed
        self._catalogue = catalogue
        self._uploads = uploads

    def router(self) -> APIRouter:
        """The routes, ready to be included."""
        router = APIRouter(prefix="/v1/responses", tags=["openai"])
        one = "/{response_id}"
        router.add_api_route("", self.create, methods=["POST"], response_model=None, responses=STREAMED)
        router.add_api_route(one, self.retrieve, methods=["GET"], response_model=None, responses=STREAMED)
        router.add_api_route(one, self.delete, methods=["DELETE"], response_model=None)
        router.add_api_route(f"{one}/cancel", self.cancel, methods=["POST"], response_model=None)
        return router

    async def create(self, body: GivenResponse) -> Response:
        """Make a response; it is on disk when the answer begins.

        In the background, the answer is the response as it stands in line. Else the answer waits for the end of the
        response; hanging up does not end it. A stream tells of it from the beginning, in either case. A secret that was
        made for the response's webhook is in this answer, and nowhere else.
        """
        asked = ResponseRequest(body=body, entry=await self._catalogue.find(body.model))
        wanted, files = await asyncio.to_thread(asked.to_task)
        request, issued = issue_secret(wanted)
        task = await self._submit(
            replace(request, inputs=request.inputs + await self._uploads.keep(map(_upload, files)))
        )
        if body.stream:
            return ResponseStream(self._engine, self._feed, task.task_id)
        if not body.background:
            task = await self._feed.end_of(task.task_id, None) or task
        return _json(response_object(task) | ({} if issued is None else {"webhook": issued}))

    async def retrieve(
        self,
        response_id: str,
        stream: bool = False,
        starting_after: Annotated[int, Query(ge=-1)] = -1,
    ) -> Response:
        """The response as it stands, or a stream of what happened and happens after a sequence number."""
        task = await self._known(response_id)
        if stream:
            return ResponseStream(self._engine, self._feed, task.task_id, starting_after)
        return _json(response_object(task))

    async def cancel(self, response_id: str) -> Response:
        """End a response that is made in the background. One that has ended is answered as it is."""
        task = await self._known(response_id)
        if not memo_of(task).background:
            raise InvalidRequest(
                "Only a response in the background can be cancelled; this one goes on.",
                hint="Make it with `background: true`, or cancel its task.",
            )
        try:
            return _json(response_object(await self._engine.cancel(task.task_id)))
        except ForbiddenTransition:
            return _json(response_object(await self._engine.task(task.task_id)))

    async def delete(self, response_id: str) -> Response:
        """Delete a response; one that has not ended is cancelled first. Its task is in Trash for a week more."""
        task = await self._known(response_id)
        with contextlib.suppress(ForbiddenTransition):  # it has ended
            await self._engine.cancel(task.task_id)
        await self._engine.retention.delete(task.task_id)
        return _json({"id": response_id, "object": "response", "deleted": True})

    async def _submit(self, request: TaskRequest) -> Task:
        try:
            return await self._engine.submit(request)
        except LegworkError:
            await self._uploads.discard(request.inputs)
            raise

    async def _known(self, name: str) -> Task:
        """The task behind a response. Raises `UnknownTask`, for one in Trash too: only a person brings it back."""
        try:
            task = await self._engine.task(task_id_of(name))
        except UnknownTask:
            raise no_response(name) from None
        if task.trashed is not None:
            raise no_response(name)
        return task


def _upload(file: InputFile) -> Upload:
    return Upload(name=file.name, stream=io.BytesIO(file.content))


def _json(content: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
