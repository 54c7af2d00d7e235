import pytest

from desktop.agents.documents.mode import Mode, asked_count, mode_of


@pytest.mark.parametrize(
    ("goal", "mode"),
    [
        ("Summarise this in five points", Mode.SUMMARISE),
        ("Fasse das in fünf Punkten zusammen", Mode.SUMMARISE),
        ("Can you summarize the report?", Mode.SUMMARISE),
        ("Kannst du die Texte zusammenfassen?", Mode.SUMMARISE),
        ("Main arguments of the tenders", Mode.SUMMARISE),
        ("List the main arguments", Mode.SUMMARISE),
        ("List the magnetic fields discussed in the papers", Mode.SUMMARISE),
        ("Liste die Magnetfelder auf", Mode.SUMMARISE),
        ("List the columns of the temple", Mode.SUMMARISE),
        ("When does the contract end?", Mode.ANSWER),
        ("what is the notice period", Mode.ANSWER),
        ("Wann endet der Vertrag?", Mode.ANSWER),
        ("Welche Frist gilt", Mode.ANSWER),
        ("Is smoking allowed?", Mode.ANSWER),
        ("Tell me which bidder is cheapest.", Mode.ANSWER),
        ("What does the summary on page 3 say?", Mode.ANSWER),
        ("Was steht in der Tabelle auf Seite 3?", Mode.ANSWER),
        ("Extract invoice number and total", Mode.EXTRACT),
        ("Please extract what was paid. When?", Mode.EXTRACT),
        ("Extrahiere Rechnungsnummer und Summe", Mode.EXTRACT),
        ("Lies die Rechnungsnummern aus", Mode.EXTRACT),
        ("Make a table of all invoices", Mode.EXTRACT),
        ("Make a list with the following columns: name and date", Mode.EXTRACT),
        ("Fill these fields: name, date", Mode.EXTRACT),
        ("Erstelle eine Liste mit den Spalten Name und Datum", Mode.EXTRACT),
        ("Erstelle eine Tabelle der Rechnungen", Mode.EXTRACT),
    ],
)
def test_the_goal_decides_what_is_done(goal: str, mode: Mode) -> None:
    assert mode_of(goal) is mode


@pytest.mark.parametrize(
    ("goal", "count"),
    [
        ("Summarise this in five points", 5),
        ("in 3 bullet points", 3),
        ("the seven most important findings", 7),
        ("in fünf Punkten", 5),
        ("in drei kurzen Sätzen", 3),
        ("vier Stichpunkte bitte", 4),
        ("a summary in 99 points", 99),
        ("Summarise the five documents", None),
        ("in 0 points", None),
        ("Summarise this", None),
    ],
)
def test_the_number_of_points_is_read_from_the_goal(goal: str, count: int | None) -> None:
    assert asked_count(goal) == count
