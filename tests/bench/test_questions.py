"""The questions that agents are judged by are sound, and perfect and empty answers are judged rightly."""

from collections import Counter

import pytest

from tests.bench.questions import judging
from tests.bench.questions.corpus import PAGE, PAGES, VERSION, CorpusUnusable, check, section
from tests.bench.questions.judging import Quotations
from tests.bench.questions.questions import SEVERAL, Question, Sort, questions, says

ANSWERED = [question for question in questions() if question.sort is not Sort.ABSENT]
ABSENT = [question for question in questions() if question.sort is Sort.ABSENT]


def _named(question: Question) -> str:
    return question.name


def test_there_are_as_many_of_each_sort_as_the_figure_wants_each_with_a_name_of_its_own() -> None:
    sorts = Counter(question.sort for question in questions())
    assert sorts[Sort.LOOKUP] == sorts[Sort.ABSENT] == 10
    assert sorts[Sort.TIMELINE] + sorts[Sort.PLACES] == 20
    assert max(Counter(question.name for question in questions()).values()) == 1


@pytest.mark.parametrize("question", ANSWERED, ids=_named)
def test_its_facts_are_recognised_in_their_own_words_and_not_in_the_question(question: Question) -> None:
    assert question.facts
    assert [fact.text for fact in question.facts if not fact.is_in(fact.text)] == []
    assert [fact.text for fact in question.facts if fact.is_in(question.text)] == []


@pytest.mark.parametrize("question", ANSWERED, ids=_named)
def test_a_perfect_answer_has_all_of_its_facts_and_an_empty_one_none(question: Question) -> None:
    perfect = "\n\n".join(f"- {fact.text} [{number}]" for number, fact in enumerate(question.facts, start=1))
    assert judging.found(question, perfect) == question.facts
    assert not judging.denies(perfect)
    assert judging.found(question, "") == ()
    assert not judging.denies("")


@pytest.mark.parametrize("question", [each for each in ANSWERED if each.sort in SEVERAL], ids=_named)
def test_one_for_several_places_names_three_of_them_or_more(question: Question) -> None:
    assert len({fact.at for fact in question.facts}) >= 3


@pytest.mark.parametrize("question", ABSENT, ids=_named)
def test_one_without_an_answer_does_not_invent_one_itself(question: Question) -> None:
    assert question.facts == ()
    assert question.traps
    assert not says(question.text, question.traps)
    assert judging.rightly_denied(question, "**Not in the sources.**")
    assert not judging.rightly_denied(question, question.text)


@pytest.mark.parametrize(
    "said",
    [
        "That is not in the sources.",
        "The sources do not answer this.",
        "The documents don't say how many.",
        "No such limit is mentioned: it is not specified anywhere.",
        "There is no information on this.",
        "The question cannot be answered from them.",
        "Nothing in the passages says anything about it.",
        "*Unanswered*: the port.",
    ],
)
def test_a_denial_is_recognised_in_many_words(said: str) -> None:
    assert judging.denies(said)


def test_what_is_invented_beside_a_denial_counts_against_it() -> None:
    (question,) = (each for each in ABSENT if each.name == "frontend_port")
    assert not judging.rightly_denied(question, "It listens on port 4711. The rest is not in the sources.")
    assert not judging.rightly_denied(question, "It listens wherever it likes.")


def test_what_is_only_shown_as_evidence_is_not_stated() -> None:
    (question,) = (each for each in ANSWERED if each.name == "skip_tests")
    assert judging.found(question, "> the tag nocheck\n\nThere is a tag.\n\n## Sources\n\n1. nocheck") == ()
    assert judging.found(question, "The tag is `nocheck` [1].\n\n## Sources\n\n1. …") == question.facts


def test_quotations_are_looked_up() -> None:
    corpus = {"one.html": "A sentence that is  long enough\nto be quoted.", "two.html": "Another one."}
    answer = "It says “a sentence that is long enough”, and “A sentence that is long enough to be quoted.” [1]"
    assert judging.quoted(answer, corpus) == Quotations(shown=2, real=1)
    assert judging.quoted('He wrote "what was never written in any of these texts".', corpus) == Quotations(shown=1)


def test_a_listed_quotation_is_real_where_it_stands_in_the_very_source() -> None:
    corpus = {"one.html": "A sentence\nthat is there.", "two.html": "Another one."}
    quotes = [
        {"text": "sentence that is", "found": True},
        {"text": "Another one.", "found": True},
        {"text": "a guess that the list itself calls not found", "found": False},
    ]
    sources = [{"title": "one.html", "where": "line 3", "quotes": quotes}]
    assert judging.listed(sources, corpus) == Quotations(shown=2, real=1)


def test_the_bench_refuses_texts_that_lack_a_fact_or_are_others_or_too_few() -> None:
    corpus = _made_up_texts()
    check(corpus, questions())
    with pytest.raises(CorpusUnusable, match="skip_tests: The tag is nocheck"):
        check({**corpus, "ch-source.html": corpus["ch-source.html"].replace("nocheck", "nothing")}, questions())
    with pytest.raises(CorpusUnusable, match="pages only"):
        check({**corpus, "padding.html": ""}, questions())
    with pytest.raises(CorpusUnusable, match=VERSION):
        check({**corpus, "ch-scope.html": "Manual v1.0"}, questions())


def test_a_section_goes_to_the_next_heading_and_is_not_its_line_in_the_table_of_contents() -> None:
    text = "1.1. First\n1.2. Second\n1.1. First\nmine\n1.\nan item\n1.2. Second\nanother's\n"
    assert section({"a.html": text}, "a.html 1.1.").split("\n")[1:-1] == ["mine", "1.", "an item"]
    assert section({"a.html": text}, "a.html 1.3.") == section({}, "a.html 1.1.") == ""


def _made_up_texts() -> dict[str, str]:
    """A corpus that holds nothing but the facts, each below its heading, and enough of nothing."""
    facts: dict[str, list[str]] = {}
    for question in ANSWERED:
        for fact in question.facts:
            facts.setdefault(fact.at, []).append(f"- {fact.text}")
    corpus = {"ch-scope.html": f"Manual v{VERSION}", "padding.html": "." * PAGES * PAGE}
    for at, texts in facts.items():
        file, _, heading = at.partition(" ")
        number = "" if heading.endswith(".") else "1. "
        corpus[file] = corpus.get(file, "") + f"{number}{heading} Title\n" + "\n".join(texts) + "\n"
    return corpus
