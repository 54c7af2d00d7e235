"""A response as a stream of server-sent events, from wherever a reader left off."""

from collections.abc import AsyncIterator

from desktop.api.event_feed import EventFeed, Reader
from desktop.api.event_stream import HEARTBEAT, EventStream, is_there
from desktop.api.openai.narration import Narration
from desktop.engine import Engine, TaskId


class ResponseStream(EventStream):
    """The events with sequence numbers greater than `after`, each once and in order, until the response has ended."""

    def __init__(self, engine: Engine, feed: EventFeed, task_id: TaskId, after: int = -1) -> None:
        super().__init__(feed, task_id, after)
        self._engine = engine
        self._from = after

    async def _contents(self, reader: Reader) -> AsyncIterator[bytes]:
        narration, seen = Narration(), 0
        while True:
            for recorded in await self._engine.events(self._task_id, seen):
                seen = recorded.number
                for frame in narration.tell(recorded, await self._engine.task(self._task_id), self._from):
                    yield frame
                if narration.ended:
                    return
            async for heartbeat in _silence(reader):
                yield heartbeat


async def _silence(reader: Reader) -> AsyncIterator[bytes]:
    """A sign of life now and then, until an event has happened; progress is nothing that this stream tells of."""
    while True:
        if not await is_there(reader):
            yield HEARTBEAT
        elif reader.take()[0]:
            return
