"""A runtime is gone with its parent, also when the parent is killed in the middle of something."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from desktop.models import shelf
from tests.fakes.tiny_gguf import write_tiny_model

PARENT = """
import asyncio, sys, psutil
from desktop.engine import Message, Prompt, Role
from desktop.models import LocalModels

PROMPT = Prompt(messages=(Message(role=Role.USER, content="Hello"),), max_tokens=100_000)

def say(*words):
    print(*words, flush=True)

async def announce_load():
    while True:
        for child in psutil.Process().children():
            if any("xllamacpp" in mapped.path for mapped in child.memory_maps()):
                return say(child.pid)
        await asyncio.sleep(0.005)

async def main(path, moment):
    model = LocalModels(None).open(path)
    if moment == "loading":
        announcing = asyncio.create_task(announce_load())
        await model.load()
        await announcing
    await model.load()
    pid = model.runtime.running.process.pid
    if moment == "idle":
        say(pid)
        sys.stdin.read()
    while True:
        await model.answer(PROMPT, lambda _: say(pid))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("moment", ["loading", "answering", "idle"])
def test_a_runtime_is_gone_with_a_parent_that_was_killed(tmp_path: Path, moment: str) -> None:
    starter = shelf.starter_model()
    assert starter is not None
    path = starter.path if moment == "loading" else str(write_tiny_model(tmp_path / "tiny.gguf"))
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, path, moment],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    ) as parent:
        assert parent.stdout is not None
        runtime = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        parent.wait()

        gone, left = psutil.wait_procs([runtime], timeout=10)

    assert gone == [runtime]
    assert left == []
