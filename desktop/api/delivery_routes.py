"""The routes of what is told to others: the list of deliveries, *send again*, and a webhook's new secret."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from desktop.api.issued_secret import IssuedSecret
from desktop.api.public_delivery import PublicDelivery, public_delivery
from desktop.api.representation import to_json
from desktop.engine import DeliveryId, DeliveryQuery, DeliveryStatus, Engine, TaskId
from desktop.notify import make_secret

_MAX_PAGE = 500


class SecretBody(BaseModel):
    """A secret of the caller's own; without one it is made here."""

    model_config = ConfigDict(extra="forbid", strict=True)

    secret: str | None = None


class DeliveryRoutes:
    """Look at deliveries, and have them sent again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def router(self) -> APIRouter:
        """The routes, ready to be included."""
        router = APIRouter(tags=["deliveries"])
        router.add_api_route("/deliveries", self.find, methods=["GET"], response_model=None)
        router.add_api_route(
            "/deliveries/{delivery_id}/send-again", self.send_again, methods=["POST"], response_model=PublicDelivery
        )
        router.add_api_route(
            "/tasks/{task_id}/webhook/rotate", self.rotate, methods=["POST"], response_model=IssuedSecret
        )
        return router

    async def find(
        self,
        status: DeliveryStatus | None = None,
        task_id: str | None = None,
        limit: Annotated[int, Query(ge=1, le=_MAX_PAGE)] = 100,
        cursor: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    ) -> Response:
        """A page of deliveries, newest first; `status=dead` lists those that were given up."""
        known = None if task_id is None else TaskId(task_id)
        page = await self._engine.outbox.find(DeliveryQuery(status=status, task_id=known, limit=limit, cursor=cursor))
        return _json({"deliveries": [public_delivery(each) for each in page.deliveries], "cursor": page.cursor})

    async def send_again(self, delivery_id: str) -> Response:
        """Try a delivery now, under the identifier that it has; one that was delivered stays so."""
        return _json(public_delivery(await self._engine.outbox.send_again(DeliveryId(delivery_id))))

    async def rotate(self, task_id: str, body: SecretBody | None = None) -> Response:
        """Sign the task's webhooks with a new secret from now on, and with the one before besides.

        A secret that was made here is in the answer, and nowhere else.
        """
        brought = body.secret if body is not None else None
        secret = brought or make_secret()
        await self._engine.outbox.rotate(TaskId(task_id), secret)
        if brought:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        return _json(IssuedSecret(secret=secret))


def _json(value: object) -> Response:
    return Response(to_json(value), HTTPStatus.OK, media_type="application/json")
