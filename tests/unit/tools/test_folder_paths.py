"""Which paths are one, and that none leads out of its folder."""

import os
import posixpath
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.engine import PathRefused
from desktop.tools.folder_paths import MOST_PARTS, is_lookalike, parts_of, problem_of

PIECES = st.sampled_from(
    [
        "..",
        ".",
        "",
        "a",
        "Ä",
        " ",
        "~",
        "%2e%2e",
        "\\",
        "/",
        "\0",
        "\uff0e\uff0e",
        "\uff0egit",
        "..\u200b",
        "\u202e",
        "C:",
        "con",
        "a.txt",
    ]
) | st.text(max_size=4)


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("", ()),
        ("reports", ("reports",)),
        ("reports/", ("reports",)),
        ("./reports/./a.txt", ("reports", "a.txt")),
        ("reports/Übersicht (2).md", ("reports", "Übersicht (2).md")),
        ("reports/~", ("reports", "~")),
        ("reports/12:30 notes.txt", ("reports", "12:30 notes.txt")),
        ("reports/a..b", ("reports", "a..b")),
    ],
)
def test_a_path_is_its_names(path: str, parts: tuple[str, ...]) -> None:
    assert parts_of(path) == parts


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/etc/passwd",
        "//server/share",
        "\\\\server\\share",
        "C:\\Windows",
        "c:notes.txt",
        "..",
        "reports/..",
        "reports/../../etc/passwd",
        "reports//a.txt",
        "reports/ /a.txt",
        "reports/.git/config",
        "reports/.env",
        "reports/...",
        "reports/..\\secret",
        "reports/a\\b",
        "reports/a\0b",
        "reports/a\nb",
        "reports/a\u202egnp.txt",
        "reports/\u200b.git",
        "reports/.g\u200bit",
        "reports/\uff0e\uff0e/a",
        "reports/\uff0essh",
        "reports/a\uff0fb",
        "reports/℀",
        "reports/\udcff",
        "reports/" + "a" * 256,
        "reports/" + "ä" * 128,
        "a/" * MOST_PARTS + "a",
    ],
)
def test_what_is_no_path_in_a_given_folder_is_refused(path: str) -> None:
    with pytest.raises(PathRefused, match="nothing was touched") as refused:
        parts_of(path)
    assert refused.value.hint
    assert str(refused.value).isprintable()


@given(st.lists(PIECES, max_size=6).map("/".join))
def test_whatever_is_written_no_path_leads_out(path: str) -> None:
    try:
        parts = parts_of(path)
    except PathRefused:
        return
    whole = posixpath.normpath(posixpath.join("/given", *parts))
    assert whole == "/given" or whole.startswith("/given/")
    assert len(parts) == len([part for part in whole.split("/") if part]) - 1
    assert parts_of("/".join(parts)) == parts
    for part in parts:
        assert os.fsencode(part) == part.encode()
        assert not part.startswith(".")
        assert not {"/", "\\", "\0"} & set(unicodedata.normalize("NFKC", part))


@pytest.mark.parametrize(
    "name", ["a.txt:stream", "con", "NUL.txt", "com1", "COM¹", "lpt9.log", "a.", "a ", "a?", "a|b", '"a"', "aux .txt"]
)
def test_names_that_windows_reads_otherwise_are_refused_there(name: str) -> None:
    assert problem_of(name, windows=True)
    assert not problem_of(name, windows=False)


@pytest.mark.parametrize("name", ["console.txt", "nullable", "com10", "a.b", "common"])
def test_names_that_only_look_like_devices_are_taken_there(name: str) -> None:
    assert not problem_of(name, windows=True)


@pytest.mark.parametrize(
    ("one", "other"), [("A.txt", "a.TXT"), ("é", "e\u0301"), ("straße", "STRASSE"), ("ﬁle", "file"), ("K", "\u212a")]
)
def test_names_that_differ_in_nothing_that_a_person_sees_are_lookalikes(one: str, other: str) -> None:
    assert is_lookalike(one, other)
    assert not is_lookalike(one, f"{other}2")
