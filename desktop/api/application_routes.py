"""The routes about the application itself, not about its tasks."""

import asyncio
import os
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

import desktop
from desktop.api.gate import is_of_the_person
from desktop.api.problems import Problem, problem_response
from desktop.api.representation import PublicModel, to_json, to_plain
from desktop.api.second_start import SecondStart
from desktop.engine import Engine, Notice, TaskStatus


class ApplicationRoutes:
    """The application itself: is it well, bring its window to the front, and make room for one."""

    def __init__(self, engine: Engine, second_start: SecondStart) -> None:
        self._engine = engine
        self._second_start = second_start

    def router(self) -> APIRouter:
        """The routes, ready to be included."""
        router = APIRouter(tags=["application"])
        router.add_api_route("/models", self.models, methods=["GET"], response_model=None)
        router.add_api_route("/health", self.health, methods=["GET"], response_model=None)
        router.add_api_route("/notices", self.notices, methods=["GET"], response_model=list[Notice])
        router.add_api_route("/window", self.window, methods=["POST"], status_code=HTTPStatus.NO_CONTENT)
        router.add_api_route("/give-way", self.give_way, methods=["POST"], include_in_schema=False)
        return router

    async def health(self) -> Response:
        """Who answers, and how much there is to do."""
        counts = await self._engine.counts()
        runtime = self._engine.runtime_status()
        return _json(
            {
                "status": "ok",
                "version": desktop.__version__,
                "pid": os.getpid(),
                "window": self._second_start.raise_window is not None,
                "tasks": {status.value: counts.get(status, 0) for status in TaskStatus},
                "notices": to_plain(self._engine.notices()),
                "runtime": {
                    "model": runtime.model.name if runtime.model else None,
                    "loading": runtime.loading,
                    "memory": runtime.memory,
                    "problem": runtime.problem,
                },
            }
        )

    async def notices(self) -> Response:
        """What a person should know about the whole of Legwork now, the oldest first."""
        return _json(self._engine.notices())

    async def models(self) -> Response:
        """The models on this machine, the default one first, and those on the servers in the settings."""
        found = await asyncio.to_thread(self._engine.models)
        return _json({"models": [PublicModel(name=model.name, size=model.size, host=model.host) for model in found]})

    async def window(self) -> Response:
        """Bring the window to the front."""
        if self._second_start.raise_window is None:
            return problem_response(_NO_WINDOW)
        self._second_start.raise_window()
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def give_way(self, request: Request) -> Response:
        """Let the data folder go, for a window of the person at this machine. What runs goes on there."""
        if not is_of_the_person(request.scope):
            return problem_response(_NOT_FOR_PROGRAMS)
        if self._second_start.give_way is None:
            return problem_response(_STAYS)
        self._second_start.give_way()
        return Response(status_code=HTTPStatus.ACCEPTED)


def _json(value: object) -> Response:
    return Response(to_json(value), media_type="application/json")


_NOT_FOR_PROGRAMS: Final = Problem(
    status=HTTPStatus.FORBIDDEN,
    type="NotForPrograms",
    detail="Only a window of the person at this machine takes the data folder over; nothing was done.",
    hint="Open Legwork on this machine.",
)
_STAYS: Final = Problem(
    status=HTTPStatus.CONFLICT,
    type="EngineStays",
    detail="The Legwork that runs keeps its data folder: a command waits for its result there, or it serves other "
    "machines. Nothing was done.",
    hint="Wait for its end, or end it; its tasks go on here.",
)
_NO_WINDOW: Final = Problem(
    status=HTTPStatus.CONFLICT,
    type="NoWindow",
    detail="This Legwork runs without a window.",
    hint="End it and start Legwork again, where there is a display.",
)
