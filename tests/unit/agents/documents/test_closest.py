from collections.abc import Mapping

from desktop.agents.documents.closest import CLOSEST, ClosestFinder
from desktop.agents.evidence.question_words import word_stems
from tests.unit.agents.documents.scene import a_corpus


def finder(texts: Mapping[str, str]) -> ClosestFinder:
    return ClosestFinder(corpus=a_corpus(texts))


async def test_the_sentence_with_the_rarest_words_of_the_question_comes_first() -> None:
    texts = {
        "a.txt": "The rent is due monthly on the third. The rent may rise in the third year. The rent is in euros.",
        "b.txt": "Repairs of the roof are paid by the landlord. Small repairs are paid by the tenant.",
    }
    found = await finder(texts).find("Who pays for repairs of the roof?")
    assert found[0].text == "Repairs of the roof are paid by the landlord."
    assert [point.spans[0].document for point in found] == ["b.txt", "b.txt"]
    assert all(point.verbatim for point in found)


async def test_words_are_found_in_their_other_forms_and_in_compounds() -> None:
    found = await finder({"a": "Die monatliche Grundmiete beträgt 2.850 EUR."}).find("Wie hoch ist die Miete?")
    assert len(found) == 1


async def test_no_more_than_a_few_sentences_are_taken_and_none_without_a_word_in_common() -> None:
    text = " ".join(f"The bridge number {number} is closed to everyone." for number in range(20))
    assert len(await finder({"a": text}).find("Which bridge is closed?")) == CLOSEST
    assert await finder({"a": text}).find("Who is it?") == []


async def test_letters_with_a_longer_small_form_do_not_move_the_sentences() -> None:
    text = "\u0130\u0130\u0130\u0130 is a row of capital letters. The bridge was closed to everyone."
    found = await finder({"a": text}).find("Is the bridge closed?")
    assert [point.text for point in found] == ["The bridge was closed to everyone."]


def test_small_words_of_a_question_do_not_count() -> None:
    assert word_stems("Welche Frist gilt, und what does it have in 2024?") == ["fris", "gilt", "2024"]
