"""Documents that tests make, and how tests read them."""

import io
from email.message import EmailMessage
from pathlib import Path

import pytest
from fpdf import FPDF

from desktop.engine import Document, Source, UnreadableDocument
from desktop.tools.file_kinds import media_type_of
from desktop.tools.reading.limits import Limits
from desktop.tools.reading.worker import read_source

LIMITS = Limits(memory_bytes=2**31, max_text_bytes=2**20)


def read(path: Path) -> Document:
    source = Source(
        name=path.name, path=str(path), text=None, media_type=media_type_of(path.name), size=path.stat().st_size
    )
    return read_source(source, LIMITS)


def text_of(path: Path) -> str:
    return "\n".join(part.text for part in read(path).parts)


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        read(path)
    assert caught.value.hint
    return str(caught.value)


def pdf(path: Path, *pages: str, password: str = "") -> Path:
    made = FPDF()
    made.set_font("Helvetica", size=12)
    for page in pages:
        made.add_page()
        if page:
            made.multi_cell(0, 8, page)
    if password:
        made.set_encryption(owner_password=password, user_password=password)
    made.output(str(path))
    return path


def mail(body: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Ä <a@example.org>", "b@example.org", "Grüße"
    made.set_content(body)
    return made


def handmade_pdf(*pages: bytes | None, resources: bytes = b"", font: bytes = b"", extra: bytes = b"null") -> bytes:
    """A PDF as no library would write it: what each page draws with the font /F; None for a page that is lost."""
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R >>", 4: extra}
    objects[3] = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica " + font + b" >>"
    kids = []
    for number, drawn in enumerate(pages):
        place = 5 + 2 * number
        kids.append(b"%d 0 R" % place)
        if drawn is None:
            continue
        objects[place] = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents %d 0 R >>" % (place + 1)
        objects[place + 1] = b"<< /Length %d >> stream\n%b\nendstream" % (len(drawn), drawn)
    shared = b"/Resources << /Font << /F 3 0 R >> " + resources + b" >>"
    objects[2] = b"<< /Type /Pages /Count %d /Kids [%b] %b >>" % (len(kids), b" ".join(kids), shared)
    offsets: dict[int, int] = {}
    written = io.BytesIO()
    written.write(b"%PDF-1.7\n")
    for number, each in sorted(objects.items()):
        offsets[number] = written.tell()
        written.write(b"%d 0 obj\n%b\nendobj\n" % (number, each))
    start, size = written.tell(), 5 + 2 * len(kids)
    written.write(b"xref\n0 %d\n" % size)
    for number in range(size):
        written.write(b"%010d 00000 n \n" % offsets[number] if number in offsets else b"0000000000 65535 f \n")
    written.write(b"trailer << /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n" % (size, start))
    return written.getvalue()
