"""How many errands the assistant brings to an end that is right, with the whole engine and real tools."""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from desktop.engine import TERMINAL, Engine, Input, Task, TaskRequest, TaskStatus, Verdict
from desktop.headless import opened_engine
from desktop.paths import Paths
from desktop.settings import Settings
from desktop.tools.servers import ServerChoice
from tests.bench.errands.development import DEVELOPMENT
from tests.bench.errands.errand import End, Errand
from tests.bench.errands.frozen import FROZEN

BUDGET: Final = "16 turns, 20 minutes, 120000 tokens"
POLICY: Final = {"write_file": "allow", "time.*": "allow", "fetch_page": "deny"}
TIME_SERVER: Final = ServerChoice(
    name="time", command=sys.executable, args=("-m", "mcp_server_time", "--local-timezone", "UTC")
)

Row = dict[str, Any]


async def errands(model_path: str, only: str = "", dev: bool = False) -> AsyncIterator[Row]:
    """A row an errand, then a summary. `only`: names of errands, by commas; `dev`: those to develop on."""
    with tempfile.TemporaryDirectory(prefix="errands-") as folder:
        settings = replace(
            Settings(), notifications=False, max_running=1, keep_awake=False, tool_servers=(TIME_SERVER,)
        )
        rows = []
        async with opened_engine(Paths(data=Path(folder) / "data"), settings) as engine:
            for errand in DEVELOPMENT if dev else FROZEN:
                if not only or errand.name in only.split(","):
                    rows.append(await _carried_out(engine, errand, Path(folder) / errand.name / "desk", model_path))
                    yield rows[-1]
        yield _summary(rows)


async def _carried_out(engine: Engine, errand: Errand, desk: Path, model_path: str) -> Row:
    _lay_out(errand, desk)
    request = TaskRequest(
        kind="assistant",
        goal=errand.goal,
        inputs=(Input(path=str(desk)),),
        options={"budget": BUDGET, "policy": POLICY},
        model=model_path,
    )
    began = time.monotonic()
    task = await _ended(engine, request)
    seconds = time.monotonic() - began
    answer = task.result.summary if task.result else ""
    usage = task.usage
    return {
        "errand": errand.name,
        "kind": errand.kind,
        "reached": task.result is not None and errand.reached(End(answer=answer, files=_found(desk))),
        "verdict": str(task.result.verification.verdict) if task.result else str(task.status),
        "note": task.result.verification.note if task.result else task.failure.message if task.failure else "",
        "calls": await _calls(engine, task),
        "answer": answer,
        "seconds": round(seconds, 1),
        "read_tokens": usage.prompt_tokens - usage.cached_tokens,
        "cached_tokens": usage.cached_tokens,
        "written_tokens": usage.output_tokens,
    }


def _lay_out(errand: Errand, desk: Path) -> None:
    desk.mkdir(parents=True)
    for name, text in errand.files.items():
        (desk / name).write_text(text, "utf-8")


def _found(desk: Path) -> dict[str, str]:
    return {
        str(path.relative_to(desk)): path.read_text("utf-8", "replace") for path in desk.rglob("*") if path.is_file()
    }


async def _ended(engine: Engine, request: TaskRequest) -> Task:
    """The task at its end; what it asks is allowed, as a person would who wants to see it done."""
    changes: asyncio.Queue[Task] = asyncio.Queue()
    stop = engine.subscribe(lambda update: changes.put_nowait(update.task) if update.event is not None else None)
    try:
        submitted = await engine.submit(request)
        while (task := await changes.get()).task_id != submitted.task_id or task.status not in TERMINAL:
            if task.status is TaskStatus.WAITING and task.question is not None:
                choices = task.question.choices
                await engine.answer(
                    task.task_id, next(each for each in choices if each.startswith(("Accept", "Do it")))
                )
        return task
    finally:
        stop()


async def _calls(engine: Engine, task: Task) -> list[str]:
    """The tools in the order in which they were used; a failed one in brackets."""
    if task.result is None:
        return []
    told = json.loads(await engine.read_artifact(task.task_id, "transcript.json"))
    names = [(turn["call"]["tool"], turn["failed"]) for turn in told["turns"] if turn["by"] == "model"]
    return [f"[{name}]" if failed else name for name, failed in names]


def _summary(rows: Sequence[Row]) -> Row:
    count = max(len(rows), 1)
    verified = [row for row in rows if row["verdict"] == Verdict.VERIFIED]
    return {
        "errands": len(rows),
        "reached": sum(row["reached"] for row in rows),
        "share": round(sum(row["reached"] for row in rows) / count, 3),
        "verified": len(verified),
        "wrongly_verified": sum(not row["reached"] for row in verified),
        "turns": round(sum(len(row["calls"]) for row in rows) / count, 1),
        "seconds": round(sum(row["seconds"] for row in rows) / count, 1),
        "written_tokens": round(sum(row["written_tokens"] for row in rows) / count),
        "read_tokens": round(sum(row["read_tokens"] for row in rows) / count),
    }
