"""A submission with a key makes one task, however often it is sent."""

from collections.abc import Awaitable, Callable

from desktop.engine.errors import KeyReused
from desktop.engine.identifiers import TaskId
from desktop.engine.ports import Store
from desktop.engine.submission_key import SubmissionKey
from desktop.engine.task import Task


async def once(
    key: SubmissionKey | None,
    store: Store,
    look_up: Callable[[TaskId], Awaitable[Task]],
    submit: Callable[[], Awaitable[Task]],
) -> Task:
    """The task that has this key, or the one that `submit` makes. Raises `KeyReused`, and what the two raise."""
    earlier = await _earlier(key, store)
    if earlier is not None:
        return await look_up(earlier)
    try:
        return await submit()
    except KeyReused:  # by somebody in this very moment
        earlier = await _earlier(key, store)
        if earlier is None:
            raise
        return await look_up(earlier)


async def _earlier(key: SubmissionKey | None, store: Store) -> TaskId | None:
    found = None if key is None else await store.keyed(key.key)
    if found is None:
        return None
    task_id, known = found
    if known != key:
        raise KeyReused(
            f"The key {known.key!a} belongs to task {task_id}, which was asked for with another request; "
            "nothing was started.",
            hint="Take a new key for each new request, and the same one only to send a request again.",
        )
    return task_id
