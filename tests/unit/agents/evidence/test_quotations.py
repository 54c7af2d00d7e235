import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.agents.evidence.quotations import Match, Quotable, fold

TEXT = (
    "The agree-\nment ends on 31 March 2026.\n\n"
    "Müller said:  \u201eNo\u00adtice is  due\u201c \u2013 in well-\nknown \ufb01rms."
)


def found(quote: str, text: str = TEXT, near: int = 0) -> str | None:
    match = Quotable(text).find(quote, near=near)
    return None if match is None else text[match.start : match.end]


@pytest.mark.parametrize(
    ("quote", "original"),
    [
        ("ends on 31 March 2026", "ends on 31 March 2026"),
        ("The agreement ends", "The agree-\nment ends"),
        ("The agree-ment ends", "The agree-\nment ends"),
        ('Müller said: "Notice is due"', "Müller said:  \u201eNo\u00adtice is  due"),
        ("Mu\u0308ller said: \u201cNotice", "Müller said:  \u201eNo\u00adtice"),
        ("due\u00bb \u2014 in well-known firms", "due\u201c \u2013 in well-\nknown \ufb01rms"),
        ("\u201cin well-known firms.\u201d", "in well-\nknown \ufb01rms."),
        ("31 March 2026. Müller said", "31 March 2026.\n\nMüller said"),
    ],
)
def test_a_quotation_is_found_whatever_typesetting_did_to_it(quote: str, original: str) -> None:
    assert found(quote) == original


@pytest.mark.parametrize(
    "quote",
    [
        "the agreement ends",  # letters keep their case
        "ends on 31 March 2025",
        "agreement does not end",
        "greement ends on",
        "ends on 31 Mar",
        "31",  # too short to mean anything
        "",
        "... ---- !!!! ....",
        "Muller said",
    ],
)
def test_what_does_not_stand_there_is_not_found(quote: str) -> None:
    assert found(quote) is None


@pytest.mark.parametrize("text", ["112.50 Euro net", "5.112.50 Euro net", "x12.50 Euro net"])
def test_half_a_number_is_not_found(text: str) -> None:
    assert found("12.50 Euro net", text) is None
    assert found("net 12.50 Euro", "net 12.50 Euros") is None
    assert found("the sum of 12", "the sum of 12.50") is None


def test_the_occurrence_near_the_passage_is_preferred() -> None:
    text = "Total amount due. " * 3
    assert Quotable(text).find("Total amount due", near=10) == Match(start=18, end=34)
    assert Quotable(text).find("Total amount due", near=1000) == Match(start=0, end=16)


def test_a_shorter_quotation_counts_where_the_caller_says_so() -> None:
    assert Quotable("No. 4711 of today").find("4711", shortest=3) == Match(start=4, end=8)


WORDS = st.lists(st.text(string.ascii_letters + "äöüß", min_size=2, max_size=9), min_size=3, max_size=30)
GAPS = st.sampled_from([" ", "\n", "  ", " \n ", "\u00a0", "\u00ad ", "\n\n"])


@given(WORDS, st.data())
def test_any_run_of_words_is_found_where_it_stands(words: list[str], data: st.DataObject) -> None:
    text = "".join(word + data.draw(GAPS) for word in words)
    first = data.draw(st.integers(0, len(words) - 2))
    last = data.draw(st.integers(first + 1, len(words) - 1))
    quote = " ".join(words[first : last + 1])
    match = Quotable(text).find(quote, shortest=1)
    assert match is not None
    assert text[match.start : match.end].replace("\u00ad", "").split() == quote.split()


@given(st.text(max_size=60), st.text(min_size=1, max_size=20))
def test_what_is_found_is_the_same_text_but_for_typesetting(text: str, quote: str) -> None:
    match = Quotable(text).find(quote, shortest=1)
    if match is not None:
        there = fold(text[match.start : match.end]).text.replace("\ufdd0", "").replace("-", "")
        assert fold(quote).text.replace("\ufdd0", "").replace("-", "").strip().strip("\"'").strip() in there


@given(st.text("ab \n-\u00adé\u0301\u2014\ufb01", max_size=40))
def test_every_folded_character_leads_back_into_the_original(text: str) -> None:
    folded = fold(text)
    origins = [folded.origin(offset) for offset in range(len(folded.text))]
    assert origins == sorted(origins)
    assert all(0 <= origin < len(text) for origin in origins)
    for offset, sign in enumerate(folded.text):
        if sign in "ab":
            assert text[origins[offset]] == sign
            assert folded.origin_end(offset + 1) == origins[offset] + 1
