"""Tasks and changes that the tests of the store write."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from desktop.engine import (
    Change,
    Input,
    ItemFinished,
    JournalEntry,
    Measurement,
    Result,
    RunNumber,
    Task,
    TaskId,
    TaskRequest,
    TaskStatus,
    TaskSubmitted,
    Verdict,
    Verification,
)

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)


def task_id(number: int) -> TaskId:
    return TaskId(f"01J{number:023d}")


def task(
    number: int = 1, *, goal: str = "Compare the tenders", kind: str = "documents", inline: str = "text", **fields: Any
) -> Task:
    request = TaskRequest(kind=kind, goal=goal, inputs=(Input(name="note", text=inline),), options={"mode": "answer"})
    made = Task(
        task_id=task_id(number),
        title=f"Task {number}",
        request=request,
        status=TaskStatus.QUEUED,
        created_at=NOW,
        expires_at=NOW + timedelta(days=30),
    )
    return replace(made, **fields)


def of_run(one: Task) -> dict[str, Any]:
    """What every event says."""
    return {"task_id": one.task_id, "at": NOW, "run": one.run}


def submitted(one: Task) -> Change:
    return Change(task=one, events=(TaskSubmitted(**of_run(one)),))


def item_finished(one: Task, done: int) -> ItemFinished:
    return ItemFinished(**of_run(one), step="read", done=done, total=100)


def entry(one: Task, item: str, result: bytes = b"[1]", run: int = 1) -> JournalEntry:
    return JournalEntry(
        task_id=one.task_id,
        run=RunNumber(run),
        step="read",
        item=item,
        inputs_hash="ab",
        result=result,
        seconds=0.25,
    )


def measurement(seconds: float, *, kind: str = "documents", model: str = "small") -> Measurement:
    return Measurement(
        kind=kind,
        model=model,
        planned_seconds=2.0,
        seconds=seconds,
    )


def completed(one: Task, summary: str) -> Task:
    verification = Verification(verdict=Verdict.VERIFIED)
    return replace(one, status=TaskStatus.COMPLETED, result=Result(summary=summary, verification=verification))
