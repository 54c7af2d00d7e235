"""How and where the person wants to be told: what the settings say of the ways out of this machine.

Passwords and tokens are not among them: these are in the system's keyring (`SecretDrawer`).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Security(StrEnum):
    """How a mail server is spoken to. Never in the open."""

    STARTTLS = "starttls"
    TLS = "tls"


PORTS: Final = {Security.STARTTLS: 587, Security.TLS: 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailChoice:
    """A mail server and who writes to whom. `user` empty: the server wants no password."""

    enabled: bool = False
    host: str = ""
    port: int = PORTS[Security.STARTTLS]
    security: Security = Security.STARTTLS
    user: str = ""
    sender: str = ""
    recipient: str = ""
    attach_megabytes: float = 5.0  # files of the result go along up to this size together; 0: none


@dataclass(frozen=True, slots=True, kw_only=True)
class NtfyChoice:
    """A server that speaks ntfy (https://docs.ntfy.sh/publish/), and a topic there."""

    enabled: bool = False
    server: str = "https://ntfy.sh"
    topic: str = ""
    with_token: bool = False  # the server wants the token that is in the keyring


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandChoice:
    """A program of the person's own, with its arguments. No shell reads them."""

    enabled: bool = False
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """All of it. Webhooks may lead to machines of the local network only where their host is named."""

    mail: MailChoice = MailChoice()
    ntfy: NtfyChoice = NtfyChoice()
    command: CommandChoice = CommandChoice()
    allowed_webhook_hosts: tuple[str, ...] = ()
