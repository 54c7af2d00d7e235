"""Which kind of task is suggested for words and files."""

import subprocess
import sys

import pytest

from desktop.ui.kind_suggestion import describe_files, suggest_kind
from tests.architecture.checkout import PROJECT

ALL = ("documents", "research", "code", "assistant")


@pytest.mark.parametrize(
    ("goal", "names", "kind", "because"),
    [
        ("Summarise this", ("a.pdf", "b.pdf", "c.pdf"), "documents", "3 PDF files and “Summarise”"),
        (
            "Fass das bitte kurz zusammen",
            ("a.docx",),
            "documents",
            "1 Word document and “Fass das bitte kurz zusammen”",
        ),
        ("Extract date, sender and total into a table", ("in",), "documents", "“in” and “Extract”"),
        ("Which notice period applies?", ("contract.pdf",), "documents", "1 PDF file and “Which”"),
        ("", ("a.pdf",), "documents", "1 PDF file"),
        ("Write a Python script that renames photos", (), "code", "“Write a Python script”"),
        ("Write a function double(n). double(4) is 8.", (), "code", "“Write a function”"),
        ("Schreib mir ein Programm, das Primzahlen ausgibt", (), "code", "“Schreib mir ein Programm”"),
        ("Fix this program", ("main.py",), "code", "1 program file and “Fix this program”"),
        ("Behebe den Fehler im Skript", ("a.sh",), "code", "1 program file and “Behebe den Fehler im Skript”"),
        ("Rename the photos by their date", ("photos",), "assistant", "“photos” and “Rename the photos”"),
        ("Räume meine Downloads auf", ("Downloads",), "assistant", "“Downloads” and “Räume meine Downloads”"),
        ("Alle Dateien nach Datum sortieren", ("x",), "assistant", "“x” and “Dateien nach Datum sortieren”"),
        ("Research how heat pumps age", (), "research", "“Research”"),
        ("Recherchiere, wie Wärmepumpen altern", (), "research", "“Recherchiere”"),
        ("What does https://example.org/a say about it", (), "research", "“https://example.org”"),
        ("Write a report on batteries", (), "research", "“report on”"),
        ("How do heat pumps age?", (), "research", "“How”"),
    ],
)
def test_words_and_files_speak_for_a_kind(goal: str, names: tuple[str, ...], kind: str, because: str) -> None:
    found = suggest_kind(goal, names, ALL)
    assert found is not None
    assert (found.kind, found.because) == (kind, because)


@pytest.mark.parametrize("goal", ["", "   ", "Hello", "Guten Tag", "file.pdf"])
def test_little_said_suggests_nothing(goal: str) -> None:
    assert suggest_kind(goal, (), ALL) is None


@pytest.mark.parametrize(
    ("goal", "names", "kind"),
    [
        ("Summarise what this program does", ("thesis.pdf",), "documents"),
        ("Correct the errors in this letter", ("letter.docx",), "documents"),
        ("Summarise the report on batteries", ("batteries.pdf",), "documents"),
        ("Compare the three tenders by price", ("a.pdf", "b.pdf", "c.pdf"), "documents"),
    ],
)
def test_words_about_documents_are_not_taken_for_another_kind(goal: str, names: tuple[str, ...], kind: str) -> None:
    found = suggest_kind(goal, names, ALL)
    assert found is not None
    assert found.kind == kind


def test_only_kinds_that_there_are_are_suggested() -> None:
    assert suggest_kind("Research how heat pumps age", (), ("documents", "code")) is None
    found = suggest_kind("Rename the photos", ("photos",), ("documents",))
    assert found is None
    assert suggest_kind("Write a script", (), ()) is None


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("a.pdf", "b.PDF"), "2 PDF files"),
        (("a.pdf", "b.txt"), "2 files"),
        (("photos",), "“photos”"),
        (("photos", "notes"), "2 files"),
        (("x.csv",), "1 table"),
    ],
)
def test_files_are_described_in_a_few_words(names: tuple[str, ...], said: str) -> None:
    assert describe_files(names) == said


def test_it_needs_no_qt() -> None:
    code = "import sys, desktop.ui.kind_suggestion; sys.exit('PySide6' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
