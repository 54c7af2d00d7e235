"""The routes of the loopback server, each a thin translation between HTTP and the engine."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response

import desktop
from desktop.api.allowed_folders import AllowedFolders
from desktop.api.artifact_response import ArtifactResponse
from desktop.api.bodies import Goal, InputBody, InputPath, RetryBody, TaskBody
from desktop.api.event_feed import EventFeed
from desktop.api.event_stream import EventStream
from desktop.api.gate import is_of_the_person
from desktop.api.issued_secret import IssuedSecret, issue_secret
from desktop.api.problems import Problem, problem_of, problem_response
from desktop.api.representation import (
    AcceptedTask,
    PublicForecast,
    PublicModel,
    PublicResult,
    PublicTask,
    accepted_task,
    public_forecast,
    public_task,
    to_json,
    to_plain,
)
from desktop.api.second_start import SecondStart
from desktop.api.submission import given_submission
from desktop.api.uploads import Uploads
from desktop.engine import (
    DEFAULT_PRIORITY,
    MAX_KEY_CHARACTERS,
    TERMINAL,
    UNFINISHED,
    Artifact,
    Engine,
    ForbiddenTransition,
    LegworkError,
    Notice,
    Task,
    TaskId,
    TaskQuery,
    TaskRequest,
    TaskStatus,
)

MAX_PAGE: Final = 500
MAX_WAIT_SECONDS: Final = 600
_WAIT_DIGITS: Final = 6  # more seconds than anybody waits
_NUMBERS: Final = 2**63  # that the store can count
_POLL_SECONDS: Final = 5
_EVENTS: Final[dict[str, Any]] = {"text/event-stream": {}}
_BYTES: Final = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
_ENDED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": PublicTask, "description": "It ended while the answer waited."}
}
_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": _EVENTS, "description": "The events, as server-sent events."},
    204: {"description": "The task has ended, and all of it was seen."},
}
_FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": _BYTES, "description": "The file."},
    206: {"content": _BYTES, "description": "The part of it that was asked for."},
}


def artifact_url(task: Task, artifact: Artifact) -> str:
    """Where the server hands out an artifact, relative to its address."""
    return f"/tasks/{task.task_id}/artifacts/{artifact.name}"


class TaskRoutes:
    """Submit, look at and steer tasks."""

    def __init__(self, engine: Engine, uploads: Uploads, allowed: AllowedFolders) -> None:
        self._engine = engine
        self._uploads = uploads
        self._allowed = allowed
        self._feed = EventFeed(engine, artifact_url)

    def router(self) -> APIRouter:
        """The routes, ready to be included."""
        router = APIRouter(tags=["tasks"])
        router.add_api_route(
            "/tasks",
            self.submit,
            methods=["POST"],
            status_code=HTTPStatus.ACCEPTED,
            response_model=AcceptedTask,
            responses=_ENDED,
        )
        router.add_api_route("/estimate", self.estimate, methods=["POST"], response_model=PublicForecast)
        router.add_api_route("/estimate", self.estimate_briefly, methods=["GET"], response_model=PublicForecast)
        router.add_api_route("/tasks", self.find, methods=["GET"], response_model=None)
        router.add_api_route("/tasks/{task_id}", self.show, methods=["GET"], response_model=PublicTask)
        router.add_api_route("/status/{task_id}", self.show, methods=["GET"], response_model=PublicTask)
        router.add_api_route(
            "/tasks/{task_id}/events", self.events, methods=["GET"], response_model=None, responses=_STREAM
        )
        router.add_api_route("/tasks/{task_id}/cancel", self.cancel, methods=["POST"], response_model=PublicTask)
        router.add_api_route("/tasks/{task_id}/pause", self.pause, methods=["POST"], response_model=PublicTask)
        router.add_api_route("/tasks/{task_id}/resume", self.resume, methods=["POST"], response_model=PublicTask)
        router.add_api_route("/tasks/{task_id}/retry", self.retry, methods=["POST"], response_model=PublicTask)
        router.add_api_route("/tasks/{task_id}/result", self.result, methods=["GET"], response_model=PublicResult)
        router.add_api_route("/tasks/{task_id}/artifacts/{name:path}", self.artifact, methods=["GET"], responses=_FILE)
        return router

    async def submit(
        self,
        request: Request,
        prefer: Annotated[str, Header()] = "",
        idempotency_key: Annotated[str | None, Header(min_length=1, max_length=MAX_KEY_CHARACTERS)] = None,
    ) -> Response:
        """Keep a task and answer at once; it is on disk when the answer leaves.

        With `Prefer: wait=SECONDS` (RFC 7240) the answer waits for the end for so long, 600 at most, and is then the
        finished task. A secret that was made for the task's webhook is in this answer, and nowhere else. With an
        `Idempotency-Key` it can be sent again: the same request is the same task. Files come along in a form, whose
        part `task` is the JSON.
        """
        task, issued = await self._submit(request, idempotency_key)
        patience = _patience(prefer)
        if patience is not None and (ended := await self._feed.end_of(task.task_id, patience)) is not None:
            shown = to_plain(public_task(ended, artifact_url)) | ({} if issued is None else {"webhook": issued})
            return _json(shown, HTTPStatus.OK, {"Preference-Applied": f"wait={patience}"})
        location = f"/tasks/{task.task_id}"
        actions = ("cancel", "pause", "result")
        links = {"self": location, **{action: f"{location}/{action}" for action in actions}}
        return _json(accepted_task(task, links, issued), HTTPStatus.ACCEPTED, {"Location": location})

    async def _submit(self, request: Request, key_name: str | None) -> tuple[Task, IssuedSecret | None]:
        async with given_submission(request) as given:
            key = None if key_name is None else await given.key(key_name)
            wanted, issued = issue_secret(await self._admitted(given.body, request))
            wanted = replace(wanted, inputs=wanted.inputs + await self._uploads.keep(given.uploads))
        try:
            task = await self._engine.submit(wanted, key)
        except LegworkError:
            await self._uploads.discard(wanted.inputs)
            raise
        await self._uploads.discard(set(wanted.inputs) - set(task.request.inputs))  # an earlier task has its own
        if key is not None and issued is not None:  # whoever sends it again did not hear of the first one
            await self._engine.outbox.rotate(task.task_id, issued.secret)
        return task, issued

    async def _admitted(self, body: TaskBody, request: Request) -> TaskRequest:
        wanted = body.to_request()
        return wanted if is_of_the_person(request.scope) else await self._allowed.admitted(wanted)

    async def estimate(self, body: TaskBody, request: Request) -> Response:
        """What the task would take if it were submitted now; nothing is kept."""
        return _json(public_forecast(await self._engine.estimate(await self._admitted(body, request))))

    async def estimate_briefly(
        self,
        request: Request,
        kind: str,
        goal: Goal,
        path: Annotated[list[InputPath] | None, Query()] = None,
        model: str | None = None,
        priority: Annotated[int, Query(ge=0, le=9)] = DEFAULT_PRIORITY,
    ) -> Response:
        """The same for a task without options, on the files at `path`."""
        inputs = [InputBody(path=each) for each in path or ()]
        body = TaskBody(kind=kind, goal=goal, inputs=inputs, model=model, priority=priority)
        return await self.estimate(body, request)

    async def find(
        self,
        status: Annotated[list[TaskStatus] | None, Query()] = None,
        kind: str | None = None,
        q: str = "",
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
        cursor: str | None = None,
        trashed: bool = False,
    ) -> Response:
        """A page of tasks, newest first, or of those in Trash; `cursor` in the answer leads to the next one."""
        query = TaskQuery(
            statuses=frozenset(status or ()),
            kind=kind,
            text=q,
            limit=limit,
            cursor=None if cursor is None else TaskId(cursor),
            trashed=trashed,
        )
        page = await self._engine.find(query)
        tasks = [to_plain(public_task(task, artifact_url)) for task in page.tasks]
        return _json({"tasks": tasks, "cursor": page.cursor})

    async def show(self, task_id: str) -> Response:
        """The task as it stands."""
        return task_response(await self._engine.task(TaskId(task_id)))

    async def events(
        self,
        task_id: str,
        after: Annotated[int | None, Query(ge=0, lt=_NUMBERS)] = None,
        last_event_id: Annotated[int | None, Header(ge=0, lt=_NUMBERS)] = None,
    ) -> Response:
        """What happens to the task, as server-sent events: all of it once and in order, until the task has ended.

        Without a number to go on from, a snapshot of the task comes first. A reader that comes back after the end and
        has seen it is answered 204, which ends the reconnecting.
        """
        known = TaskId(task_id)
        await self._engine.task(known)
        seen = last_event_id if last_event_id is not None else after
        if seen and await self._feed.has_ended_by(known, seen):
            return Response(status_code=HTTPStatus.NO_CONTENT)
        return EventStream(self._feed, known, seen)

    async def cancel(self, task_id: str) -> Response:
        """End the task; what there is of a result stays."""
        return await self._steer(task_id, self._engine.cancel, frozenset({TaskStatus.CANCELLED}))

    async def pause(self, task_id: str) -> Response:
        """Stop working on the task until it is resumed."""
        return await self._steer(task_id, self._engine.pause, frozenset({TaskStatus.PAUSED}))

    async def resume(self, task_id: str) -> Response:
        """Let a paused task go on at its first unfinished step."""
        return await self._steer(
            task_id, self._engine.resume, frozenset({TaskStatus.QUEUED, TaskStatus.RUNNING, TaskStatus.WAITING})
        )

    async def retry(self, task_id: str, body: RetryBody | None = None) -> Response:
        """Start a new run of a task that has ended: from the start, or from a step, whose earlier ones are reused."""
        step = None if body is None else body.from_step
        return await self._steer(task_id, lambda known: self._engine.retry(known, step), UNFINISHED)

    async def _steer(
        self, task_id: str, act: Callable[[TaskId], Awaitable[Task]], reached: frozenset[TaskStatus]
    ) -> Response:
        """Carry out an action; asked a second time, or for what is so already, it answers with the task as it is."""
        known = TaskId(task_id)
        try:
            return task_response(await act(known))
        except ForbiddenTransition as error:
            task = await self._engine.task(known)
            if task.status in reached:
                return task_response(task)
            return problem_response(problem_of(error, task.status))

    async def result(self, task_id: str) -> Response:
        """The result of a completed task, or what there is of one that was cancelled or failed: `partial` says so."""
        task = await self._engine.task(TaskId(task_id))
        shown = public_task(task, artifact_url).result
        return _no_result(task) if shown is None else _json(shown)

    async def artifact(self, task_id: str, name: str) -> Response:
        """A file of the result, whole or by ranges."""
        task = await self._engine.task(TaskId(task_id))
        found = next((artifact for artifact in _artifacts(task) if artifact.name == name), None)
        if found is None:
            return _no_artifact(task)
        path = self._engine.artifact_path(task, found.name)
        if not await asyncio.to_thread(path.is_file):
            return _lost_artifact(task)
        return ArtifactResponse(path, found)


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
        """The models on this machine, the default one first."""
        found = await asyncio.to_thread(self._engine.models)
        return _json({"models": [PublicModel(name=model.name, size=model.size) for model in found]})

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


def _patience(prefer: str) -> int | None:
    """The seconds that the client wants to wait at most; None where it does not ask for that."""
    for preference in prefer.split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        seconds = value.strip().strip('"')
        if name.strip().lower() == "wait" and seconds.isascii() and seconds.isdigit():
            return min(int(seconds[:_WAIT_DIGITS]), MAX_WAIT_SECONDS)
    return None


def _json(value: object, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    return Response(to_json(value), status, headers, "application/json")


def task_response(task: Task) -> Response:
    """A task as it stands, and when to ask again where it has not ended."""
    headers = {} if task.status in TERMINAL else {"Retry-After": str(_POLL_SECONDS)}
    return _json(public_task(task, artifact_url), HTTPStatus.OK, headers)


def _artifacts(task: Task) -> tuple[Artifact, ...]:
    return () if task.result is None else task.result.artifacts


def _no_result(task: Task) -> Response:
    return problem_response(
        Problem(
            status=HTTPStatus.CONFLICT,
            type="NoResult",
            detail=f"The task is {task.status} and has no result.",
            hint="Retry it to run it again." if task.status in TERMINAL else "Ask again once it is completed.",
            task_status=task.status,
        )
    )


def _no_artifact(task: Task) -> Response:
    names = ", ".join(artifact.name for artifact in _artifacts(task))
    return problem_response(
        Problem(
            status=HTTPStatus.NOT_FOUND,
            type="UnknownArtifact",
            detail="The task has no artifact of that name.",
            hint=f"There are: {names}." if names else "It has none so far.",
            task_status=task.status,
        )
    )


def _lost_artifact(task: Task) -> Response:
    return problem_response(
        Problem(
            status=HTTPStatus.GONE,
            type="LostArtifact",
            detail="The file of this artifact is gone from the data folder; the task and its summary are kept.",
            hint="Put the file back from a backup, or retry the task to make it again.",
            task_status=task.status,
        )
    )


_NOT_FOR_PROGRAMS: Final = Problem(
    status=HTTPStatus.FORBIDDEN,
    type="NotForPrograms",
    detail="Only a window of the person at this machine takes the data folder over; nothing was done.",
    hint="Open Legwork on this machine.",
)
_STAYS: Final = Problem(
    status=HTTPStatus.CONFLICT,
    type="EngineStays",
    detail="This Legwork keeps its data folder: it has a window, or serves other machines. Nothing was done.",
    hint="End it first.",
)
_NO_WINDOW: Final = Problem(
    status=HTTPStatus.CONFLICT,
    type="NoWindow",
    detail="This Legwork runs without a window.",
    hint="End it and start Legwork again, where there is a display.",
)
