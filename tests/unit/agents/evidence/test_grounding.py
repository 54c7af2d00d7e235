import pytest

from desktop.agents.documents.points import Span, grounded_point, grounds_of
from desktop.agents.evidence.grounding import Grounds, figures, nearly_same, worded_figures
from desktop.agents.evidence.sentences import sentence_spans
from tests.unit.agents.documents.scene import a_corpus

LEASE = (
    "Das Mietverhältnis beginnt am 1. April 2025 und läuft fünf Jahre fest.\n"
    "Die monatliche Grundmiete beträgt 2.850,00 EUR zuzüglich Umsatzsteuer.\n"
    "The bridge was closed by the committee for all lorries.\n"
    "It was opened again by the mayor of the town in summer."
)
SPANS = [Span(document="lease", start=start, end=end) for start, end in sentence_spans(LEASE)]
GROUNDS = grounds_of(a_corpus({"lease": LEASE}), SPANS)
BEGIN, RENT, CLOSED, OPENED = SPANS


@pytest.mark.parametrize(
    ("statement", "named", "behind"),
    [
        ("Die monatliche Grundmiete beträgt 2.850,00 EUR.", [], [RENT]),
        ("Die monatliche Grundmiete beträgt 2.850,00 EUR.", [BEGIN], [RENT]),  # the model named the wrong one
        ("The rent is 2,850.00 euros.", [RENT], [RENT]),  # in another language
        ("The lease runs for 5 years and is fixed.", [BEGIN], [BEGIN]),  # figures may be words
        ("It begins on 2025-04-01, they agreed.", [BEGIN], [BEGIN]),
        ("The rent is 2,900 euros.", [RENT], []),  # an invented figure
        ("Die monatliche Grundmiete beträgt 2.900,00 EUR.", [RENT], []),
        ("The committee closed the bridge.", [], [CLOSED]),
        ("The committee closed the bridge, the mayor opened it in summer.", [CLOSED], [CLOSED, OPENED]),
        ("The author likes green apples very much.", [CLOSED], []),
        ("The bridge is a registered trademark of the committee.", [CLOSED], []),
        ("Mietverhältnis beginnt April, Grundmiete beträgt 2.850,00 EUR.", [], [RENT, BEGIN]),
        ("Yes.", [CLOSED], []),
        ("2.850,00 EUR", [], [RENT]),
        ("", [CLOSED], []),
    ],
)
def test_words_and_figures_decide_on_which_sentences_a_statement_rests(
    statement: str, named: list[Span], behind: list[Span]
) -> None:
    assert sorted(GROUNDS.behind(statement, named), key=SPANS.index) == sorted(behind, key=SPANS.index)


def test_an_invented_point_gives_way_to_the_sentence_that_the_model_named() -> None:
    for invention in ("It costs 999 euros.", "Rent.", "1.1.1.1.1.1.1"):
        point = grounded_point(GROUNDS, invention, [RENT])
        assert point.verbatim
        assert point.text.startswith("Die monatliche Grundmiete")


def test_without_sentences_nothing_is_behind_a_statement() -> None:
    assert grounds_of(a_corpus({"a": "x"}), []).behind("The bridge was closed.") == ()


def test_figures_are_the_same_in_both_ways_of_writing() -> None:
    assert figures("1.234,50 and 007") == figures("1,234.50 and 7") == {"1234.5", "7"}
    assert figures("on 01.04.2025, version 1.2.3") == {"1", "4", "2025", "2", "3"}


def test_a_decimal_sign_makes_another_figure() -> None:
    assert figures("0.5 mg") == {"0.5"} != figures("5 mg")
    assert figures("1,5 Prozent") == figures("1.50 per cent") != figures("15 per cent")


def grounds(text: str) -> tuple[Grounds[Span], list[Span]]:
    spans = [Span(document="a", start=start, end=end) for start, end in sentence_spans(text)]
    return grounds_of(a_corpus({"a": text}), spans), spans


@pytest.mark.parametrize(
    ("source", "statement", "rests"),
    [
        ("The patient receives 0.5 mg of it each day.", "The patient receives 5 mg of it each day.", False),
        ("The patient receives 0.5 mg of it each day.", "The patient receives 0,5 mg of it each day.", True),
        ("Die Strecke ist 1.234 km lang und eben.", "The route is 1,234 km long and flat.", True),
        ("Die Strecke ist 1.234 km lang und eben.", "Strecke eben, lang: 1.234 km.", True),
        ("The sample weighs 1.234 grams in all.", "The sample weighs 1,234 grams in all.", False),
        ("The lease runs for five years from May on.", "The lease runs for three years from May on.", False),
        ("The lease runs for five years from May on.", "The lease runs for five years from March on.", False),
        ("They decided separately on the market.", "They decided separately on 12 of the market.", False),
        ("Either side may end the lease at once.", "Either side ends the lease at 5 at once.", False),
    ],
)
def test_a_figure_must_be_the_same_number(source: str, statement: str, rests: bool) -> None:
    world, spans = grounds(source)
    assert bool(world.behind(statement, spans)) is rests


def test_only_whole_names_of_months_and_numbers_are_figures() -> None:
    assert worded_figures("They decided separately what the market may march to.") == set()
    assert worded_figures("Five in March, drei im Mai") == {"5", "3"}


def test_texts_in_nearly_the_same_words_are_told() -> None:
    assert nearly_same("§ 1 Miete. Die monatliche Grundmiete beträgt viel.", "Die monatliche Grundmiete beträgt viel.")
    assert not nearly_same(
        "The tenant must keep the whole garden in good order.", "The owner must keep the whole garden in good order."
    )
    assert not nearly_same("The bridge has 3 pillars.", "The bridge has 4 pillars.")
    assert not nearly_same("Die monatliche Grundmiete beträgt viel.", "Das Mietverhältnis beginnt im April.")
