"""A long history, made in seconds: tasks as they stand after years of use, the same ones for the same seed.

The store's own code would take half a millisecond a task. Here its schema and its encoders make the same rows, and
SQLite takes them in one transaction; a test sees that both ways write the same.
"""

import asyncio
import hashlib
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec
from ulid import ULID

from desktop.engine import (
    Artifact,
    Change,
    Check,
    Event,
    Failure,
    Input,
    Measurement,
    PlannedStep,
    Progress,
    Result,
    RunNumber,
    StepProgress,
    StepStatus,
    Task,
    TaskCancelled,
    TaskCompleted,
    TaskFailed,
    TaskId,
    TaskPaused,
    TaskQuery,
    TaskRequest,
    TaskStarted,
    TaskStatus,
    TaskSubmitted,
    Verdict,
    Verification,
    Work,
)
from desktop.paths import DATA_VARIABLE, find_paths
from desktop.store import RunFiles, open_store
from desktop.store.migrations import VERSION
from desktop.store.sqlite_store import FILE_NAME
from desktop.store.tables import task_columns

SEED: Final = 2026
WITH_FILES: Final = 20
"""So many of the newest tasks have the files that they name."""

REPORT: Final = "report.md"

_BEGAN: Final = datetime(2020, 1, 1, tzinfo=UTC)
_EXPIRES: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""Far away: nothing that clears old tasks up may take a bench's history from it."""

_RUN: Final = RunNumber(1)
_MODEL: Final = "Qwen3-4B Q4_K_M"
_STATUSES: Final = {
    TaskStatus.COMPLETED: 88.0,
    TaskStatus.FAILED: 6.0,
    TaskStatus.CANCELLED: 5.99,
    TaskStatus.PAUSED: 0.01,  # the only one that has not ended: what is queued would begin to run
}
_KINDS: Final = {"documents": 70, "research": 15, "code": 10, "assistant": 5}
_VERBS: Final = ("Summarise", "Compare", "Check", "Find all deadlines in", "Extract the totals from", "Translate")
_THINGS: Final = ("tenders", "invoices", "minutes", "contracts", "reports", "lab notes", "Verträge", "factures")
_OWNERS: Final = ("Müller & Sons", "the city of Kraków", "Nordwind AG", "ward 4", "Dr. Osei", "R&D", "the board")
_VOCABULARY: Final = (
    "amount budget clause date delay delivery evidence figure finding invoice item lease margin meeting norm offer "
    "penalty price quarter range risk schedule source supplier term total volume year"
)
_WORDS: Final = tuple(_VOCABULARY.split())
_STEPS: Final = (
    PlannedStep(name="read", title="Read passages", work=Work(prompt_tokens=9000, output_tokens=900), total=12),
    PlannedStep(name="write", title="Write the report", work=Work(prompt_tokens=2000, output_tokens=600)),
)
_CHECKS: Final = (Check(name="quotations", passed=11, total=12),)
_FAILURE: Final = Failure(
    type="RuntimeFailed", message="The model's process ended while it answered.", hint="Choose a smaller model."
)


@contextmanager
def history(tasks: int, kept_in: str | None = None, seed: int = SEED) -> Iterator[Path]:
    """A data folder of its own with so many tasks. A folder named in `kept_in` keeps the database for the next time."""
    with tempfile.TemporaryDirectory(prefix="legwork-history-") as name:
        folder = Path(name)
        if kept_in is None:
            write_history(folder, tasks, seed)
        else:
            shutil.copy(_kept(Path(kept_in), tasks, seed), folder / FILE_NAME)
        asyncio.run(_write_files(folder))
        yield folder


def write_history(folder: Path, tasks: int, seed: int = SEED) -> None:
    """Make a database with so many tasks in that folder, which has none yet."""
    asyncio.run(open_store(folder).close())
    database = apsw.Connection(str(folder / FILE_NAME))
    try:
        with database:
            for number, change in enumerate(changes(tasks, seed), start=1):
                _insert(database, number, change)
        database.pragma("wal_checkpoint(truncate)")
    finally:
        database.close()


def changes(tasks: int, seed: int = SEED) -> Iterator[Change]:
    """The tasks as the store is given them, oldest first, each with how it began and ended."""
    chance, at = random.Random(seed), _BEGAN  # noqa: S311 - repeatable, not secret
    for _ in range(tasks):
        at += timedelta(seconds=chance.randint(1, 3600), microseconds=chance.randrange(1_000_000))
        yield _change(chance, at)


def _kept(folder: Path, tasks: int, seed: int) -> Path:
    kept = folder / f"history-{tasks}-seed-{seed}-format-{VERSION}.db"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="making-", dir=folder) as making:
            write_history(Path(making), tasks, seed)
            (Path(making) / FILE_NAME).replace(kept)
    return kept


async def _write_files(folder: Path) -> None:
    """The reports of the newest tasks, which a window may open; all the others have a line in the database alone."""
    store, files = open_store(folder, readonly=True), RunFiles(find_paths({DATA_VARIABLE: str(folder)}).runs)
    page = await store.find(TaskQuery(limit=WITH_FILES))
    await store.close()
    for task in page.tasks:
        if task.result is not None:
            await files.write(task.task_id, task.run, f"artifacts/{REPORT}", _report(task.title, task.result.summary))


def _insert(database: apsw.Connection, number: int, change: Change) -> None:
    task = change.task
    columns = {"number": number, "task_id": task.task_id, "kind": task.request.kind, **task_columns(task)}
    _put(database, "tasks", columns)
    _put(database, "requests", {"task": number, "body": msgspec.json.encode(task.request)})
    summary = task.result.summary if task.result is not None else ""
    words = {"title": task.title, "goal": task.request.goal, "summary": summary}
    _put(database, "task_text", {"rowid": number, **words})
    for place, event in enumerate(change.events, start=1):
        body = msgspec.json.encode(event)
        _put(database, "events", {"task": number, "number": place, "type": type(event).__name__, "body": body})
    if change.measurement is not None:
        kept = change.measurement
        body = msgspec.json.encode(kept)
        _put(database, "measurements", {"kind": kept.kind, "model": kept.model, "body": body})


def _put(database: apsw.Connection, table: str, row: dict[str, Any]) -> None:
    places = ", ".join("?" * len(row))
    database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", tuple(row.values()))  # noqa: S608 - our own names


def _change(chance: random.Random, at: datetime) -> Change:
    status = _draw(chance, _STATUSES)
    seconds = chance.uniform(5, 600)
    ended = at + timedelta(seconds=seconds)
    title = f"{chance.choice(_VERBS)} the {chance.choice(_THINGS)} of {chance.choice(_OWNERS)}"
    kind = _draw(chance, _KINDS)
    task = Task(
        task_id=TaskId(str(ULID.from_int(int(at.timestamp() * 1000) << 80 | chance.getrandbits(80)))),
        title=title,
        request=TaskRequest(
            kind=kind,
            goal=f"{title}: {_prose(chance, 12)}",
            inputs=tuple(
                Input(path=f"/documents/{chance.choice(_WORDS)}-{n}.pdf") for n in range(chance.randint(0, 4))
            ),
            options={"mode": "answer", "language": "en"},
        ),
        status=status,
        created_at=at,
        started_at=at,
        finished_at=None if status is TaskStatus.PAUSED else ended,
        expires_at=_EXPIRES,
        model=_MODEL,
        planned_seconds=seconds * chance.uniform(0.5, 2),
        progress=_progress(status, seconds),
        result=_result(chance, title) if status is TaskStatus.COMPLETED else None,
        failure=_FAILURE if status is TaskStatus.FAILED else None,
    )
    return Change(task=task, events=_events(task, at, ended), measurement=_measurement(task, seconds))


def _draw(chance: random.Random, weights: dict[Any, float] | dict[Any, int]) -> Any:
    return chance.choices(list(weights), list(weights.values()))[0]


def _prose(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(_WORDS, k=words))


def _progress(status: TaskStatus, seconds: float) -> Progress:
    done = status is TaskStatus.COMPLETED
    steps = tuple(
        StepProgress(
            name=step.name,
            title=step.title,
            work=step.work,
            total=step.total,
            unit=step.unit,
            status=StepStatus.DONE if done or step.name == "read" else StepStatus.PENDING,
            done=step.total if done or step.name == "read" else 0,
            seconds=seconds / 2,
        )
        for step in _STEPS
    )
    return Progress(fraction=1.0 if done else 0.7, steps=steps, tokens=1500)


def _result(chance: random.Random, title: str) -> Result:
    summary = "\n".join(f"- {_prose(chance, 10).capitalize()}." for _ in range(5))
    report = _report(title, summary)
    digest = hashlib.sha256(report).hexdigest()
    return Result(
        summary=summary,
        verification=Verification(verdict=chance.choice((Verdict.VERIFIED, Verdict.PARTLY)), checks=_CHECKS),
        artifacts=(Artifact(name=REPORT, media_type="text/markdown", size=len(report), sha256=digest),),
    )


def _report(title: str, summary: str) -> bytes:
    return f"# {title}\n\n{summary}\n".encode()


def _events(task: Task, at: datetime, ended: datetime) -> tuple[Event, ...]:
    who: Any = {"task_id": task.task_id, "run": _RUN}
    return TaskSubmitted(at=at, **who), TaskStarted(at=at, **who), _last_event(task, ended, who)


def _last_event(task: Task, ended: datetime, who: Any) -> Event:
    if task.result is not None:
        return TaskCompleted(at=ended, verdict=task.result.verification.verdict, **who)
    if task.failure is not None:
        return TaskFailed(at=ended, failure=task.failure, **who)
    return (TaskPaused if task.status is TaskStatus.PAUSED else TaskCancelled)(at=ended, **who)


def _measurement(task: Task, seconds: float) -> Measurement | None:
    if task.status is not TaskStatus.COMPLETED:
        return None
    return Measurement(
        kind=task.request.kind,
        model=_MODEL,
        planned_seconds=task.planned_seconds,
        seconds=seconds,
    )
