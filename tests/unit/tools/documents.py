"""Documents that tests make, and how tests read them."""

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
