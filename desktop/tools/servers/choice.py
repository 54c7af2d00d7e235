"""What the settings hold of a server of tools: a program of this machine, or an address. Its secrets are elsewhere."""

import hashlib
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from desktop.outbound import host_of, is_named
from desktop.tools.servers.failure import ServerRefused
from desktop.tools.servers.masked_arguments import masked, secrets_among

MOST_CHARACTERS: Final = 4_000
"""Of one argument, value or address."""
HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""How this machine is called by itself."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
_LEGWORK: Final = "LEGWORK_"
_SECRET: Final = re.compile(
    r"key|token|secret|passw|pwd|credential|auth|cookie|session|private|signature|dsn|(^|_)(pat|pass|pin)($|_)"
    r"|_ur[il]$|connection",
    re.IGNORECASE,
)
"""Names of variables whose values are secrets, more often than not. Addresses may hold a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerChoice:
    """An MCP server that the person listed: `command` where it is a program here, `url` where it is elsewhere."""

    name: str
    enabled: bool = True
    command: str = ""
    args: tuple[str, ...] = ()
    cwd: str = ""  # the folder that it runs in; empty: the home folder
    env: dict[str, str] = field(default_factory=dict)  # what it finds besides a few variables of the system's
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()  # names of variables or headers whose values are in the keyring

    @property
    def identity(self) -> str:
        """What makes it this server, whatever it is called: a secret or an acceptance goes to no other."""
        made = [self.url.strip()] if self.url.strip() else [self.command, *self.args]
        return hashlib.sha256(json.dumps(made).encode()).hexdigest()

    @property
    def server(self) -> str:
        """Where its secrets may go: scheme, host and port of an address, or the program with its arguments."""
        parts = _parts(self.url)
        return f"{parts.scheme}://{host_of(self.url.strip())}".lower() if self.url.strip() else self.identity[:16]

    @property
    def where(self) -> str:
        """What it is, for a person; never with what stands in the query of an address, or a secret."""
        if self.url.strip():
            parts = _parts(self.url)
            return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        return f"the program {shlex.join((self.command, *self.shown_args))}"

    @property
    def shown_args(self) -> tuple[str, ...]:
        """The arguments of the program without what may be secret in them."""
        return masked(self.args, _SECRET.search)

    @property
    def values(self) -> Mapping[str, str]:
        """Variables or headers, by what kind of server it is."""
        return self.headers if self.url.strip() else self.env

    def with_values(self, values: Mapping[str, str], kept: tuple[str, ...] = ()) -> "ServerChoice":
        """The same server with these variables or headers, and the names of those that are in the keyring."""
        if self.url.strip():
            return replace(self, headers=dict(values), env={}, kept=kept)
        return replace(self, env=dict(values), headers={}, kept=kept)

    def secrets_in(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """What nobody may read in a message: of these variables or headers, and of a program's arguments.

        Of "Bearer abc" the second word too.
        """
        secrets = [values[name] for name in (*self.kept, *self.secret_names()) if name in values]
        among = () if self.url.strip() else secrets_among(self.args, _SECRET.search)
        return tuple({*among, *secrets, *(secret.split()[-1] for secret in secrets if secret.strip())})

    def secret_names(self) -> tuple[str, ...]:
        """The variables or headers, among those with a value here, whose values should be in the keyring."""
        if self.url.strip():
            return tuple(self.headers)  # what else are they for
        return tuple(name for name in self.env if _SECRET.search(name))


def check_server(choice: ServerChoice, named: tuple[str, ...] = ()) -> None:
    """Raise `ServerRefused` where the choice can't be one, as far as it shows without starting or asking anybody.

    `named` are the hosts of the person's own that may be called in the open.
    """
    if _NAME.fullmatch(choice.name) is None:
        raise _refused(
            f"“{choice.name[:40]}” is no name for it", "Give it a short one of letters, digits, - and _, such as files."
        )
    if bool(choice.command.strip()) == bool(choice.url.strip()):
        raise _refused(f"{choice.name} needs a program or an address, and only one of them", "Fill in one.")
    for text in (choice.command, choice.cwd, choice.url, *choice.args, *choice.values.values()):
        if len(text) > MOST_CHARACTERS or "\0" in text or not _is_text(text):
            raise _refused(f"{choice.name} has a value that is too long or no text", "Shorten it, or type it again.")
    if choice.url.strip():
        _check_address(choice, named)
    else:
        _check_program(choice)


def check_servers(choices: tuple[ServerChoice, ...], named: tuple[str, ...] = ()) -> None:
    """Raise `ServerRefused` where one can't be used, or two can't be told apart."""
    seen: set[str] = set()
    for choice in choices:
        check_server(choice, named)
        plain = plain_name(choice.name)
        if plain in seen:
            raise _refused(f"{choice.name} is called like another one", "Give each a name of its own.")
        seen.add(plain)


def plain_name(name: str) -> str:
    """The name as a variable of the environment can hold it: two that are the same in this can't be told apart."""
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def named_hosts(choice: ServerChoice, named: tuple[str, ...]) -> tuple[str, ...]:
    """The hosts that this server may be at though they are not public: those that the person named, and this machine.

    It is only ever asked at the address that the person gave.
    """
    here = (host_of(choice.url.strip()),) if _parts(choice.url).hostname in HERE else ()
    return named + here


def _check_program(choice: ServerChoice) -> None:
    for name in (*choice.env, *choice.kept):
        if _VARIABLE.fullmatch(name) is None:
            raise _refused(
                f"{choice.name} has a variable called “{name[:40]}”", "Names are letters, digits and underscores."
            )
        if name.upper().startswith(_LEGWORK):
            raise _refused(
                f"{choice.name} is to be given {name}, which is Legwork's own", "Leave it out: no server gets these."
            )
    if choice.cwd and not Path(choice.cwd).expanduser().is_absolute():
        raise _refused(f"{choice.name} is to run in “{choice.cwd}”", "Give the whole path of the folder.")


def _check_address(choice: ServerChoice, named: tuple[str, ...]) -> None:
    url, parts = choice.url.strip(), _parts(choice.url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable() or " " in url:
        raise _refused(f"{choice.name} has no address", "Give the whole one, such as https://example.com/mcp.")
    if "@" in parts.netloc:
        raise _refused(
            f"{choice.name} has an address with a name or a password in it", "Leave it out; put it into a header."
        )
    for name, value in choice.headers.items():
        if _HEADER.fullmatch(name) is None or not value.isprintable():
            raise _refused(f"{choice.name} has a header that can't be sent: “{name[:40]}”", "Write NAME=value.")
    port = parts.port or 80
    if parts.scheme == "http" and not is_named(parts.hostname, port, named_hosts(choice, named)):
        raise _refused(
            f"{choice.name} has an address that begins with http://, so everybody on the way could read all that is "
            "sent",
            f"Use https, or name {parts.hostname}:{port} in the settings under Web, if it is a machine of yours.",
        )


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        _ = parts.port  # raises where it is none
    except ValueError:
        return urlsplit("")
    return parts


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refused(why: str, hint: str) -> ServerRefused:
    return ServerRefused(f"The tool server can't be used: {why}. Nothing was started.", hint=hint)
