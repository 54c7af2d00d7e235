"""A model that answers at once, with whatever fits: for tests that care about the work, not about its quality."""

import asyncio
import random
import re
from typing import Any, Final

from desktop.engine import Prompt
from tests.fakes.scripted_model import ScriptedModel, ScriptedModels, sample
from tests.faults.launch import Launch

CONTEXT = 3400  # tokens: no more than every kind of task needs, so that documents make many passages
NAMED: Final = {
    "path": ("log.txt", "notes.txt"),
    "content": tuple(f"Ship {number} has left.\n" for number in range(1000)),
    "goal": ("Which ship left the harbour on day 3?",),
}
"""What an assistant's arguments of these names are chosen from."""

SENTENCE = re.compile(r"^\[?(\d+)\]?[.:)]? (.+)$", re.MULTILINE)


def models(launch: Launch) -> ScriptedModels:
    """One model; every piece of text takes as long as the launch says."""

    async def pace() -> None:
        await asyncio.sleep(launch.pace)

    return ScriptedModels(ScriptedModel(answer, slots=4, context_tokens=CONTEXT, pace=pace))


def answer(prompt: Prompt) -> Any:
    """The same answer to the same prompt, in every process: points that repeat sentences of the prompt."""
    text = prompt.messages[-1].content
    if prompt.schema is None:
        return text
    said = "".join(message.content for message in prompt.messages)
    chance = random.Random(said)  # noqa: S311 - repeatable, not secret
    return _fill(prompt.schema, [found.group(2) for found in SENTENCE.finditer(text)], chance)


def _fill(schema: dict[str, Any], sentences: list[str], chance: random.Random) -> Any:
    if "properties" in schema:
        return {
            name: chance.choice(NAMED[name]) if name in NAMED else _fill(of, sentences, chance)
            for name, of in schema["properties"].items()
        }
    if schema.get("type") == "array":
        least = schema.get("minItems", 0)
        count = chance.randint(least, max(least, min(3, schema.get("maxItems", 3))))
        return [_fill(schema["items"], sentences, chance) for _ in range(count)]
    if schema.get("type") == "string" and sentences and "enum" not in schema:
        return chance.choice(sentences)
    if schema.get("type") == "integer" and "enum" not in schema:
        return chance.randint(schema.get("minimum", 1), schema.get("maximum", 1))
    if "enum" in schema:
        return chance.choice(schema["enum"])
    return sample(schema)
