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
        ("\u5951\u7d04" * 12, True),
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


def test_a_number_that_a_model_put_in_front_of_a_point_is_taken_off() -> None:
    for written in ("[1] Ships register.", "2. Ships register.", "Sentence 3: Ships register.", "- Ships register."):
        assert prompts.sentence_of(written) == "Ships register."
    assert prompts.sentence_of("3 March is the day.") == "3 March is the day."
