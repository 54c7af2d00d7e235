"""Research with the real engine, index and reader; only the model is written by the test."""

import asyncio
from pathlib import Path

from desktop.engine import Input, TaskRequest, TaskStatus, TaskUpdate
from desktop.headless import Parts, opened_engine
from desktop.paths import Paths
from desktop.settings import Settings
from tests.fakes.scripted_model import ScriptedModel, ScriptedModels
from tests.unit.agents.research.scene import HARBOUR, LETTER, diligent

QUIET = Settings(notifications=False, max_running=1)


async def test_a_folder_is_indexed_searched_and_quoted(tmp_path: Path) -> None:
    folder = tmp_path / "harbour"
    folder.mkdir()
    for name, text in {"rules.md": HARBOUR, "letter.txt": LETTER}.items():
        (folder / name).write_text(text, encoding="utf-8")
    request = TaskRequest(
        kind="research", goal="How high is the harbour fee for a ship?", inputs=(Input(path=str(folder)),)
    )
    paths, ended = Paths(data=tmp_path / "data"), asyncio.Event()

    def hear(update: TaskUpdate) -> None:
        if update.task.status in (TaskStatus.COMPLETED, TaskStatus.FAILED):
            ended.set()

    async with opened_engine(paths, QUIET, parts=Parts(models=ScriptedModels(ScriptedModel(diligent)))) as engine:
        engine.subscribe(hear)
        task_id = (await engine.submit(request)).task_id
        async with asyncio.timeout(60):
            await ended.wait()
        task = await engine.task(task_id)
    assert task.result is not None, task.failure
    assert all(check.passed == check.total for check in task.result.verification.checks)
    assert "40 euros" in task.result.summary
    assert "55 euros" in task.result.summary
    assert {artifact.name for artifact in task.result.artifacts} == {"report.md", "sources.json"}
    assert paths.passages.exists()
