"""Which sentences the model reads is decided by their words, over many passages."""

from desktop.agents.research.candidates import MOST_OF_ONE, candidates_of
from desktop.agents.research.reading import pages_of
from desktop.agents.research.searching import Excerpt
from desktop.agents.research.terms import Terms
from desktop.engine import Passage

TERMS = Terms(weights={"harbou": 1.0, "pilot": 2.0})
ANIMALS = ("Adler", "Biber", "Chamois", "Dachs", "Esel", "Fuchs", "Geier")
PILOT = "The pilot comes aboard at the outer buoy."


def excerpt(text: str, number: int = 0, heading: str = "", questions: tuple[int, ...] = (0,)) -> Excerpt:
    passage = Passage(document="rules.md", number=number, text=text, heading=heading)
    return Excerpt(passage=passage, questions=questions)


def texts(*excerpts: Excerpt, most: int = 9, terms: tuple[Terms, ...] = (TERMS,)) -> list[str]:
    return [claim.text for claim in candidates_of(excerpts, terms, most)]


def test_a_sentence_of_a_late_passage_wins_over_one_of_the_first_that_says_less() -> None:
    assert texts(excerpt("Gulls are birds of the sea."), excerpt(PILOT, 1), most=1) == [PILOT]


def test_the_heading_speaks_for_what_stands_under_it() -> None:
    under = excerpt("It comes aboard at the outer buoy.", 1, "Rules > The pilot")
    assert texts(excerpt("Gulls are birds of the sea."), under, most=1) == ["It comes aboard at the outer buoy."]


def test_one_passage_does_not_crowd_out_the_others() -> None:
    many = " ".join(f"The pilot of harbour {word} boards late." for word in ANIMALS)
    found = texts(excerpt(many), excerpt("A pilot is paid by the owner.", 1), most=7)
    assert len(found) == MOST_OF_ONE + 1
    assert found[-1] == "A pilot is paid by the owner."


def test_a_part_of_the_question_gets_sentences_of_its_own() -> None:
    gulls = Terms(weights={"gulls": 1.0})
    pilots = excerpt(" ".join(f"The pilot of harbour {word} boards late." for word in ANIMALS[:3]))
    birds = excerpt("Gulls are birds of the sea.", 1, questions=(1,))
    assert "Gulls are birds of the sea." in texts(pilots, birds, most=3, terms=(TERMS, gulls))


def test_headings_and_tables_of_contents_are_no_candidates() -> None:
    contents = "- 4.2. When does a pilot board?\n- 5. The harbour pilot\n"
    listed = f"4.1. Pilots in the harbour¶\n\nPilots¶ A pilot is paid.\n\n{contents}"
    assert texts(excerpt(listed)) == ["A pilot is paid."]


def test_an_item_is_shown_with_what_introduces_its_list() -> None:
    [_, item] = candidates_of([excerpt("The pilot of the harbour needs:\n\n- 2 ropes of ten metres\n")], [TERMS], 9)
    assert (item.text, item.quote, item.in_place) == (
        "- 2 ropes of ten metres",
        "- 2 ropes of ten metres",
        "(The pilot of the harbour needs:) - 2 ropes of ten metres",
    )


def test_what_several_sentences_in_a_row_stand_under_is_said_with_the_first() -> None:
    claims = candidates_of([excerpt(f"{PILOT} The harbour is closed at night.", 0, "Rules > Pilots")], [TERMS], 9)
    [page] = pages_of(claims)
    assert page.sentences == (f"(Pilots) {PILOT}", "The harbour is closed at night.")
