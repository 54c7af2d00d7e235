from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from desktop.agents.documents import splitting
from desktop.agents.documents.splitting import count_tokens, cut_passages
from desktop.agents.evidence.sentences import LONGEST, sentence_spans
from tests.fakes.scripted_model import token_ends

TEXTS = st.text(st.sampled_from("ab.,! \n\tÄ\u00a0\f1-"), max_size=400)


async def ends_of(text: str) -> list[int]:
    return list(await count_tokens(text, tokens_of))


async def tokens_of(text: str) -> tuple[int, ...]:
    return token_ends(text)


@given(TEXTS, st.integers(8, 40))
async def test_passages_put_together_are_the_text_and_none_is_too_long(text: str, most: int) -> None:
    cuts = cut_passages(text, await ends_of(text), most)
    assert "".join(text[start:end] for start, end, _ in cuts) == text
    assert all(before[1] == after[0] for before, after in pairwise(cuts))
    assert all(start < end and 0 < tokens <= most + 1 for start, end, tokens in cuts)


@given(st.lists(st.integers(1, 3), max_size=60), st.integers(2, 10))
def test_letters_of_several_tokens_do_not_stop_the_cutting(widths: list[int], most: int) -> None:
    text = "ä" * len(widths)
    ends = [offset + 1 for offset, width in enumerate(widths) for _ in range(width)]
    assert "".join(text[start:end] for start, end, _ in cut_passages(text, ends, most)) == text


async def test_passages_end_with_paragraphs_where_they_can() -> None:
    text = "".join(f"{'word ' * 20}end.\n\n" for _ in range(12))
    cuts = cut_passages(text, await ends_of(text), 100)
    assert len(cuts) > 2
    assert all(text[:end].endswith("end.\n\n") for _, end, _ in cuts)


async def test_passages_of_a_document_are_about_equally_long() -> None:
    text = "word " * 1010
    tokens = [tokens for _, _, tokens in cut_passages(text, await ends_of(text), 1000)]
    assert len(tokens) == 2
    assert min(tokens) > 400


async def test_a_line_without_any_space_is_cut_all_the_same() -> None:
    text = "x" * 5000
    assert len(cut_passages(text, await ends_of(text), 100)) >= 9


async def test_tokens_of_a_long_text_are_asked_for_in_stretches() -> None:
    asked: list[int] = []

    async def watched(text: str) -> tuple[int, ...]:
        asked.append(len(text))
        return token_ends(text)

    text = ("line of words\n" * 9000) + "y" * 100_000
    ends = await count_tokens(text, watched)
    assert max(asked) <= splitting.STRETCH
    assert sum(asked) == len(text) == ends[-1]


@given(TEXTS)
def test_sentences_cover_all_that_is_not_white_space(text: str) -> None:
    spans = sentence_spans(text)
    covered = "".join(text[start:end] for start, end in spans)
    assert "".join(covered.split()) == "".join(text.split())
    assert all(start < end <= start + 2 * LONGEST for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def test_sentences_end_at_stops_and_not_at_abbreviations_or_dates() -> None:
    text = "Dr. Weber kam am 3. März nach Köln. Er blieb z. B. bis Mai! \u201eGing er dann?\u201c Niemand weiß es."
    assert sentences(text) == [
        "Dr. Weber kam am 3. März nach Köln.",
        "Er blieb z. B. bis Mai!",
        "\u201eGing er dann?\u201c",
        "Niemand weiß es.",
    ]


def test_a_sentence_may_end_with_a_time_or_a_sum() -> None:
    text = "Lunch is served until 14:00. The Supplier provides cooks. A meal costs 4.50. It is paid monthly."
    assert len(sentences(text)) == 4


def test_a_sentence_goes_on_over_the_line_ends_of_a_page() -> None:
    text = (
        "The committee decided in its second\nmeeting that the bridge is closed for\nlorries. "
        "It opens in May again, they\nsaid."
    )
    assert sentences(text) == [
        "The committee decided in its second\nmeeting that the bridge is closed for\nlorries.",
        "It opens in May again, they\nsaid.",
    ]


def test_headings_items_and_rows_stand_alone() -> None:
    text = "Annual report\nThe year was good for everyone who took part in it.\n"
    text += "- first longer item\n- second longer item\nName\tSum in Euro\nMeier\t12.50 Euro"
    assert sentences(text) == [
        "Annual report",
        "The year was good for everyone who took part in it.",
        "- first longer item",
        "- second longer item",
        "Name\tSum in Euro",
        "Meier\t12.50 Euro",
    ]


def test_a_very_long_line_is_cut_at_white_space() -> None:
    text = "word " * 300
    assert all(len(piece) <= LONGEST and piece.endswith("word") for piece in sentences(text))


def test_a_short_rest_goes_with_what_stands_before() -> None:
    assert sentences("This is a whole sentence. Yes.") == ["This is a whole sentence. Yes."]
    assert sentences("Yes.") == ["Yes."]


def test_a_heading_that_the_line_goes_on_from_is_no_sentence_of_its_own() -> None:
    assert sentences("§ 3 Rent. The rent is 2,850 euros.\n\n§ 4 Deposit. The deposit is three rents.") == [
        "§ 3 Rent. The rent is 2,850 euros.",
        "§ 4 Deposit. The deposit is three rents.",
    ]
