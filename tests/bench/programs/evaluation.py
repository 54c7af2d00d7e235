"""How many problems the agent solves, and how many a single answer of the same model, judged by hidden tests."""

import os
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from desktop.agents import CodeAgent
from desktop.agents.code.assignment import Language
from desktop.agents.code.program import program_of
from desktop.agents.code.project import SOLUTION, Project
from desktop.agents.code.prompts import PROGRAM_TOKENS
from desktop.engine import (
    CannotComplete,
    Execution,
    LanguageModel,
    Message,
    Program,
    Prompt,
    Role,
    Sandbox,
    SandboxLimits,
    TaskRequest,
    Verdict,
)
from desktop.models import LocalModels
from desktop.sandbox.tried_sandbox import TriedSandbox
from tests.bench.programs.problems import FOLDER, Problem
from tests.bench.programs.problems import problems as problems_in
from tests.fakes.memory_reader import MemoryReader
from tests.fakes.memory_run import MemoryRun

HIDDEN_SECONDS = 20.0
Row = dict[str, Any]


async def programs(model_path: str, only: str = "", problems: str = str(FOLDER)) -> AsyncIterator[Row]:
    """A row a problem, with both ways on the same weights, then a summary.

    `only`: names of problems, by commas. `problems`: the folder with their files; others than those here are for trying
    changes on.
    """
    models = LocalModels()
    with tempfile.TemporaryDirectory() as cache:
        sandbox = TriedSandbox(Path(cache))
        try:
            model = models.open(model_path)
            await model.load()
            rows = []
            for problem in problems_in(Path(problems)):
                if not only or problem.name in only.split(","):
                    rows.append(await _both(model, sandbox, problem))
                    yield rows[-1]
            yield _summary(rows)
        finally:
            await models.close()
            await sandbox.close()


async def _both(model: LanguageModel, sandbox: Sandbox, problem: Problem) -> Row:
    single, single_seconds = await _timed(_single(model, sandbox, problem))
    agent, agent_seconds = await _timed(_by_agent(model, sandbox, problem))
    return {
        "problem": problem.name,
        "single": single["solved"],
        "single_seconds": single_seconds,
        **agent,
        "agent_seconds": agent_seconds,
        "load": round(os.getloadavg()[0], 1),
    }


async def _timed(work: Any) -> tuple[Row, float]:
    began = time.monotonic()
    return await work, round(time.monotonic() - began, 1)


async def _single(model: LanguageModel, sandbox: Sandbox, problem: Problem) -> Row:
    """One answer to the problem as it stands, as one asks any model."""
    ask = f"{problem.text.strip()}\n\nWrite it in Python, in one block of code."
    prompt = Prompt(messages=(Message(role=Role.USER, content=ask),), max_tokens=PROGRAM_TOKENS)
    answer = await model.answer(prompt)
    files = program_of(answer.text, Language.PYTHON, Project()).files
    return {"solved": await _passes(sandbox, files.get(f"{SOLUTION}.py", ""), problem)}


async def _by_agent(model: LanguageModel, sandbox: Sandbox, problem: Problem) -> Row:
    request = TaskRequest(kind=CodeAgent.kind, goal=problem.text.strip())
    run = MemoryRun(request, model, MemoryReader(), sandbox=sandbox)
    try:
        result = await CodeAgent().carry_out(run)
    except CannotComplete as error:
        return {"agent": False, "verdict": "", "note": str(error)}
    written = run.artifacts.get(f"{SOLUTION}.py", b"").decode("utf-8", "replace")
    return {
        "agent": await _passes(sandbox, written, problem),
        "verdict": str(result.verification.verdict),
        "note": result.verification.note,
        "answers": len(run.answers),
        "tokens": sum(answer.output_tokens for answer in run.answers),
    }


async def _passes(sandbox: Sandbox, text: str, problem: Problem) -> bool:
    execution = Execution(
        program=Program.PYTHON,
        arguments=("judge.py",),
        files={"judge.py": f"{text}\n\n{problem.hidden}\nprint('all hold')\n".encode("utf-8", "replace")},
        limits=SandboxLimits(wall_seconds=HIDDEN_SECONDS, cpu_seconds=HIDDEN_SECONDS),
    )
    outcome = await sandbox.run(execution)
    return outcome.succeeded and outcome.stdout.rstrip().endswith(b"all hold")


def _summary(rows: Sequence[Row]) -> Row:
    single, agent = sum(row["single"] for row in rows), sum(row["agent"] for row in rows)
    verified = [row for row in rows if row["verdict"] == Verdict.VERIFIED]
    return {
        "problems": len(rows),
        "single": single,
        "agent": agent,
        "ratio": round(agent / single, 3) if single else None,
        "verified": len(verified),
        "wrongly_verified": sum(not row["agent"] for row in verified),
        "single_seconds": round(sum(row["single_seconds"] for row in rows) / max(len(rows), 1), 1),
        "agent_seconds": round(sum(row["agent_seconds"] for row in rows) / max(len(rows), 1), 1),
    }
