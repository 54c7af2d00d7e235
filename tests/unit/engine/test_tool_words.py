"""What a person sees of a tool before a model reads of it."""

from typing import Any

from desktop.engine import Acquaintance, Effect, Tool, arguments_of, told_of, words_of

PATH: dict[str, Any] = {"type": "object", "properties": {"path": {"type": "string"}}}


def tool(description: str, parameters: dict[str, Any], acquaintance: Acquaintance, accepted: str = "") -> Tool:
    return Tool(
        name="mail.send",
        description=description,
        parameters=parameters,
        effect=Effect.UNKNOWN,
        server="mail",
        acquaintance=acquaintance,
        accepted=accepted,
    )


def test_all_that_a_model_would_read_is_told() -> None:
    told = told_of(tool("Sends it.", PATH, Acquaintance.NEW))
    assert told == words_of("Sends it.", arguments_of(PATH))
    assert '"path"' in told


def test_what_has_changed_stands_between_all_that_has_not() -> None:
    before = words_of("Sends it.\nTo one person.", arguments_of(PATH))
    more = {**PATH, "required": ["path"]}
    lines = told_of(tool("Sends it.\nTo everybody.", more, Acquaintance.CHANGED, before)).splitlines()
    assert lines[0] == "--- as you accepted it"
    assert lines[1] == "+++ as it is now"
    assert " Sends it." in lines
    assert [line for line in lines[3:] if line[0] == "-"] == ["-To one person."]
    assert next(line for line in lines[3:] if line[0] == "+") == "+To everybody."
    assert any(line.startswith("+") and "required" in line for line in lines)
    assert any(line.startswith(" ") and '"path"' in line for line in lines)


def test_words_that_look_like_a_change_are_told_apart_from_one() -> None:
    told = told_of(tool("Sends it.\n+++ as it is now\n+All is well.", PATH, Acquaintance.CHANGED, "Sends it."))
    assert "\n++++ as it is now\n++All is well." in told


def test_the_order_of_names_makes_no_difference() -> None:
    assert arguments_of({"a": 1, "b": {"c": 2, "d": 3}}) == arguments_of({"b": {"d": 3, "c": 2}, "a": 1})
