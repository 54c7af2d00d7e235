"""Reads what is kept in the data folder, also while another process runs the engine there. Never writes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from desktop.api.representation import PublicTask, public_task
from desktop.engine import DeliveryPage, DeliveryQuery, Store, Task, TaskId, TaskPage, TaskQuery, UnknownTask
from desktop.paths import Paths
from desktop.store import RunFiles, open_store

_IDENTIFIER_LENGTH: Final = 26
_BEHIND_ALL: Final = "~"
"""A mark that comes after all of an identifier's, so that none is as great as what it fills up."""


class Archive:
    """The tasks of a data folder and their files."""

    def __init__(self, store: Store, paths: Paths) -> None:
        self._store = store
        self._files = RunFiles(paths.runs)

    async def find(self, query: TaskQuery) -> TaskPage:
        """A page of tasks, newest first."""
        return await self._store.find(query)

    async def task(self, beginning: str) -> Task:
        """The task whose identifier begins so, in Trash or not. Raises `UnknownTask` for none, or more than one."""
        wanted = beginning.strip().upper()
        if len(wanted) == _IDENTIFIER_LENGTH:
            return await self._store.task(TaskId(wanted))
        after = TaskId(wanted.ljust(_IDENTIFIER_LENGTH, _BEHIND_ALL))
        queries = (TaskQuery(limit=2, cursor=after, trashed=trashed) for trashed in (False, True))
        found = [task for query in queries for task in (await self._store.find(query)).tasks]
        fitting = [task for task in found if task.task_id.startswith(wanted)]
        if not wanted or not fitting:
            raise UnknownTask(f"No task's identifier begins with '{beginning}'.", hint="See 'legwork list'.")
        if len(fitting) > 1:
            raise UnknownTask(
                f"More than one task's identifier begins with '{beginning}'.", hint="Give more of its characters."
            )
        return fitting[0]

    async def deliveries(self, query: DeliveryQuery) -> DeliveryPage:
        """A page of deliveries, newest first."""
        return await self._store.deliveries(query)

    async def read_artifact(self, task: Task, name: str) -> bytes:
        """The content of one of the task's artifacts."""
        return await self._files.read(task.task_id, task.run, f"artifacts/{name}")

    def artifact_path(self, task: Task, name: str) -> Path:
        """Where one of the task's artifacts is. Raises `StorageFailed` for a name that would lead elsewhere."""
        return self._files.path(task.task_id, task.run, f"artifacts/{name}")

    def public(self, task: Task) -> PublicTask:
        """The task as programs see it, its artifacts as `file:` addresses."""
        return with_file_addresses(public_by_name(task), self._files)


def public_by_name(task: Task) -> PublicTask:
    """The task as programs see it, its artifacts by their names: `with_file_addresses` says where they are."""
    return public_task(task, lambda _task, artifact: artifact.name)


def with_file_addresses(task: PublicTask, files: RunFiles) -> PublicTask:
    """The task with its artifacts where they are on this machine, whoever told of it."""
    if task.result is None:
        return task
    artifacts = tuple(
        replace(artifact, url=files.path(task.task_id, task.run, f"artifacts/{artifact.name}").absolute().as_uri())
        for artifact in task.result.artifacts
    )
    return replace(task, result=replace(task.result, artifacts=artifacts))


@asynccontextmanager
async def opened_archive(paths: Paths) -> AsyncIterator[Archive]:
    """The archive of that folder. Raises `StorageFailed` where it can't be read, `UnknownTask` where it is empty."""
    if not paths.has_history:
        raise UnknownTask(f"There are no tasks in the data folder {paths.data} yet.", hint="'legwork run' makes one.")
    store = open_store(paths.data, readonly=True)
    try:
        yield Archive(store, paths)
    finally:
        await store.close()


async def find_task_id(paths: Paths, beginning: str) -> TaskId:
    """The identifier that begins so. Raises like `opened_archive` and `Archive.task`."""
    async with opened_archive(paths) as archive:
        return (await archive.task(beginning)).task_id
