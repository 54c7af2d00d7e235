"""E-mail (.eml): its headers, its text, and the attachments, each read as what it is."""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage, MIMEPart
from pathlib import Path

from desktop.engine import Part, UnreadableDocument
from desktop.tools import file_kinds as kinds
from desktop.tools.reading.content import Content
from desktop.tools.reading.decode import decode
from desktop.tools.reading.detect import media_type_of_content
from desktop.tools.reading.limits import Limits
from desktop.tools.reading.pieces import pieces
from desktop.tools.reading.plain import text_bytes
from desktop.tools.reading.readers import read_as
from desktop.tools.shown_name import shown_name

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_DEEPEST = 5  # mails within mails


def read(given: Path | bytes, name: str, limits: Limits) -> Content:
    """The headers and the body as one text, then the attachments; notes list every attachment."""
    message = email.message_from_bytes(text_bytes(given, name, limits), policy=email.policy.default)
    notes: list[str] = []
    return Content(parts=_Mail(limits, notes, depth=1).parts(message), notes=notes)


class _Mail:
    """Reads one message; those attached to it are read by further ones."""

    def __init__(self, limits: Limits, notes: list[str], depth: int) -> None:
        self._limits = limits
        self._notes = notes
        self._depth = depth

    def parts(self, message: EmailMessage) -> Iterator[Part]:
        headers = "\n".join(f"{each}: {message[each]}" for each in _HEADERS if message[each])
        body = message.get_body(("plain", "html"))
        text = self._body(body) if body is not None else ""
        label = " ".join(str(message["Subject"] or "").split())
        # the lines of what is shown are not those of the file
        yield from (replace(part, line=None) for part in pieces(f"{headers}\n\n{text}", label=label))
        for attachment in message.iter_attachments() if message.is_multipart() else ():
            yield from self._attached(attachment)

    def _body(self, body: MIMEPart) -> str:
        try:
            text = decode(_bytes(body), "the body", body.get_content_charset("") or "")
        except UnreadableDocument as error:
            self._notes.append(f"body: not read ({error.message})")
            return ""
        return _shown(text, body)

    def _attached(self, attachment: MIMEPart) -> Iterator[Part]:
        called = shown_name(attachment.get_filename() or attachment.get_content_type())
        try:
            parts = list(self._parts_of(attachment, called))
        except UnreadableDocument as error:
            self._notes.append(f"attachment {called}: not read ({error.message})")
            return
        self._notes.append(f"attachment {called}: read")
        for part in parts:
            yield replace(part, label=f"{called}: {part.label}" if part.label else called)

    def _parts_of(self, attachment: MIMEPart, called: str) -> Iterator[Part]:
        if attachment.get_content_type() == kinds.EMAIL:
            return self._enclosed(attachment.get_payload(0), called)
        data = _bytes(attachment)
        if not data:
            raise UnreadableDocument(f"{called} is empty.", hint="")
        promised = kinds.media_type_of(called)
        if attachment.get_content_maintype() == "text" and promised in ("", kinds.TEXT):
            promised = kinds.HTML if attachment.get_content_subtype() == "html" else kinds.TEXT
        media_type = media_type_of_content(data, promised, called)
        if media_type == kinds.EMAIL:
            return self._enclosed(email.message_from_bytes(data, policy=email.policy.default), called)
        if media_type in (kinds.TEXT, "text/csv", "text/markdown"):
            return pieces(decode(data, called, attachment.get_content_charset("") or ""))
        content = read_as(media_type, data, called, self._limits)
        self._notes.extend(f"attachment {called}: {note}" for note in content.notes)
        return iter(content.parts)

    def _enclosed(self, message: object, called: str) -> Iterator[Part]:
        if self._depth == _DEEPEST or not isinstance(message, EmailMessage):
            raise UnreadableDocument(f"{called} is a mail too deep within mails.", hint="Save it as a file of its own.")
        return _Mail(self._limits, self._notes, self._depth + 1).parts(message)


def _bytes(part: MIMEPart) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _shown(text: str, part: MIMEPart) -> str:
    if part.get_content_subtype() == "html":
        from desktop.tools.reading.web import text_of

        return text_of(text)
    return text
