"""Speaks to the engine that owns the data folder, from another process on the same machine."""

import http.client
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from desktop.api.announcement import Announcement
from desktop.api.errors import EngineGone, HandoverFailed, Refused, TakeoverUnsure
from desktop.api.public_delivery import PublicDelivery, delivery_from_json
from desktop.api.representation import (
    AcceptedTask,
    PublicTask,
    accepted_from_json,
    notices_from_json,
    task_from_json,
    to_json,
)
from desktop.api.streamed_event import StreamedEvent, streamed_events
from desktop.engine import DeliveryId, DownloadStatus, Notice, QuestionId, Removal, TaskId, TaskRequest

T = TypeVar("T")

_TIMEOUT_SECONDS: Final = 30.0


class _Downloads(msgspec.Struct):
    downloads: tuple[DownloadStatus, ...]


class RunningEngine:
    """The engine of another process. Every call may raise `EngineGone` or `Refused`."""

    def __init__(self, announcement: Announcement, timeout_seconds: float = _TIMEOUT_SECONDS) -> None:
        self._announcement = announcement
        self._timeout_seconds = timeout_seconds
        self._netloc = urlsplit(announcement.address).netloc

    @property
    def address(self) -> str:
        """Where it answers, such as `http://127.0.0.1:8000`."""
        return self._announcement.address

    @property
    def pid(self) -> int:
        """The process that runs the engine."""
        return self._announcement.pid

    def submit(self, request: TaskRequest, key: str | None = None) -> AcceptedTask:
        """Hand the request over; it is on disk when this returns. The same `key` gives the same task again.

        Of a webhook's secrets only the first goes along.
        Raises `TakeoverUnsure` where no answer came: with a key it may be asked again.
        """
        headers = {} if key is None else {"Idempotency-Key": key}
        content = self._call("POST", "/tasks", to_json(_body(request)), lost=_unsure, headers=headers)
        return _decoded(accepted_from_json, content)

    def task(self, task_id: TaskId) -> PublicTask:
        """The task as it stands."""
        return _decoded(task_from_json, self._call("GET", f"/tasks/{quote(task_id)}"))

    def cancel(self, task_id: TaskId) -> PublicTask:
        """End the task."""
        return self._steer(task_id, "cancel")

    def pause(self, task_id: TaskId) -> PublicTask:
        """Stop working on the task until it is resumed."""
        return self._steer(task_id, "pause")

    def resume(self, task_id: TaskId) -> PublicTask:
        """Let a paused task go on."""
        return self._steer(task_id, "resume")

    def retry(self, task_id: TaskId, from_step: str | None = None) -> PublicTask:
        """Start a new run of an ended task: from the start, or from the step of that name."""
        return self._steer(task_id, "retry", None if from_step is None else to_json({"from_step": from_step}))

    def answer(self, task_id: TaskId, answer: str, question_id: QuestionId | None = None) -> PublicTask:
        """Tell a task that waits what it asks, or that question alone."""
        return self._steer(task_id, "answer", to_json({"answer": answer, "question_id": question_id}))

    def notices(self) -> tuple[Notice, ...]:
        """What a person should know about the whole of it now."""
        return _decoded(notices_from_json, self._call("GET", "/notices"))

    def pin(self, task_id: TaskId) -> PublicTask:
        """Keep the task until it is unpinned."""
        return self._steer(task_id, "pin")

    def unpin(self, task_id: TaskId) -> PublicTask:
        """Let the task go at its date again."""
        return self._steer(task_id, "unpin")

    def restore(self, task_id: TaskId) -> PublicTask:
        """Take the task out of Trash."""
        return self._steer(task_id, "restore")

    def delete(self, task_id: TaskId) -> PublicTask:
        """Take the task to Trash."""
        return _decoded(task_from_json, self._call("DELETE", f"/tasks/{quote(task_id)}"))

    def purge(self, task_id: TaskId) -> None:
        """Remove a task that is in Trash for good."""
        self._call("DELETE", f"/tasks/{quote(task_id)}?for_good=true")

    def send_again(self, delivery_id: DeliveryId) -> PublicDelivery:
        """Try a delivery now."""
        return _decoded(delivery_from_json, self._call("POST", f"/deliveries/{quote(delivery_id)}/send-again"))

    def remove_model(self, name: str) -> Removal:
        """Take a model off the shelf, or give up its download."""
        content = self._call("DELETE", f"/models/{quote(name, safe='')}")
        return _decoded(lambda found: msgspec.json.decode(found, type=Removal), content)

    def downloads(self) -> tuple[DownloadStatus, ...]:
        """Every download that is not completed, and those that were completed since the engine started."""
        content = self._call("GET", "/models/downloads")
        return _decoded(lambda found: msgspec.json.decode(found, type=_Downloads), content).downloads

    def docs(self) -> bytes:
        """The page that describes the HTTP API."""
        return self._call("GET", "/docs")

    def give_way(self) -> None:
        """Have the engine let the data folder go. Raises `Refused` where it keeps it."""
        self._call("POST", "/give-way")

    def raise_window(self) -> None:
        """Bring the window to the front."""
        self._call("POST", "/window")

    def _steer(self, task_id: TaskId, action: str, body: bytes | None = None) -> PublicTask:
        return _decoded(task_from_json, self._call("POST", f"/tasks/{quote(task_id)}/{action}", body))

    def events(self, task_id: TaskId, after: int | None = None) -> Iterator[StreamedEvent]:
        """What happens to the task, from the event after number `after` on, until it has ended.

        Where that is None the state of the task comes first. Raises `EngineGone` where the stream breaks off.
        """
        headers = {"Accept": "text/event-stream"} | ({} if after is None else {"Last-Event-ID": str(after)})
        connection = self._connected()
        try:
            connection.request("GET", f"/tasks/{quote(task_id)}/events", headers=self._signed(headers))
            answer = connection.getresponse()
            if answer.status >= HTTPStatus.BAD_REQUEST:
                raise _refusal(answer.status, answer.read())
            yield from streamed_events(answer)
        except (OSError, http.client.HTTPException) as error:
            raise _gone() from error
        finally:
            connection.close()

    def _call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        lost: Callable[[], HandoverFailed] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """One exchange. What `lost` makes is raised where the request went out and no answer came."""
        connection = self._connected()
        typed = {} if body is None else {"Content-Type": "application/json"}
        try:
            connection.request(method, path, body, self._signed({**typed, **(headers or {})}))
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise (lost or _gone)() from error
        finally:
            connection.close()
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise _refusal(answer.status, content)
        return content

    def _connected(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(self._netloc, timeout=self._timeout_seconds)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise _gone() from error
        return connection

    def _signed(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._announcement.own_token or self._announcement.token}", **headers}


def _body(request: TaskRequest) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.to_builtins(request)
    del content["memo"]  # another interface's
    if request.webhook is not None:
        del content["webhook"]["form"]  # that too
        secret = next(iter(content["webhook"].pop("secrets")), None)
        content["webhook"] |= {"secret": secret}
    return content


def _decoded(decode: Callable[[bytes], T], content: bytes) -> T:
    """What the answer says. Another version of Legwork may say it in another way."""
    try:
        return decode(content)
    except msgspec.DecodeError as error:
        raise HandoverFailed(
            "The running Legwork answered in a way that this one does not understand; it may be another version.",
            hint="End it, and start this version.",
        ) from error


def _unsure() -> TakeoverUnsure:
    return TakeoverUnsure(
        "The running Legwork ended while it took the task over; it may have kept it or not.",
        hint="See 'legwork list'. Where the task is missing, run the command again.",
    )


def _gone() -> EngineGone:
    return EngineGone(
        "The Legwork that was running has ended. The tasks that it had accepted are kept.",
        hint="Start Legwork again; they go on where they were.",
    )


def _refusal(status: int, content: bytes) -> Refused:
    try:
        problem = msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.DecodeError:
        problem = {}
    return Refused(
        str(problem.get("detail") or f"The running Legwork refused the request (HTTP {status})."),
        hint=str(problem.get("hint") or ""),
        status=status,
    )
