"""How long tasks are kept: pinned, until their date, or in Trash for a week more."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from desktop.engine.errors import ForbiddenTransition, StorageFailed, UnknownTask
from desktop.engine.events import TaskPinned, TaskRestored, TaskTrashed, TaskUnpinned
from desktop.engine.identifiers import TaskId
from desktop.engine.lifecycle import TERMINAL
from desktop.engine.live_task import LiveTask
from desktop.engine.passages import PassageStore
from desktop.engine.ports import Clock, Files, Store
from desktop.engine.seen_time import SeenTime
from desktop.engine.task import Task, TaskQuery, kept_until
from desktop.engine.trashed import TrashCause, Trashed
from desktop.engine.updates import TaskUpdate

logger = logging.getLogger(__name__)

TRASH_TIME: Final = timedelta(days=7)
"""How much seen time a task spends in Trash before it is gone."""

GRACE: Final = timedelta(days=7)
"""How long a task is kept at least after it was restored or unpinned."""

SWEEP_SECONDS: Final = 3600.0
"""How often it is looked for what has expired."""


class Retention:
    """Pins tasks, takes them to Trash and out of it, and removes for good what has been there long enough.

    A task in Trash has ended and is not pinned. `settled` gives a task of which the store knows all; nothing is awaited
    between that and the change of it, so that no run of it can begin in between.
    """

    def __init__(
        self,
        store: Store,
        files: Files,
        passages: PassageStore,
        clock: Clock,
        settled: Callable[[TaskId], Awaitable[LiveTask]],
        publish: Callable[[TaskUpdate], None],
    ) -> None:
        self._store = store
        self._files = files
        self._passages = passages
        self._clock = clock
        self._settled = settled
        self._publish = publish
        self._lock = asyncio.Lock()
        self._seen: SeenTime | None = None
        self._looked = 0.0  # by the monotonic clock

    async def pin(self, task_id: TaskId) -> Task:
        """Keep a task until it is unpinned. Raises `UnknownTask`, and `ForbiddenTransition` for one in Trash."""
        async with self._lock:
            live = await self._settled(task_id)
            check_not_in_trash(live.task)
            if not live.task.pinned:
                await live.change(live.event(TaskPinned), pinned=True)
            return live.task

    async def unpin(self, task_id: TaskId) -> Task:
        """Let a task go at its date again, a week from now at the earliest."""
        async with self._lock:
            live = await self._settled(task_id)
            if live.task.pinned:
                await live.change(live.event(TaskUnpinned), pinned=False, expires_at=self._a_week_more(live.task))
            return live.task

    async def delete(self, task_id: TaskId) -> Task:
        """Take a task to Trash. Raises `ForbiddenTransition` for one that has not ended or is pinned."""
        async with self._lock:
            seen = await self._look()
            live = await self._settled(task_id)
            if live.task.trashed is None:
                _check_may_go(live.task)
                await self._take_away(live, TrashCause.PERSON, seen)
            return live.task

    async def restore(self, task_id: TaskId) -> Task:
        """Take a task out of Trash, to be kept for a week at least."""
        async with self._lock:
            live = await self._settled(task_id)
            if live.task.trashed is not None:
                await self._bring_back(live)
            return live.task

    async def purge(self, task_id: TaskId) -> None:
        """Remove a task in Trash for good. Raises `ForbiddenTransition` for one that is not there."""
        async with self._lock:
            task = (await self._settled(task_id)).task
            if task.trashed is None:
                raise ForbiddenTransition(
                    "The task is not in Trash; it was left as it is.", hint="Move it to Trash first."
                )
            await self._remove(task)

    async def empty_trash(self) -> int:
        """Remove everything in Trash for good; how many tasks that were."""
        count = 0
        while tasks := (await self._store.find(TaskQuery(trashed=True))).tasks:
            for task in tasks:
                with suppress(UnknownTask, ForbiddenTransition):  # another hand was faster
                    await self.purge(task.task_id)
                    count += 1
        await self._reclaim()
        return count

    async def trash_count(self) -> int:
        """How many tasks are in Trash."""
        return await self._store.trash_count()

    def time_in_trash(self, task: Task) -> timedelta:
        """How much time a task in Trash still has, as long as the program sees it pass. May be asked on any thread."""
        if task.trashed is None or self._seen is None:
            return TRASH_TIME
        seen = self._seen.seconds + self._clock.monotonic() - self._looked
        return max(TRASH_TIME - timedelta(seconds=seen - task.trashed.seen), timedelta())

    async def watch(self) -> None:
        """Look every hour for what has expired, until cancelled."""
        while True:
            try:
                await self.sweep()
            except StorageFailed as error:
                logger.warning("what has expired could not be cleared up yet: %s", error.message)
            await self._clock.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Take what has expired to Trash, and remove what was there long enough. Raises `StorageFailed`."""
        async with self._lock:
            seen = await self._look()
        for task_id in await self._store.purged():
            await self._remove_files(task_id)
        now, long_ago = self._clock.now(), seen - TRASH_TIME.total_seconds()
        await self._each(lambda: self._store.trashed_early(now), self._put_back)
        await self._each(lambda: self._store.expired(now), self._expire)
        await self._each(lambda: self._store.trashed_before(long_ago), self._finish)
        await self._reclaim()
        await self._passages.sweep()

    async def _each(
        self, find: Callable[[], Awaitable[tuple[TaskId, ...]]], act: Callable[[TaskId], Awaitable[None]]
    ) -> None:
        """Act on all that is found. Tasks that a person changes meanwhile are no longer found."""
        while task_ids := await find():
            for task_id in task_ids:
                async with self._lock:
                    with suppress(UnknownTask):
                        await act(task_id)

    async def _put_back(self, task_id: TaskId) -> None:
        """It went to Trash while the clock was wrong."""
        live = await self._settled(task_id)
        if live.task.trashed is not None:
            await self._bring_back(live)

    async def _expire(self, task_id: TaskId) -> None:
        seen = await self._look()
        live = await self._settled(task_id)
        task = live.task
        if task.status not in TERMINAL or task.pinned or task.trashed is not None:
            return
        until = kept_until(task.request, task.finished_at or task.created_at)
        if until > self._clock.now():  # kept by an earlier version, which counted from the submission
            await live.change(expires_at=until)
        else:
            await self._take_away(live, TrashCause.RETENTION, seen)

    async def _finish(self, task_id: TaskId) -> None:
        task = (await self._settled(task_id)).task
        if task.trashed is not None and not self.time_in_trash(task):
            await self._remove(task)

    async def _take_away(self, live: LiveTask, cause: TrashCause, seen: float) -> None:
        trashed = Trashed(at=self._clock.now(), cause=cause, seen=seen)
        await live.change(live.event(TaskTrashed, cause=cause), trashed=trashed)

    async def _bring_back(self, live: LiveTask) -> None:
        await live.change(live.event(TaskRestored), trashed=None, expires_at=self._a_week_more(live.task))

    def _a_week_more(self, task: Task) -> datetime:
        return max(task.expires_at, self._clock.now() + GRACE)

    async def _remove(self, task: Task) -> None:
        await self._store.purge(task.task_id)
        self._publish(TaskUpdate(task=task, gone=True))
        await self._remove_files(task.task_id)

    async def _remove_files(self, task_id: TaskId) -> None:
        """Remove the files of a task that is gone, and what it gave from the index of passages.

        What can't be removed now is tried again with the next sweep.
        """
        try:
            await self._files.remove(task_id)
            await self._passages.forget(task_id)
            await self._store.forget_purged(task_id)
        except StorageFailed as error:
            logger.warning("the files of task %s could not be removed yet: %s", task_id, error.message)

    async def _reclaim(self) -> None:
        while await self._store.reclaim():
            pass

    async def _look(self) -> float:
        """Count the time that has passed; the seen time in seconds."""
        now, looked = self._clock.now(), self._clock.monotonic()
        if self._seen is None:
            kept = await self._store.seen_time() or SeenTime(seconds=0.0, mark=now)
            fresh = kept.after(0.0, now)
        else:
            fresh = self._seen.after(looked - self._looked, now)
        await self._store.keep_seen_time(fresh)
        self._seen, self._looked = fresh, looked
        return fresh.seconds


def check_not_in_trash(task: Task) -> None:
    """Raise `ForbiddenTransition` for a task in Trash."""
    if task.trashed is not None:
        raise ForbiddenTransition("The task is in Trash; it was left as it is.", hint="Restore it first.")


def _check_may_go(task: Task) -> None:
    if task.status not in TERMINAL:
        raise ForbiddenTransition(
            f"The task is {task.status} and was not deleted.", hint="Cancel it first; what it has done so far is kept."
        )
    if task.pinned:
        raise ForbiddenTransition("The task is pinned and was not deleted.", hint="Unpin it first.")
