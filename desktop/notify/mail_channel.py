"""Tells the person by e-mail. Titles, texts and file names may be hostile: nothing of them can become a header."""

import re
import ssl
from collections.abc import Awaitable, Callable
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from desktop.engine import (
    Artifact,
    Bulletin,
    Delivery,
    DeliveryFailed,
    LegworkError,
    Occasion,
    RunNumber,
    TaskId,
)
from desktop.notify.choices import MailChoice, Security
from desktop.notify.wording import heading_of, one_line

if TYPE_CHECKING:
    import aiosmtplib

ReadFile = Callable[[TaskId, RunNumber, str], Awaitable[bytes]]
"""Reads a file of a run; raises `LegworkError` where it is gone."""

_MEDIA_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_MEGABYTE: Final = 1_000_000
_SUBJECT_CHARACTERS: Final = 150
_NAME_CHARACTERS: Final = 100
_CONNECT_SECONDS: Final = 18.0
"""A little less than an attempt may take, so that the server's silence is told as what it is."""


async def send_mail(delivery: Delivery, choice: MailChoice, password: str, read_file: ReadFile) -> None:
    """Send it. Raises `DeliveryFailed`."""
    message = await compose(delivery, choice, read_file)
    async with _Errors(choice):
        client = _client(choice)
        async with client:
            await _log_in(client, choice, password)
            await client.send_message(message)


async def try_mail_server(choice: MailChoice, password: str) -> None:
    """Connect and log in, and send nothing. Raises `DeliveryFailed`."""
    check_mail_choice(choice)
    async with _Errors(choice):
        client = _client(choice)
        async with client:
            await _log_in(client, choice, password)


async def compose(delivery: Delivery, choice: MailChoice, read_file: ReadFile) -> EmailMessage:
    """The message. Raises `DeliveryFailed` where the settings hold no address to write to or from."""
    bulletin = delivery.bulletin
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = check_mail_choice(choice)
    message["Subject"] = one_line(heading_of(bulletin), _SUBJECT_CHARACTERS)
    message["Date"] = format_datetime(bulletin.at)
    message["Message-ID"] = f"<{delivery.delivery_id}@legwork.invalid>"  # the same at each attempt: shown once
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes in return
    along, left = _chosen(bulletin.artifacts, choice.attach_megabytes * _MEGABYTE)
    contents = []
    for artifact in along:
        try:
            contents.append((artifact, await read_file(bulletin.task_id, bulletin.run, f"artifacts/{artifact.name}")))
        except LegworkError:
            left.append(artifact)
    message.set_content(_text(bulletin, left))
    for artifact, content in contents:
        _attach(message, artifact, content)
    return message


def check_mail_choice(choice: MailChoice) -> tuple[Address, Address]:
    """Who writes to whom. Raises `DeliveryFailed` where the settings can't be used."""
    if not choice.host.strip():
        raise DeliveryFailed("No mail server is given.", hint="Give its name in the settings.")
    return _address(choice.sender, "sender"), _address(choice.recipient, "recipient")


def _address(text: str, what: str) -> Address:
    try:
        address = Address(addr_spec=text.strip())
    except (MessageError, ValueError, IndexError):
        address = Address()
    if not address.username or not address.domain:
        raise DeliveryFailed(f"The {what} is no e-mail address.", hint="Give one such as me@example.com.")
    return address


def _client(choice: MailChoice) -> "aiosmtplib.SMTP":
    import aiosmtplib

    return aiosmtplib.SMTP(
        hostname=choice.host.strip(),
        port=choice.port,
        use_tls=choice.security is Security.TLS,
        start_tls=choice.security is Security.STARTTLS,
        tls_context=ssl.create_default_context(),
        timeout=_CONNECT_SECONDS,
    )


async def _log_in(client: "aiosmtplib.SMTP", choice: MailChoice, password: str) -> None:
    if choice.user:
        await client.login(choice.user, password)


class _Errors:
    """Turns what goes wrong with a mail server into words."""

    def __init__(self, choice: MailChoice) -> None:
        self._server = f"{one_line(choice.host, _NAME_CHARACTERS)}:{choice.port}"

    async def __aenter__(self) -> None:
        """Nothing to prepare."""

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Raise `DeliveryFailed` for whatever the server or the way to it is to blame for."""
        import aiosmtplib

        if isinstance(error, aiosmtplib.SMTPAuthenticationError):
            raise DeliveryFailed(
                f"The mail server {self._server} does not accept the user and password.",
                hint="Enter both again in the settings; some providers want a password made for this program.",
            ) from error
        if isinstance(error, aiosmtplib.SMTPResponseException):
            said = one_line(error.message, 200)
            raise DeliveryFailed(
                f"The mail server {self._server} refused the message ({error.code} {said}).",
                hint="See what it says, and whether sender and recipient are right.",
            ) from error
        if isinstance(error, aiosmtplib.SMTPException | OSError | ValueError):
            raise DeliveryFailed(
                f"The mail server {self._server} can't be used ({type(error).__name__}: {one_line(str(error), 120)}).",
                hint="See that name, port and TLS or STARTTLS are right, and that its certificate is valid.",
            ) from error


def _chosen(artifacts: tuple[Artifact, ...], limit: float) -> tuple[list[Artifact], list[Artifact]]:
    """The files that go along, in order as long as there is room, and those that do not."""
    along: list[Artifact] = []
    left: list[Artifact] = []
    for artifact in artifacts:
        fits = sum(other.size for other in along) + artifact.size <= limit
        (along if fits else left).append(artifact)
    return along, left


def _text(bulletin: Bulletin, left: list[Artifact]) -> str:
    parts = [bulletin.title, _printable(bulletin.text)]
    if bulletin.occasion is Occasion.COMPLETED and bulletin.text:
        parts.append("This is how the result begins. All of it is in Legwork.")
    if left:
        names = ", ".join(one_line(artifact.name, _NAME_CHARACTERS) for artifact in left)
        parts.append(f"Not attached: {names}")
    parts.append(f"Task {bulletin.task_id}, run {bulletin.run}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _printable(text: str) -> str:
    return "\n".join(one_line(line, 2_000) for line in text.splitlines()).strip()


def _attach(message: EmailMessage, artifact: Artifact, content: bytes) -> None:
    kind = artifact.media_type if _MEDIA_TYPE.fullmatch(artifact.media_type) else "application/octet-stream"
    main, _, sub = kind.partition("/")
    name = one_line(artifact.name.replace("\\", "/").rpartition("/")[2], _NAME_CHARACTERS) or "file"
    message.add_attachment(content, maintype=main, subtype=sub, filename=name)
