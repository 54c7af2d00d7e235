"""What is attached to a mail is read as what it is, or named; it never makes the mail itself unreadable."""

import io
from email import policy
from email.message import EmailMessage
from pathlib import Path

import docx
import pytest

from tests.unit.tools.documents import mail, pdf, read, refusal

TEXT_BODY = "From: Ä <a@example.org>\nTo: b@example.org\nSubject: Grüße\n\n"


def test_mail_has_headers_body_and_attachments(tmp_path: Path) -> None:
    made = mail("R&D\n")
    made.add_attachment("a;b\n", filename="t.csv")
    made.add_attachment(b"\0", maintype="image", subtype="png", filename="p.png")
    (tmp_path / "a.eml").write_bytes(made.as_bytes())
    document = read(tmp_path / "a.eml")
    assert document.parts[0].text == f"{TEXT_BODY}R&D\n"
    assert (document.parts[1].label, document.parts[1].text, document.parts[1].line) == ("t.csv", "a;b\n", 1)
    assert document.notes[0] == "attachment t.csv: read"
    assert document.notes[1].startswith("attachment p.png: not read (p.png is of a type that is not supported")


def test_attached_documents_are_read_with_their_pages_and_notes(tmp_path: Path) -> None:
    made = mail("See attached\n")
    offer = pdf(tmp_path / "offer.pdf", "3,50 a piece", "", "in all 7,00").read_bytes()
    made.add_attachment(offer, maintype="application", subtype="octet-stream", filename="offer.pdf")
    letter, saved = docx.Document(), io.BytesIO()
    letter.add_heading("Terms", 1)
    letter.save(saved)
    made.add_attachment(saved.getvalue(), maintype="application", subtype="x-unknown", filename="letter")
    (tmp_path / "a.eml").write_bytes(made.as_bytes())
    document = read(tmp_path / "a.eml")
    found = [(part.label, part.page, part.text.strip()) for part in document.parts[1:]]
    assert found == [
        ("offer.pdf", 1, "3,50 a piece"), ("offer.pdf", 3, "in all 7,00"), ("letter: Terms", None, "Terms"),
    ]  # fmt: skip
    assert document.notes[0] == "attachment offer.pdf: page 2 without text (pictures, or empty): not read"
    assert document.notes[1:] == ("attachment offer.pdf: read", "attachment letter: read")


def test_attachments_that_cannot_be_read_are_named_and_the_mail_stays_readable(tmp_path: Path) -> None:
    made = mail("Body\n")
    made.add_attachment(bytes(range(256)) * 9, maintype="text", subtype="plain", filename="list.txt")
    made.add_attachment(b"PK\x03\x04 cut", maintype="application", subtype="zip", filename="cut.docx")
    made.add_attachment(b"%PDF-1.7 cut", maintype="application", subtype="pdf", filename="cut.pdf")
    made.add_attachment(b"", maintype="application", subtype="pdf", filename="none.pdf")
    (tmp_path / "a.eml").write_bytes(made.as_bytes())
    document = read(tmp_path / "a.eml")
    assert [part.text for part in document.parts] == [f"{TEXT_BODY}Body\n"]
    reasons = ["holds binary data", "is damaged", "is a broken PDF", "is empty"]
    for note, reason in zip(document.notes, reasons, strict=True):
        assert reason in note
        assert "not read" in note


def test_a_body_that_is_no_text_is_noted_beside_the_headers(tmp_path: Path) -> None:
    head = b"From: a@example.org\nSubject: S\nContent-Type: text/plain\nContent-Transfer-Encoding: 8bit\n\n"
    (tmp_path / "a.eml").write_bytes(head + bytes(range(32)) * 90)
    document = read(tmp_path / "a.eml")
    assert document.parts[0].text == "From: a@example.org\nSubject: S\n\n"
    assert document.notes == (
        "body: not read (the body holds binary data, no text; it was left out, other files go on.)",
    )


def test_html_in_body_and_attachment_is_shown_as_a_browser_does(tmp_path: Path) -> None:
    made = mail("")
    made.set_content("<p>R&amp;D</p>", subtype="html")
    made.add_attachment("<p>1 &lt; 2</p>", subtype="html", filename="page")
    (tmp_path / "a.eml").write_bytes(made.as_bytes())
    assert [part.text for part in read(tmp_path / "a.eml").parts] == [f"{TEXT_BODY}R&D", "1 < 2"]


def test_mails_within_mails_are_read_down_to_a_depth(tmp_path: Path) -> None:
    made = mail("level 7\n")
    for level in range(6, 0, -1):
        outer = mail(f"level {level}\n")
        if level % 2:
            outer.add_attachment(made)
        else:
            data = made.as_bytes()
            outer.add_attachment(data, maintype="application", subtype="octet-stream", filename="inner.eml")
        made = outer
    (tmp_path / "a.eml").write_bytes(made.as_bytes())
    document = read(tmp_path / "a.eml")
    bodies = [part.text.rpartition("\n\n")[2].strip() for part in document.parts]
    assert bodies == [f"level {level}" for level in range(1, 6)]
    assert any("too deep within mails" in note for note in document.notes)


@pytest.mark.parametrize("name", ["saved", "saved.txt"])
def test_a_mail_is_recognised_by_its_content(tmp_path: Path, name: str) -> None:
    made = mail("Grüße\n")
    made["Message-ID"] = "<1@example.org>"
    (tmp_path / name).write_bytes(made.as_bytes(policy=policy.SMTP))
    document = read(tmp_path / name)
    assert (document.media_type, document.parts[0].text) == ("message/rfc822", f"{TEXT_BODY}Grüße\n")


def test_a_note_that_merely_looks_like_a_mail_stays_a_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("From: Anna\nTo: Bert\nDate: today\n\nMeet me\n")
    assert read(tmp_path / "a.txt").parts[0].text.startswith("From: Anna\n")
    assert read(tmp_path / "a.txt").media_type == "text/plain"


def test_an_empty_mail_holds_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(EmailMessage().as_bytes())
    assert "holds no text" in refusal(tmp_path / "a.eml")
