import pytest

from desktop.agents.research.claims import Claim
from desktop.agents.research.judging import ENOUGH, TOO_LITTLE, coverage, is_answered, is_spoken_of
from desktop.agents.research.searching import Excerpt
from desktop.agents.research.terms import Terms
from desktop.agents.research.writing import Section, Topic
from desktop.engine import Passage, Prompt
from tests.unit.agents.research.scene import HARBOUR, a_request, a_run, carry_out, diligent, properties


def topic(coverage: float, closeness: float) -> Topic:
    return Topic(question="Who pays?", places=(0,), coverage=coverage, closeness=closeness)


@pytest.mark.parametrize(
    ("section", "asked", "answered"),
    [
        (Section(), topic(1.0, 0.0), True),
        (Section(), topic(TOO_LITTLE - 0.01, 0.0), False),
        (Section(answered=False), topic(1.0, ENOUGH - 0.01), False),
        (Section(answered=False), topic(1.0, ENOUGH), True),
        (Section(answered=False, denied=True), topic(1.0, 1.0), False),
        (Section(), Topic(question="Who pays?", places=()), False),
    ],
)
def test_the_evidence_decides_and_the_model_where_it_is_open(section: Section, asked: Topic, answered: bool) -> None:
    assert is_answered(section, asked) is answered


def test_a_part_of_the_question_is_answered_by_a_close_sentence_alone() -> None:
    assert is_spoken_of(topic(TOO_LITTLE, TOO_LITTLE))
    assert not is_spoken_of(topic(TOO_LITTLE, TOO_LITTLE - 0.01))
    assert not is_spoken_of(topic(TOO_LITTLE - 0.01, 1.0))


@pytest.mark.parametrize(
    ("words", "spoken_of"), [("alpha beta", 0.5), ("alpha beta gamma delta epsi zeta eta theta iota", 6 / 9)]
)
def test_of_a_long_question_passages_speak_together(words: str, spoken_of: float) -> None:
    terms = Terms(weights=dict.fromkeys(words.split(), 1.0))
    halves = ("alpha gamma zeta", "beta delta epsi") if len(terms.weights) > 2 else ("alpha", "beta")
    passages = [Passage(document="a", number=number, text=text) for number, text in enumerate(halves)]
    excerpts = [Excerpt(passage=passage, questions=(0,)) for passage in passages]
    claims = [
        Claim(text=each.text, quote=each.text, document="a", passage=each.number, questions=(0,), chosen=True)
        for each in passages
    ]
    assert coverage(claims, (0, 1), excerpts, terms) == pytest.approx(spoken_of)


@pytest.mark.parametrize(
    ("said", "denies"),
    [
        ("The fee of the harbour for a ship is not mentioned in the given text.", True),
        ("There is no information about the harbour fee for a ship.", True),
        ("The sentences do not specify the fee.", True),
        ("Die Gebühr wird in den Texten nicht genannt.", True),
        ("The harbour fee for a ship is 40 euros a day.", False),
        ("The harbour fee for a ship must not contain or include more than 40 euros.", False),
        ("Ships longer than 80 metres must not enter the harbour without a pilot.", False),
    ],
)
async def test_a_model_that_denies_in_words_is_believed_whatever_it_marks(said: str, denies: bool) -> None:
    def script(prompt: Prompt) -> object:
        return (
            {"answer": said, "sentences": [1], "answered": True} if "answer" in properties(prompt) else diligent(prompt)
        )

    result = await carry_out(a_run(a_request("What is the harbour fee for a ship?", {"rules.md": HARBOUR}), script))
    assert result.summary.startswith("**This is not in the sources.**") is denies
