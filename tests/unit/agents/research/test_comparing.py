import pytest

from desktop.agents.research.claims import Claim, different
from desktop.agents.research.comparing import MOST_PAIRS, suspects


def claim(text: str, passage: int = 0, *questions: int) -> Claim:
    return Claim(text=text, quote=text, document="a", passage=passage, questions=(0, *questions), chosen=True)


@pytest.mark.parametrize(
    ("one", "other", "suspect"),
    [
        ("The harbour fee for ships is 40 euros.", "The harbour fee for ships is 55 euros.", True),
        ("Dogs must be kept on a lead here.", "Dogs must not be kept on a lead here.", True),
        ("Hunde müssen hier an der Leine laufen.", "Hunde müssen hier nicht an der Leine laufen.", True),
        ("The harbour fee for ships is 40 euros.", "The harbour fee for ships is 40 euros, as ever.", False),
        ("The harbour fee for ships is 40 euros.", "Twelve seagulls were counted on 55 roofs.", False),
        ("", "", False),
    ],
)
def test_sentences_that_speak_of_the_same_and_differ_are_suspects(one: str, other: str, suspect: bool) -> None:
    assert bool(suspects([claim(one), claim(other)])) is suspect


def test_no_more_pairs_are_asked_about_than_is_worth_it() -> None:
    claims = [claim(f"The harbour fee for ships is {n} euros.", n) for n in range(30)]
    assert len(suspects(claims)) == MOST_PAIRS


def test_what_is_said_twice_is_said_once_and_answers_both_questions() -> None:
    same = [claim("The harbour fee is 40 euros a day.", 0, 1), claim("The harbour fee is 40 euros a day!", 1, 2)]
    [kept] = different([*same])
    assert (kept.passage, kept.questions) == (0, (0, 1, 2))
    assert len(different([*same, claim("The harbour fee is 55 euros a day.")])) == 2
