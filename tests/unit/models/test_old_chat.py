"""How a conversation is put to models from before chat templates, and where their answers end."""

from hypothesis import given
from hypothesis import strategies as st

from desktop.models.old_chat import MARKERS, STOPS, TURNS, Ending, Said, script

ASKED = (
    Said(role="system", content="Be brief."),
    Said(role="user", content="Hello"),
    Said(role="assistant", content="Hi"),
    Said(role="user", content="Who are you?"),
)


def test_a_model_that_follows_instructions_gets_them_under_headings() -> None:
    found = script("llama", (), ASKED)

    assert found.text == (
        "Be brief.\n\n### Instruction:\nHello\n\n### Response:\nHi\n\n### Instruction:\nWho are you?\n\n### Response:\n"
    )
    assert found.stops == STOPS


def test_a_model_with_tokens_for_turns_gets_turns() -> None:
    found = script("starcoder", {turn.encode() for turn in TURNS}, ASKED[:2])

    assert found.text == "<|system|>\nBe brief.<|end|>\n<|user|>\nHello<|end|>\n<|assistant|>\n"
    assert "<|end|>" in found.stops


def test_a_model_that_goes_on_with_texts_gets_one() -> None:
    found = script("gpt2", (), ASKED[:2])

    assert (found.text, found.stops) == ("Be brief.\n\nHello", ())


def test_all_that_ends_an_answer_is_known_as_steering() -> None:
    assert {*STOPS, *TURNS} <= MARKERS


@given(st.text("abc#"), st.lists(st.text("abc#", min_size=1, max_size=4), max_size=3), st.data())
def test_an_answer_ends_before_what_shall_stop_it_however_it_comes(
    text: str, stops: list[str], data: st.DataObject
) -> None:
    ending, shown, left = Ending(stops), "", text
    while left and not ending.reached:
        count = data.draw(st.integers(1, len(left)))
        shown += ending.passed(left[:count])
        left = left[count:]
    shown += ending.rest()

    seen = text[: len(text) - len(left)]
    places = [seen.find(stop) for stop in stops if stop in seen]
    assert shown == (seen[: min(places)] if places else text)
    assert ending.reached == bool(places)


def test_an_empty_stop_ends_nothing() -> None:
    assert Ending([""]).passed("all") == "all"
