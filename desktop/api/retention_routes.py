"""The routes by which tasks are pinned, and go to Trash and out of it."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from desktop.api.problems import problem_of, problem_response
from desktop.api.representation import PublicTask
from desktop.api.routes import task_response
from desktop.engine import Engine, ForbiddenTransition, Task, TaskId

_GONE: Final[dict[int | str, dict[str, Any]]] = {204: {"description": "It was removed for good."}}


class RetentionRoutes:
    """Pin, unpin, delete, restore. All of them can be asked for again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def router(self) -> APIRouter:
        """The routes, ready to be included."""
        router = APIRouter(tags=["retention"])
        router.add_api_route("/tasks/{task_id}/pin", self.pin, methods=["POST"], response_model=PublicTask)
        router.add_api_route("/tasks/{task_id}/unpin", self.unpin, methods=["POST"], response_model=PublicTask)
        router.add_api_route("/tasks/{task_id}/restore", self.restore, methods=["POST"], response_model=PublicTask)
        router.add_api_route(
            "/tasks/{task_id}", self.delete, methods=["DELETE"], response_model=PublicTask, responses=_GONE
        )
        router.add_api_route("/trash", self.empty_trash, methods=["DELETE"], status_code=HTTPStatus.NO_CONTENT)
        return router

    async def pin(self, task_id: str) -> Response:
        """Keep the task until it is unpinned."""
        return await self._carry_out(task_id, self._engine.retention.pin)

    async def unpin(self, task_id: str) -> Response:
        """Let the task go at its date again, a week from now at the earliest."""
        return await self._carry_out(task_id, self._engine.retention.unpin)

    async def restore(self, task_id: str) -> Response:
        """Take the task out of Trash, to be kept for a week at least."""
        return await self._carry_out(task_id, self._engine.retention.restore)

    async def delete(self, task_id: str, for_good: bool = False) -> Response:
        """Take the task to Trash; `for_good`, remove one that is there, and answer 204."""
        if not for_good:
            return await self._carry_out(task_id, self._engine.retention.delete)
        return await self._carry_out(task_id, self._engine.retention.purge)

    async def empty_trash(self) -> Response:
        """Remove everything in Trash for good."""
        await self._engine.retention.empty_trash()
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _carry_out(self, task_id: str, act: Callable[[TaskId], Awaitable[Task | None]]) -> Response:
        known = TaskId(task_id)
        try:
            task = await act(known)
        except ForbiddenTransition as error:
            return problem_response(problem_of(error, (await self._engine.task(known)).status))
        return Response(status_code=HTTPStatus.NO_CONTENT) if task is None else task_response(task)
