from typing import Any

import pytest

from desktop.agents.research.assignment import Depth, understand
from desktop.engine import InvalidRequest
from tests.unit.agents.research.scene import a_request

TEXTS = {"a.txt": "A text."}


@pytest.mark.parametrize(
    ("goal", "texts", "options", "problem"),
    [
        (" ", TEXTS, {}, "no question"),
        ("x" * 30_000, TEXTS, {}, "30,000 characters"),
        ("Who?", {}, {}, "nothing to look into"),
        ("Who?", {}, {"web": "off"}, "nothing to look into"),
        ("Who?", TEXTS, {"web": "perhaps"}, "web is"),
        ("Who?", TEXTS, {"deep": "very"}, "no option"),
        ("Who?", TEXTS, {"depth": "bottomless"}, "no depth"),
        ("Who?", TEXTS, {"language": "!!"}, "no language"),
        ("Who?", TEXTS, {"sources": "/etc/passwd"}, "no address"),
        ("Who?", TEXTS, {"sources": "file:///etc/passwd"}, "no address"),
        ("Who?", TEXTS, {"sources": {"a": 1}}, "no list of addresses"),
        ("Who?", TEXTS, {"sources": [1]}, "no list of addresses"),
        ("Who?", TEXTS, {"sources": [f"https://{n}.example" for n in range(101)]}, "101 addresses"),
    ],
)
def test_what_makes_no_task_is_refused_with_a_way_out(
    goal: str, texts: dict[str, str], options: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InvalidRequest, match=problem) as refused:
        understand(a_request(goal, texts, **options))
    assert "nothing was started" in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(
    "option",
    [
        "https://a.example/x https://b.example/?q=1,2",
        "https://a.example/x,https://b.example/?q=1,2",
        "https://a.example/x;\nhttps://b.example/?q=1,2 https://a.example/x",
        ["https://a.example/x", "https://b.example/?q=1,2"],
    ],
)
def test_addresses_come_as_a_list_or_in_a_text(option: object) -> None:
    addresses = understand(a_request("Who?", sources=option)).addresses
    assert addresses == ("https://a.example/x", "https://b.example/?q=1,2")


@pytest.mark.parametrize(
    ("given", "searches"), [("on", True), (True, True), ("off", False), (False, False), ("", False)]
)
def test_the_web_is_searched_only_where_it_is_switched_on(given: object, searches: bool) -> None:
    assert understand(a_request("Who?", TEXTS, web=given)).searches_web is searches


def test_the_rest_has_its_defaults() -> None:
    assignment = understand(a_request("Welche Rechte hat der Mieter und wer hilft ihm?", TEXTS))
    assert (assignment.depth, assignment.language) == (Depth.NORMAL, "German")
    assert understand(a_request("Who?", TEXTS, language="de", depth="Thorough")).depth is Depth.THOROUGH
