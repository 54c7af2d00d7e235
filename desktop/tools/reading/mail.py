"""E-mail (.eml): its headers, its text, and the attachments that are text themselves."""

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage, MIMEPart
from pathlib import Path

from desktop.engine import Part
from desktop.tools.reading.content import Content
from desktop.tools.reading.decode import decode
from desktop.tools.reading.limits import Limits
from desktop.tools.reading.pieces import pieces
from desktop.tools.reading.plain import text_bytes
from desktop.tools.shown_name import shown_name

_HEADERS = ("From", "To", "Cc", "Date", "Subject")


def read(given: Path | bytes, name: str, limits: Limits) -> Content:
    """The headers and the body as one text, then text attachments; notes list every attachment."""
    message = email.message_from_bytes(text_bytes(given, name, limits), policy=email.policy.default)
    notes: list[str] = []
    return Content(parts=_parts(message, name, notes), notes=notes)


def _parts(message: EmailMessage, name: str, notes: list[str]) -> Iterator[Part]:
    headers = "\n".join(f"{each}: {message[each]}" for each in _HEADERS if message[each])
    body = message.get_body(("plain", "html"))
    text = _text(body, name) if body is not None else ""
    yield Part(text=f"{headers}\n\n{text}", label=" ".join(str(message["Subject"] or "").split()))
    for attachment in message.iter_attachments() if message.is_multipart() else ():
        yield from _attachment(attachment, notes)


def _attachment(attachment: MIMEPart, notes: list[str]) -> Iterator[Part]:
    called = shown_name(attachment.get_filename() or attachment.get_content_type())
    if attachment.get_content_maintype() != "text":
        notes.append(f"attachment {called}: not read; save it and add it as a file")
        return
    notes.append(f"attachment {called}: read")
    yield from pieces(_text(attachment, called), label=called)


def _text(part: MIMEPart, name: str) -> str:
    data = part.get_payload(decode=True)
    text = decode(data if isinstance(data, bytes) else b"", name, part.get_content_charset("") or "")
    if part.get_content_subtype() == "html":
        from desktop.tools.reading.web import text_of

        return text_of(text)
    return text
