"""PDF pages whose text is not what lies in the file byte by byte, and pages without any."""

from pathlib import Path

from tests.unit.tools.documents import handmade_pdf, pdf, read, refusal, text_of


def written(*lines: bytes) -> bytes:
    return b"BT /F 12 Tf 20 250 Td 15 TL " + b" T* ".join(b"(%b) Tj" % line for line in lines) + b" ET"


def test_hyphens_within_and_at_the_end_of_a_line_stay(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(handmade_pdf(written(b"a well-known trans-", b"lation of 2020-", b"2021")))
    assert text_of(tmp_path / "a.pdf").split("\n") == ["a well-known trans-", "lation of 2020-", "2021"]


def test_a_soft_hyphen_is_a_hyphen_at_the_end_of_a_line_and_itself_within(tmp_path: Path) -> None:
    encoding = b"/Encoding << /Type /Encoding /BaseEncoding /WinAnsiEncoding /Differences [1 /softhyphen] >>"
    (tmp_path / "a.pdf").write_bytes(handmade_pdf(written(b"tra\\001ns\\001", b"lation"), font=encoding))
    assert text_of(tmp_path / "a.pdf") == "tra\N{SOFT HYPHEN}ns-\nlation"


def test_ligatures_come_as_their_letters(tmp_path: Path) -> None:
    encoding = b"/Encoding << /Type /Encoding /BaseEncoding /WinAnsiEncoding /Differences [1 /fi /fl] >>"
    (tmp_path / "a.pdf").write_bytes(handmade_pdf(written(b"\\001nd the \\002oor"), font=encoding))
    assert text_of(tmp_path / "a.pdf") == "find the floor"


def test_a_lost_page_costs_that_page(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(handmade_pdf(written(b"one"), None, written(b"three")))
    document = read(tmp_path / "a.pdf")
    assert [(part.page, part.text) for part in document.parts] == [(1, "one"), (3, "three")]
    assert document.notes == ("page 2 damaged: not read",)


def test_a_pdf_whose_pages_are_all_lost_is_broken(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(handmade_pdf(None, None))
    assert "broken PDF" in refusal(tmp_path / "a.pdf")


def test_a_scanned_single_page_is_told(tmp_path: Path) -> None:
    assert "its only page has none" in refusal(pdf(tmp_path / "a.pdf", ""))


def test_ten_thousand_pages_are_listed_in_runs(tmp_path: Path) -> None:
    pages = [b""] * 10_000
    pages[4_999] = written(b"the only words")
    (tmp_path / "a.pdf").write_bytes(handmade_pdf(*pages))
    document = read(tmp_path / "a.pdf")
    assert [(part.page, part.text) for part in document.parts] == [(5_000, "the only words")]
    assert document.notes == ("pages 1–4999, 5001–10000 without text (pictures, or empty): not read",)


def test_very_many_separate_pages_are_named_in_part(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(handmade_pdf(*[b"", written(b"x")] * 30))
    (note,) = read(tmp_path / "a.pdf").notes
    assert note.startswith("pages 1, 3, 5,")
    assert "39 and others (30 in all) without text" in note
