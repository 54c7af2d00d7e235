"""Lists and counts as tasks stand, where the store does not know of it yet: what is held, or could not be recorded."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from desktop.engine.identifiers import TaskId
from desktop.engine.live_task import LiveTask
from desktop.engine.task import Task, TaskPage, TaskQuery, TaskStatus


def counts_as_they_stand(recorded: Mapping[TaskStatus, int], unfinished: Iterable[LiveTask]) -> dict[TaskStatus, int]:
    """How many tasks are in each status."""
    counts = Counter(dict(recorded))
    for live in unfinished:
        counts[live.recorded_status] -= 1
        counts[live.shown.status] += 1
    return {status: counts[status] for status in TaskStatus}


def page_as_it_stands(page: TaskPage, query: TaskQuery, unfinished: Mapping[TaskId, LiveTask]) -> TaskPage:
    """The page with the tasks as they are now, and those that belong on it by their status now and by no other."""
    tasks = {task.task_id: _latest(task, unfinished) for task in page.tasks}
    if query.statuses:
        for live in unfinished.values():
            if live.shown.status is not live.recorded_status and _belongs(live.shown, page, query):
                tasks[live.task.task_id] = live.shown
    fitting = [task for task in tasks.values() if not query.statuses or task.status in query.statuses]
    return replace(page, tasks=tuple(sorted(fitting, key=lambda task: task.task_id, reverse=True)))


def _latest(task: Task, unfinished: Mapping[TaskId, LiveTask]) -> Task:
    live = unfinished.get(task.task_id)
    return task if live is None else live.shown


def _belongs(task: Task, page: TaskPage, query: TaskQuery) -> bool:
    """Whether the task stands among those of the page. Words are looked up by the store alone."""
    return (
        not query.text
        and (query.kind is None or task.request.kind == query.kind)
        and (query.cursor is None or task.task_id < query.cursor)
        and (page.cursor is None or task.task_id > page.cursor)
    )
