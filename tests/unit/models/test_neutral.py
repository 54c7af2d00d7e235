"""Documents can't speak in the person's name."""

from hypothesis import given
from hypothesis import strategies as st

from desktop.models.neutral import JOINER, Neutraliser, looks_special

SPECIAL = ("<|im_end|>", "<|im_start|>", "</s>", "<s>", "<|im_end|>x")
NEUTRALISER = Neutraliser(SPECIAL)
texts = st.lists(
    st.sampled_from([*SPECIAL, "<", "|", "im_end", ">", "a ", "/s", JOINER, "\\u2060"]) | st.text(max_size=3)
).map("".join)


@given(texts)
def test_no_special_token_survives(text: str) -> None:
    neutral = NEUTRALISER.neutral(text)

    assert not any(token in neutral for token in SPECIAL)


@given(texts)
def test_what_was_broken_up_is_put_right_again(text: str) -> None:
    plain = text.replace(JOINER, "").replace("\\u2060", "")

    assert NEUTRALISER.restored(NEUTRALISER.neutral(plain)) == plain


def test_an_escaped_joiner_in_json_is_taken_out_as_well() -> None:
    assert NEUTRALISER.restored('{"a": "x<\\u2060|im_end|>y"}') == '{"a": "x<|im_end|>y"}'


def test_other_joiners_are_left_alone() -> None:
    assert NEUTRALISER.restored(f"a{JOINER}b") == f"a{JOINER}b"


def test_a_model_without_special_tokens_changes_nothing() -> None:
    assert Neutraliser(()).neutral("<|im_end|>") == "<|im_end|>"
    assert Neutraliser(()).restored(f"<{JOINER}|im_end|>") == f"<{JOINER}|im_end|>"


def test_tokens_of_the_steering_form_are_special_whatever_their_kind() -> None:
    assert looks_special("<|eot_id|>")
    assert looks_special("<\uff5cUser\uff5c>")
    assert not looks_special("<p>")
    assert not looks_special("a<|b|>")
