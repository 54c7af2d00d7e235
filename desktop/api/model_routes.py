"""The routes of what a person does with the models here: downloads that go on in the engine, and removal."""

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from desktop.api.representation import to_json
from desktop.engine import DownloadStatus, Removal
from desktop.models.keeper import ModelKeeper


class DownloadBody(BaseModel):
    """What to download: an identifier of the catalogue, `owner/name/file.gguf`, or that of a download."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model: str


class ModelRoutes:
    """Start, look at and pause downloads; take models away."""

    def __init__(self, keeper: ModelKeeper) -> None:
        self._keeper = keeper

    def router(self) -> APIRouter:
        """The routes, ready to be included."""
        router = APIRouter(tags=["models"])
        router.add_api_route("/models/downloads", self.list, methods=["GET"], response_model=None)
        router.add_api_route(
            "/models/downloads",
            self.start,
            methods=["POST"],
            status_code=HTTPStatus.ACCEPTED,
            response_model=DownloadStatus,
        )
        router.add_api_route(
            "/models/downloads/{download_id}/pause", self.pause, methods=["POST"], response_model=DownloadStatus
        )
        router.add_api_route("/models/{name}", self.remove, methods=["DELETE"], response_model=Removal)
        return router

    async def list(self) -> Response:
        """Every download that is not completed, and those that were completed since the start."""
        return _json({"downloads": self._keeper.downloads.list()})

    async def start(self, body: DownloadBody) -> Response:
        """Begin to download a model, or go on with it."""
        return _json(self._keeper.downloads.start(body.model), HTTPStatus.ACCEPTED)

    async def pause(self, download_id: str) -> Response:
        """Stop a download until it is started again; what was loaded is kept."""
        return _json(await self._keeper.downloads.pause(download_id))

    async def remove(self, name: str) -> Response:
        """Remove a model with its files, or give up its download; one that was added by its path is only forgotten."""
        return _json(await self._keeper.remove(name))


def _json(value: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(to_json(value), status, None, "application/json")
