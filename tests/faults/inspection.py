"""Looks at images of a data folder and at the count of what was executed, and says what does not fit."""

from collections import Counter as Tally
from collections.abc import Iterator, Sequence
from typing import Final

from desktop.engine import (
    Event,
    Interrupted,
    ItemFinished,
    QuestionAnswered,
    QuestionAsked,
    QuestionId,
    RunNumber,
    StepFinished,
    Task,
    TaskCancelled,
    TaskCompleted,
    TaskFailed,
    TaskId,
    TaskPaused,
    TaskResumed,
    TaskRetried,
    TaskStarted,
    TaskStatus,
    TaskSubmitted,
)
from desktop.engine.lifecycle import TERMINAL, may_follow
from tests.faults.executions import Execution, Key
from tests.faults.image import Image

LEADS_TO: Final[dict[type[Event], TaskStatus]] = {
    TaskStarted: TaskStatus.RUNNING,
    Interrupted: TaskStatus.QUEUED,
    QuestionAsked: TaskStatus.WAITING,
    QuestionAnswered: TaskStatus.QUEUED,
    TaskPaused: TaskStatus.PAUSED,
    TaskResumed: TaskStatus.QUEUED,
    TaskCompleted: TaskStatus.COMPLETED,
    TaskFailed: TaskStatus.FAILED,
    TaskCancelled: TaskStatus.CANCELLED,
}


def inspect(image: Image) -> Iterator[str]:
    """What one image shows: a damaged database, torn records, gaps, forbidden ways through the lifecycle."""
    if image.integrity != "ok":
        yield f"integrity_check: {image.integrity}"
    for task_id, task in image.tasks.items():
        numbers = [number for number, _ in image.events[task_id]]
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"{task_id}: events are numbered {numbers}"
        events = [event for _, event in image.events[task_id]]
        yield from _follow(task, events)
        yield from _asked_twice(task_id, events)
    yield from _torn(image)


def compare(before: Image, after: Image) -> Iterator[str]:
    """What was in the first image and is not in the second: nothing that was recorded may go or change."""
    for task_id, events in before.events.items():
        if after.events.get(task_id, [])[: len(events)] != events:
            yield f"{task_id}: recorded events are gone or others"
    kept = {(entry.key, entry.item): entry.result for entry in after.journal}
    for entry in before.journal:
        if kept.get((entry.key, entry.item)) != entry.result:
            yield f"{entry.key}: the journal lost {entry.item or 'its result'}"


def repeated(before: Image, executed: Sequence[Execution], after: Image) -> Iterator[str]:
    """What was executed in the life of one process, between two images, although it was finished.

    In one life everything is executed once; what the journal had at its start, not at all; and what it has in the end
    is what was executed, now or before.
    """
    known = Tally(entry.key for entry in before.journal if entry.is_work)
    done = Tally(execution.key for execution in executed)
    for execution in {execution.key: execution for execution in executed}.values():
        times, most = done[execution.key], execution.copies - known[execution.key]
        if times > most:
            yield f"{execution.key} was executed {times} times, {most} were left to do"
    for key, entries in Tally(entry.key for entry in after.journal if entry.is_work).items():
        if entries > known[key] + done[key]:
            yield f"{key}: the journal has {entries} results, {known[key] + done[key]} were executed"


def _follow(task: Task, events: Sequence[Event]) -> Iterator[str]:
    status, run = None, RunNumber(1)
    for event in events:
        following = _status_after(status, event)
        if following is None:
            yield f"{task.task_id}: {type(event).__name__} came when it was {status}"
            return
        run = RunNumber(run + isinstance(event, TaskRetried))
        if event.run != run:
            yield f"{task.task_id}: {type(event).__name__} says run {event.run} in run {run}"
        status = following
    if (task.status, task.run) != (status, run):
        yield f"{task.task_id} is {task.status} in run {task.run}; its events say {status} in run {run}"


def _status_after(status: TaskStatus | None, event: Event) -> TaskStatus | None:
    """None where the event may not come now."""
    match event:
        case TaskSubmitted():
            return TaskStatus.QUEUED if status is None else None
        case TaskRetried():
            return TaskStatus.QUEUED if status in TERMINAL else None
    if status is None:
        return None
    following = LEADS_TO.get(type(event))
    if following is None:
        return status if status is TaskStatus.RUNNING else None  # plans, steps and items: only while it runs
    return following if may_follow(status, following) else None


def _asked_twice(task_id: TaskId, events: Sequence[Event]) -> Iterator[str]:
    answered: set[QuestionId] = set()
    for event in events:
        if isinstance(event, QuestionAsked) and event.question_id in answered:
            yield f"{task_id}: {event.question.text!r} was asked again after the answer"
        elif isinstance(event, QuestionAnswered):
            answered.add(event.question_id)


Work = tuple[TaskId, int, str]


def _torn(image: Image) -> Iterator[str]:
    """A result comes into the journal together with its event, or neither does."""
    items: Tally[Work] = Tally()
    steps: Tally[Work] = Tally()
    for task_id, events in image.events.items():
        for _, event in events:
            if isinstance(event, ItemFinished):
                items[task_id, event.run, event.step] += 1
            elif isinstance(event, StepFinished):
                steps[task_id, event.run, event.step] += 1
    remembered = Tally(_work(entry.key) for entry in image.journal if entry.item and entry.is_work)
    for work in items.keys() | remembered.keys():
        if items[work] != remembered[work]:
            yield f"{work}: {items[work]} items are said to be finished, the journal has {remembered[work]}"
    for entry in image.journal:
        if not entry.item and entry.is_work and steps[_work(entry.key)] != 1:
            yield f"{entry.key} is in the journal, and finished {steps[_work(entry.key)]} times by its events"


def _work(key: Key) -> Work:
    return TaskId(key.task_id), key.run, key.step
