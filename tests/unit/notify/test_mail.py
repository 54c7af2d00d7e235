"""E-mail through a real server on the loopback, with TLS and STARTTLS."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import UnthreadedController
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from desktop.engine import Artifact, ChannelKind, DeliveryFailed, Occasion, RunNumber, TaskId
from desktop.notify import Choices, MailChoice, SecretDrawer, Security, send_test, try_channel
from desktop.notify.mail_channel import compose, send_mail
from tests.fakes.fake_clock import FakeClock
from tests.fakes.memory_files import MemoryFiles
from tests.unit.notify.deliveries import HOSTILE, delivery

pytestmark = pytest.mark.expected_log("login_data is deprecated", "SMTP session exception")  # said by the server
PASSWORD = "correct horse"  # noqa: S105 - of the server below
CHOICE = MailChoice(enabled=True, host="127.0.0.1", user="me", sender="legwork@example.com", recipient="me@example.com")
MAIL = delivery(ChannelKind.MAIL)


class Mailbox:
    """What the server was handed."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.envelopes: list[Any] = []
        self.refusal = ""

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's
        if self.refusal:
            return self.refusal
        self.envelopes.append(envelope)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"


def certificate(folder: Path) -> Path:
    """A key and a certificate for the loopback, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    kinds = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "loopback.pem"
    path.write_bytes(key.private_bytes(*kinds) + made.public_bytes(serialization.Encoding.PEM))
    return path


def authenticate(
    _server: object, _session: object, _envelope: object, _mechanism: str, data: LoginPassword
) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"me", PASSWORD.encode()), handled=False)


class Folder(MemoryFiles):
    """Holds a file of any name, also of those that no run could write, but one."""

    async def read(self, task_id: TaskId, run: RunNumber, name: str) -> bytes:
        return await super().read(task_id, run, name) if "lost" in name else b"content"


class Office:
    """Two mail servers, one for each kind of security, and their mailbox."""

    def __init__(self, folder: Path) -> None:
        self.box = Mailbox()
        self.pem = certificate(folder)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.pem)
        loop = asyncio.get_running_loop()
        options: dict[str, Any] = {"authenticator": authenticate, "loop": loop}
        self.servers = {
            Security.TLS: UnthreadedController(
                self.box, "127.0.0.1", 0, ssl_context=context, auth_require_tls=False, **options
            ),
            Security.STARTTLS: UnthreadedController(
                self.box, "127.0.0.1", 0, tls_context=context, require_starttls=True, auth_required=True, **options
            ),
        }

    async def open(self) -> None:
        for server in self.servers.values():
            server.server = await server._create_server()

    def choice(self, security: Security) -> MailChoice:
        server = self.servers[security].server
        assert server is not None
        return replace(CHOICE, security=security, port=server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        for each in self.servers.values():
            assert each.server is not None
            each.server.close()
            await each.server.wait_closed()


@pytest.fixture
async def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    made = Office(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.pem))
    await made.open()
    yield made
    await made.close()


@pytest.mark.parametrize("security", Security)
async def test_the_result_arrives_over_tls(office: Office, security: Security) -> None:
    await send_mail(MAIL, office.choice(security), PASSWORD, MemoryFiles().read)
    (message,) = office.box.messages
    assert message["Subject"] == "Completed: Compare the tenders"
    assert (message["From"], message["To"]) == ("legwork@example.com", "me@example.com")
    assert message["Message-ID"] == "<msg_1@legwork.invalid>"
    assert "Only **Zürich** gives a warranty." in message.get_content()
    assert office.box.envelopes[0].rcpt_tos == ["me@example.com"]


@pytest.mark.parametrize("security", Security)
async def test_a_wrong_password_is_told_apart_and_not_repeated(office: Office, security: Security) -> None:
    with pytest.raises(DeliveryFailed, match="does not accept the user and password") as failed:
        await send_mail(MAIL, office.choice(security), "wrong horse", MemoryFiles().read)
    assert "wrong horse" not in str(failed.value)
    assert office.box.messages == []


@pytest.mark.parametrize("security", Security)
async def test_nothing_is_said_to_a_server_that_nobody_vouches_for(
    office: Office, security: Security, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(DeliveryFailed, match="certificate") as failed:
        await send_mail(MAIL, office.choice(security), PASSWORD, MemoryFiles().read)
    assert PASSWORD not in str(failed.value)


async def test_a_server_without_starttls_is_not_spoken_to_in_the_open() -> None:
    box = Mailbox()
    plain = UnthreadedController(box, "127.0.0.1", 0, loop=asyncio.get_running_loop())
    plain.server = await plain._create_server()
    try:
        port = plain.server.sockets[0].getsockname()[1]
        with pytest.raises(DeliveryFailed, match="STARTTLS"):
            await send_mail(MAIL, replace(CHOICE, port=port, user=""), "", MemoryFiles().read)
    finally:
        plain.server.close()
        await plain.server.wait_closed()
    assert box.messages == []


async def test_a_refusal_says_what_the_server_said(office: Office) -> None:
    office.box.refusal = "552 Too large for this place"
    with pytest.raises(DeliveryFailed, match="552 Too large for this place"):
        await send_mail(MAIL, office.choice(Security.TLS), PASSWORD, MemoryFiles().read)


async def test_nobody_there_is_told_with_what_to_do(office: Office) -> None:
    choice = office.choice(Security.TLS)
    await office.close()
    with pytest.raises(DeliveryFailed, match="can't be used") as failed:
        await send_mail(MAIL, choice, PASSWORD, MemoryFiles().read)
    assert failed.value.hint


async def test_a_hostile_title_stays_a_title(office: Office) -> None:
    hostile = delivery(ChannelKind.MAIL, title=HOSTILE, text=HOSTILE)
    await send_mail(hostile, office.choice(Security.TLS), PASSWORD, MemoryFiles().read)
    (message,) = office.box.messages
    assert message["Bcc"] is None
    assert office.box.envelopes[0].rcpt_tos == ["me@example.com"]
    assert str(message["Subject"]).startswith("Completed: Zürich Bcc: evil@example.com")
    assert {name.lower() for name in message.keys()} == {  # noqa: SIM118 - a message has no other way
        "from", "to", "subject", "date", "message-id", "auto-submitted",
        "content-type", "content-transfer-encoding", "mime-version",
    }  # fmt: skip


async def test_files_go_along_up_to_the_limit_and_the_others_are_named(office: Office) -> None:
    artifacts = []
    for name, size in (("report.md", 400), ("table\r\nX: 1.csv", 700_000), ("huge.bin", 600_000), ("lost.md", 10)):
        kind = "text/markdown" if name.endswith(".md") else "evil\r\ntype"
        artifacts.append(Artifact(name=name, media_type=kind, size=size, sha256="ab"))
    sent = replace(MAIL, bulletin=replace(MAIL.bulletin, artifacts=tuple(artifacts)))
    await send_mail(sent, replace(office.choice(Security.TLS), attach_megabytes=1.0), PASSWORD, Folder().read)
    (message,) = office.box.messages
    along = {part.get_filename(): part.get_content_type() for part in message.iter_attachments()}
    assert along == {"report.md": "text/markdown", "table X: 1.csv": "application/octet-stream"}
    body = message.get_body()
    assert body is not None
    assert "Not attached: huge.bin, lost.md" in body.get_content()


@pytest.mark.parametrize(
    "choice",
    [
        replace(CHOICE, host=" "),
        replace(CHOICE, sender=""),
        replace(CHOICE, recipient="me"),
        replace(CHOICE, recipient="me@example.com, you@example.com"),
        replace(CHOICE, sender="a@b\r\nBcc: c@d"),
    ],
)
async def test_settings_that_can_not_be_used_are_told(choice: MailChoice) -> None:
    with pytest.raises(DeliveryFailed) as failed:
        await compose(MAIL, choice, MemoryFiles().read)
    assert failed.value.hint


async def test_a_failure_is_told_as_one() -> None:
    failed = delivery(ChannelKind.MAIL, Occasion.FAILED, text="It is encrypted. Remove the password.")
    message = await compose(failed, CHOICE, MemoryFiles().read)
    assert message["Subject"] == "Failed: Compare the tenders"
    assert "Remove the password." in message.get_content()


async def test_a_test_can_be_sent_and_the_server_tried_without(office: Office) -> None:
    choices = Choices(mail=replace(office.choice(Security.STARTTLS), enabled=False))
    drawer = SecretDrawer({"LEGWORK_MAIL_PASSWORD": PASSWORD})
    assert await try_channel(ChannelKind.MAIL, choices, clock=FakeClock(), drawer=drawer) == ""
    assert office.box.messages == []
    await send_test(ChannelKind.MAIL, choices, clock=FakeClock(), drawer=drawer)
    assert office.box.messages[0]["Subject"] == "Completed: A test from Legwork"
    wrong = SecretDrawer({"LEGWORK_MAIL_PASSWORD": "wrong"})
    assert "password" in await try_channel(ChannelKind.MAIL, choices, clock=FakeClock(), drawer=wrong)
