"""A task's events as a stream of server-sent events: what was missed first, then each as it happens."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Final

from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from desktop.api.event_feed import EventFeed, Frame, Reader
from desktop.engine import TaskId, UnknownTask

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS: Final = 15.0
HEARTBEAT: Final = b": alive\n\n"
STREAM_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # proxies else hold it back
]


class EventStream(Response):
    """Every event after number `after`, once and in order; a snapshot of the task goes first where that is None.

    Between events come `progress` frames without a number: the task as it is, the latest alone. The stream ends with
    the task. A reader that does not keep up is cut off, and goes on with the number that it saw last.
    """

    def __init__(self, feed: EventFeed, task_id: TaskId, after: int | None) -> None:
        super().__init__()
        self._feed = feed
        self._task_id = task_id
        self._after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the task has ended, the reader has gone, or it is too slow."""
        with self._feed.reader(self._task_id) as reader:
            sending, *_ = ends = [
                asyncio.create_task(self._send(reader, send), name=f"events of {self._task_id}"),
                asyncio.create_task(gone(receive), name=f"reader of {self._task_id}"),
                asyncio.create_task(reader.too_slow.wait(), name=f"pace of a reader of {self._task_id}"),
            ]
            try:
                done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                if sending in done:
                    sending.result()
                if reader.too_slow.is_set():
                    logger.info("a reader of task %s did not keep up and was cut off", self._task_id)
            finally:
                for aio_task in ends:
                    aio_task.cancel()
                await asyncio.gather(*ends, return_exceptions=True)

    async def _send(self, reader: Reader, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": STREAM_HEADERS})
        with contextlib.suppress(UnknownTask):  # it was removed for good meanwhile
            async for content in self._contents(reader):
                await send({"type": "http.response.body", "body": content, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _contents(self, reader: Reader) -> AsyncIterator[bytes]:
        if self._after is None:
            yield await self._feed.snapshot(self._task_id)
        seen, progress = self._after or 0, None
        frames = await self._feed.missed(self._task_id, seen)
        if not frames and await self._feed.has_ended_by(self._task_id, seen):
            return  # nothing has the number that the reader claims to have seen
        while True:
            for frame in await self._without_gap(frames, seen):
                yield frame.content
                seen = frame.number
            if frames and frames[-1].ends:
                return
            if progress is not None:
                yield progress
            while not await is_there(reader):
                yield HEARTBEAT
            frames, progress = reader.take()

    async def _without_gap(self, frames: list[Frame], seen: int) -> list[Frame]:
        """The frames that follow number `seen`; read again where one between is missing."""
        fresh = [frame for frame in frames if frame.number > seen]
        numbers = [frame.number for frame in fresh]
        if numbers == list(range(seen + 1, seen + 1 + len(fresh))):
            return fresh
        return await self._feed.missed(self._task_id, seen)


async def is_there(reader: Reader) -> bool:
    """Whether something waits for the reader within the time of a heartbeat."""
    try:
        await asyncio.wait_for(reader.wait(), HEARTBEAT_SECONDS)
    except TimeoutError:
        return False
    return True


async def gone(receive: Receive) -> None:
    """Return when the reader has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass
