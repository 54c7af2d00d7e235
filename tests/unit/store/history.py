"""A small data folder's whole past, as the changes that made it: every kind of event, two runs, a result with files."""

from dataclasses import replace
from datetime import timedelta

from desktop.engine import (
    Artifact,
    AttemptFailed,
    Change,
    Check,
    Estimate,
    Failure,
    Interrupted,
    ItemFinished,
    PlanMade,
    PlannedStep,
    Progress,
    Result,
    RunNumber,
    StepFinished,
    StepProgress,
    StepStarted,
    StepStatus,
    Store,
    TaskCancelled,
    TaskCompleted,
    TaskFailed,
    TaskPaused,
    TaskResumed,
    TaskRetried,
    TaskStarted,
    TaskStatus,
    TaskSubmitted,
    Verdict,
    Verification,
    Work,
)
from tests.unit.store.samples import NOW, entry, measurement, of_run, task

LATER = NOW + timedelta(minutes=4)
WORK = Work(prompt_tokens=1200.0, output_tokens=300.5, seconds=2.0)
PLAN = (PlannedStep(name="read", title="Read the files", work=WORK, total=2, unit="pages"),)
DONE = Progress(
    fraction=1.0,
    steps=(
        StepProgress(
            name="read",
            title="Read the files",
            work=WORK,
            total=2,
            unit="pages",
            status=StepStatus.DONE,
            done=2,
            seconds=8.5,
        ),
    ),
    tokens=301,
)
RESULT = Result(
    summary="- Only **Zürich** gives a warranty.\n- It “ends” after 24 months; that's all.",
    verification=Verification(
        verdict=Verdict.PARTLY, checks=(Check(name="quotations", passed=3, total=4),), note="One was not found."
    ),
    artifacts=(
        Artifact(name="report.md", media_type="text/markdown", size=812, sha256="ab" * 32),
        Artifact(name="evidence.json", media_type="application/json", size=2048, sha256="cd" * 32),
    ),
)
FAILURE = Failure(type="CannotComplete", message="The file is encrypted.", hint="Remove the password.")

RETRIED = task(1, goal="Compare the tenders\nand name the cheapest")
FINISHED = replace(
    RETRIED,
    status=TaskStatus.COMPLETED,
    started_at=NOW,
    finished_at=LATER,
    model="small",
    planned_seconds=9.25,
    progress=DONE,
    result=RESULT,
)
FAILED_AGAIN = replace(
    RETRIED, run=RunNumber(2), status=TaskStatus.FAILED, started_at=LATER, finished_at=LATER, failure=FAILURE
)
PAUSED = task(
    2,
    kind="research",
    status=TaskStatus.PAUSED,
    draft="So far: nothing.",
    estimate=Estimate(seconds=60.5, low=30.0, high=90.0),
    pinned=True,
)
CANCELLED = task(3, status=TaskStatus.CANCELLED, finished_at=LATER)
QUEUED = task(4, position=1)
SEARCHED = task(5, goal="Which offer has a warranty?")


HISTORY: tuple[Change, ...] = (
    Change(task=RETRIED, events=(TaskSubmitted(**of_run(RETRIED)),)),
    Change(task=PAUSED, events=(TaskSubmitted(**of_run(PAUSED)), TaskPaused(**of_run(PAUSED)))),
    Change(task=CANCELLED, events=(TaskSubmitted(**of_run(CANCELLED)), TaskCancelled(**of_run(CANCELLED)))),
    Change(task=QUEUED, events=(TaskSubmitted(**of_run(QUEUED)),)),
    Change(task=SEARCHED, events=(TaskSubmitted(**of_run(SEARCHED)),)),
    Change(task=replace(FINISHED, task_id=SEARCHED.task_id, title=SEARCHED.title, request=SEARCHED.request)),
    Change(
        task=replace(RETRIED, status=TaskStatus.RUNNING),
        events=(
            TaskStarted(**of_run(RETRIED)),
            PlanMade(**of_run(RETRIED), steps=PLAN),
            StepStarted(**of_run(RETRIED), step="read"),
            AttemptFailed(**of_run(RETRIED), step="read", attempt=1, reason="It hung.", retry_in=1.0),
        ),
    ),
    Change(
        task=RETRIED,
        events=(ItemFinished(**of_run(RETRIED), step="read", done=1, total=2),),
        entry=entry(RETRIED, "0", b'{"pages":[1,2]}'),
    ),
    Change(task=RETRIED, events=(Interrupted(**of_run(RETRIED), reason="Legwork ended."),), entry=entry(RETRIED, "1")),
    Change(
        task=FINISHED,
        events=(
            StepFinished(**of_run(RETRIED), step="read", seconds=8.5),
            TaskCompleted(**of_run(RETRIED), verdict=Verdict.PARTLY),
        ),
        measurement=measurement(8.5),
    ),
    Change(
        task=FAILED_AGAIN,
        events=(TaskRetried(**of_run(FAILED_AGAIN)), TaskFailed(**of_run(FAILED_AGAIN), failure=FAILURE)),
        entry=entry(RETRIED, "0", b"null", run=2),
    ),
    Change(task=PAUSED, events=(TaskResumed(**of_run(PAUSED)), TaskPaused(**of_run(PAUSED)))),
)


async def relive(store: Store) -> None:
    """Let all of it happen in that store."""
    known = set()
    for change in HISTORY:
        write = store.record if change.task.task_id in known else store.add
        known.add(change.task.task_id)
        await write(change)
