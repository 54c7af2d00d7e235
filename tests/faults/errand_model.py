"""A model that runs one errand: it tries to write a file, then ends. For tests of an assistant's way."""

import asyncio
from typing import Any, Final

from desktop.engine import Prompt
from tests.fakes.scripted_model import ScriptedModel, ScriptedModels
from tests.faults.launch import Launch

WRITE: Final = {"path": "result.txt", "content": "Three ships have left.\n"}
ANSWER: Final = "It is written down."


def models(launch: Launch) -> ScriptedModels:
    """One model; every piece of text takes as long as the launch says."""

    async def pace() -> None:
        await asyncio.sleep(launch.pace)

    return ScriptedModels(ScriptedModel(answer, pace=pace))


def answer(prompt: Prompt) -> Any:
    """What is to be said next, by the prompt alone: another process goes on where the last one ended."""
    if prompt.schema is None:  # a file's text, asked for in a block, or the answer
        return f"```\n{WRITE['content']}```" if prompt.stop else ANSWER
    properties, said = prompt.schema["properties"], "".join(message.content for message in prompt.messages)
    if "steps" in properties:
        return {"steps": ["Write it down"]}
    if "reached" in properties:
        return {"missing": "", "reached": True}
    if "action" in properties:
        has_tried = "write_file gave:" in said or "write_file failed:" in said
        return {"thought": "I go on.", "action": "finish" if has_tried else "write_file"}
    return WRITE
