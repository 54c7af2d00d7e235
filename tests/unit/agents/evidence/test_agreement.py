"""A statement does not rest on sentences that say the opposite of it, or the same of other figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.agents.evidence.clauses import clauses
from desktop.agents.evidence.grounding import Grounds, nearly_same
from desktop.agents.evidence.sentences import sentence_spans

READERS = "Version 3 reads 7 files, version 5 reads 9 files."
FEES = "Anna paid 40 euros for the harbour and Bert paid 55 euros for the harbour."
TWO_SIDES = "Packages must not modify configuration files, and they must install their documentation."


def supported(source: str, statement: str) -> bool:
    texts = dict(enumerate(source[start:end] for start, end in sentence_spans(source)))
    return bool(Grounds(texts).behind(statement, [0]))


@pytest.mark.parametrize(
    ("source", "statement", "is_supported"),
    [
        ("Packages must not modify configuration files.", "Packages must modify configuration files.", False),
        ("Packages must modify configuration files.", "Packages must not modify configuration files.", False),
        ("Packages must not modify configuration files.", "Packages can't modify configuration files.", True),
        ("Pakete dürfen keine Dateien anderer Pakete ändern.", "Pakete dürfen Dateien anderer Pakete ändern.", False),
        ("Pakete dürfen keine Dateien anderer Pakete ändern.", "Dateien anderer Pakete nicht ändern.", True),
        (
            "Packages may never, under any rule, modify configuration files.",
            "Packages modify configuration files.",
            False,
        ),
        ("Packages may never, under any rule, modify configuration files.", "Packages never modify files.", True),
        (TWO_SIDES, "Packages must install their documentation.", True),
        (TWO_SIDES, "Packages must not install their documentation.", False),
        (TWO_SIDES, "Packages must modify configuration files.", False),
        (TWO_SIDES, "Packages must not modify configuration files and must install documentation.", True),
        (
            "Unless nothing else was agreed, the tenant pays the rent monthly.",
            "The tenant pays the rent monthly.",
            True,
        ),
        ("The tenant pays no later than the third of May.", "The tenant pays by the third of May.", True),
        ("It is not only the tenant who pays for repairs.", "The tenant pays for repairs.", True),
        ("Small boats need no pilot. Long ships need a pilot.", "Ships need a pilot.", True),
        ("Long boats need no pilot here. Here long boats need a pilot.", "Long boats need a pilot here.", True),
        ("2.850,00 EUR, nicht mehr", "2.850,00 EUR", True),
    ],
)
def test_a_statement_does_not_rest_on_what_says_the_opposite(source: str, statement: str, is_supported: bool) -> None:
    assert supported(source, statement) is is_supported


@pytest.mark.parametrize("statement", ["No, it is not.", "Yes.", "It is so.", "Ja.", ""])
def test_what_says_nothing_that_could_be_looked_up_rests_on_nothing(statement: str) -> None:
    assert not supported("The harbour is open. Nobody pays.", statement)


@pytest.mark.parametrize(
    ("source", "statement", "is_supported"),
    [
        (READERS, "Version 3 reads 7 files, version 5 reads 9.", True),
        (READERS, "Version 5 reads 9 files and version 3 reads 7.", True),
        (READERS, "Version 3 reads 9 files, version 5 reads 7.", False),
        (READERS, "Version 3 reads 9 files.", False),
        (READERS, "Version 5 reads 9 files.", True),
        ("Version 3 reads 7 files. Version 5 reads 9 files.", "Version 3 reads 9 files and version 5 reads 7.", False),
        (FEES, "Anna paid 40 euros and Bert paid 55 euros.", True),
        (FEES, "Anna paid 55 euros and Bert paid 40 euros.", False),
        (FEES, "For the harbour 40 and 55 euros were paid.", True),
        (
            "In 2024 ships paid 40 euros, in 2025 ships paid 45 euros.",
            "In 2024 and 2025 ships paid 40 and 45 euros.",
            True,
        ),
        ("The lease begins on 1 April 2025, the rent is 2850 euros.", "From April 2025 the rent is 2850 euros.", True),
        ("The boats pay 5, 6 and 7 euros.", "Boats pay 7 euros, 5 euros or 6 euros.", True),
        ("Rent: 40, deposit: 80, repairs: 12.", "The deposit is 80, the rent is 40.", True),
        ("Das Büro öffnet um 8 Uhr und schließt um 17 Uhr.", "Das Büro öffnet um 8 und schließt um 17 Uhr.", True),
        ("Das Büro öffnet um 8 Uhr und schließt um 17 Uhr.", "Das Büro öffnet um 17 und schließt um 8 Uhr.", False),
    ],
)
def test_figures_must_belong_to_the_same_things(source: str, statement: str, is_supported: bool) -> None:
    assert supported(source, statement) is is_supported


NAMES = st.lists(
    st.sampled_from(["Anna", "Bertha", "Carla", "Doris", "Emil's", "Frederik", "Gustav"]),
    min_size=2,
    max_size=3,
    unique=True,
)
JOINS = st.sampled_from([", ", "; ", " and ", " while ", ", but "])


@given(NAMES, st.lists(st.integers(2, 9999), min_size=3, max_size=3, unique=True), JOINS, JOINS)
def test_figures_in_any_order_are_supported_and_swapped_ones_are_not(
    names: list[str], amounts: list[int], between: str, said: str
) -> None:
    facts = [f"{name} paid {amount} euros" for name, amount in zip(names, amounts, strict=False)]
    source = between.join(facts) + "."
    assert supported(source, said.join(reversed(facts)) + ".")
    turned = [f"{name} paid {amount} euros" for name, amount in zip(names[:2], amounts[1::-1], strict=True)]
    assert not supported(source, said.join(turned) + ".")


@given(st.lists(st.sampled_from(["boats", "40", "pay", "ships,", "and", "but", "a"])))
def test_clauses_keep_all_but_what_stands_between_them(words: list[str]) -> None:
    left = [word for clause in clauses(" ".join(words)) for word in clause.split()]
    assert [word.strip(",") for word in words if word not in ("and", "but")] == [
        word.strip(",") for word in left if word not in ("and", "but")
    ]


@given(
    st.lists(
        st.sampled_from(["ships", "must", "not", "never", "pay", "40", "7", "euros", "and", "boats,", "no"]), min_size=4
    )
)
def test_a_sentence_rests_on_itself(words: list[str]) -> None:
    sentence = " ".join(["harbours", *words]) + "."
    assert Grounds({0: sentence}).behind(sentence) == (0,)


def test_opposites_are_not_the_same() -> None:
    one, other = (
        "Packages must modify these configuration files.",
        "Packages must not modify these configuration files.",
    )
    assert not nearly_same(one, other)
