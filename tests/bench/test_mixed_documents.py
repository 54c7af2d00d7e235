"""The mixed documents are sound: their files say what they should, and the judge knows the truth when it sees it."""

import json
from collections import Counter
from pathlib import Path

import pytest

from desktop.agents.documents.extraction import parse_fields
from tests.bench.mixed_documents import judging
from tests.bench.mixed_documents.documents import Paper, papers
from tests.bench.mixed_documents.files import write_paper
from tests.bench.questions.questions import says
from tests.unit.tools.documents import text_of

each_paper = pytest.mark.parametrize("paper", papers(), ids=lambda paper: paper.name)


def test_there_are_twenty_of_many_kinds_in_two_languages_each_with_a_name_of_its_own() -> None:
    assert len({paper.name for paper in papers()}) == len(papers()) == 20
    assert {"pdf", "docx", "xlsx", "pptx", "html", "csv", "txt", "eml"} == {paper.format for paper in papers()}
    assert min(Counter(paper.language for paper in papers()).values()) >= 5


@each_paper
def test_its_file_says_every_word_of_it(paper: Paper, tmp_path: Path) -> None:
    read = text_of(write_paper(paper, tmp_path))
    words = paper.text.replace("|", " ").replace("===", " ").split()
    assert [word for word in words if word not in read and word.removesuffix(",") not in read] == []


@each_paper
def test_its_fields_are_of_the_types_that_their_values_have(paper: Paper) -> None:
    fields = parse_fields(paper.fields)
    assert [field.name for field in fields] == list(paper.truth)
    kinds = {"text": str, "date": str, "number": (int, float), "boolean": bool}
    assert [
        each for each in fields if not isinstance(paper.truth[each.name], (*_tuple(kinds[each.type]), type(None)))
    ] == []
    assert None in paper.truth.values()


@each_paper
def test_a_text_value_stands_in_it_and_no_question_gives_its_answer_away(paper: Paper) -> None:
    texts = [field.name for field in parse_fields(paper.fields) if field.type == "text"]
    assert [name for name in texts if (value := paper.truth[name]) and str(value) not in paper.text] == []
    for asked in paper.questions:
        assert not says(asked.text, asked.ways)
        assert not asked.ways or says(paper.text, asked.ways)


@each_paper
def test_a_perfect_table_is_exact_and_an_empty_one_only_where_nothing_is_stated(paper: Paper) -> None:
    cells = {name: {"value": value, "quote": "", "found": False} for name, value in paper.truth.items()}
    perfect = json.loads(json.dumps(cells))
    assert all(row["exact"] for row in judging.fields_judged(paper, perfect, paper.text))
    empty = judging.fields_judged(paper, {}, paper.text)
    assert [row["exact"] for row in empty] == [value is None for value in paper.truth.values()]


@pytest.mark.parametrize(
    ("value", "truth"),
    [("3", 3), (1, True), (False, None), ("", None), (0, False), ("2026-03-12 ", "2026-03-13"), (3.1, 3)],
)
def test_what_only_looks_like_the_truth_is_not_exact(value: object, truth: str | float | bool | None) -> None:
    assert not judging.exact(value, truth)


def test_numbers_and_spaces_are_compared_by_what_they_mean() -> None:
    assert judging.exact(3.0, 3)
    assert judging.exact("Colin  Marsh", "Colin Marsh")


def test_a_quotation_that_is_not_there_counts_only_where_it_is_shown_as_found() -> None:
    quotes = [
        {"text": "three  pallets", "found": True},
        {"text": "four pallets", "found": True},
        {"text": "five pallets", "found": False},
    ]
    assert judging.not_there(quotes, "He brought three\npallets.") == 1


def test_a_question_without_an_answer_is_answered_by_saying_so() -> None:
    (asked,) = (each for paper in papers() if paper.name == "lease" for each in paper.questions if not each.ways)
    assert judging.right(asked, "The document does not say it.")
    assert not judging.right(asked, "It does 100 Mbit/s.")
    assert not judging.right(asked, "")


def _tuple(kind: type | tuple[type, ...]) -> tuple[type, ...]:
    return kind if isinstance(kind, tuple) else (kind,)
