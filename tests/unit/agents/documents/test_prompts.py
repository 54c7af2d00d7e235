import json
import re

import pytest

from desktop.agents.documents import prompts
from desktop.agents.documents.assignment import understand
from tests.unit.agents.documents.scene import a_request, properties

ASSIGNMENT = understand(a_request("Summarise", {"a.txt": "text"}))


@pytest.mark.parametrize(
    ("point", "allowed"),
    [
        ("The harbour office moves to Pier 4.", True),
        ('He called it "a matter of course" there.', True),
        ("\u00c4nderungen bed\u00fcrfen der Schriftform.", True),
        (
            "\u0414\u043e\u0433\u043e\u0432\u043e\u0440 \u0434\u0435\u0439\u0441\u0442\u0432\u0443\u0435\u0442 \u0442\u0440\u0438 \u0433\u043e\u0434\u0430.",
            True,
        ),
        ("123456789012345678901234567890", False),
        ("[1] The harbour office moves.", False),
        ("Too short.", False),
        ("Far too long. " * 30, False),
    ],
)
def test_a_point_can_only_be_a_sentence_that_begins_with_a_word(point: str, allowed: bool) -> None:
    for prompt in (
        prompts.note_prompt(ASSIGNMENT, ["x"], "a.txt", 3),
        prompts.combine_prompt(ASSIGNMENT, ["x"], 3),
        prompts.summary_prompt(ASSIGNMENT, ["x"], 3),
    ):
        pattern = properties(prompt)["points"]["items"]["properties"]["point"]["pattern"]
        written = json.dumps(point, ensure_ascii=False)[1:-1]
        assert (re.search(pattern, written) is not None) is allowed
