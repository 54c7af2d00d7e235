"""A door to other machines, besides the one on loopback: an address of this machine, with TLS unless that is waived."""

import ipaddress
import socket
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path

from desktop.api.errors import HandoverFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class OuterDoor:
    """The address under which other machines reach this one; `certificate` and `key` are PEM files."""

    host: str
    port: int = 0
    certificate: Path | None = None
    key: Path | None = None
    without_tls: bool = False

    def bind(self) -> socket.socket:
        """Take the address. Raises `HandoverFailed` where it can't be used, or would be read by others."""
        family, address = self._resolved()
        is_here = ipaddress.ip_address(address).is_loopback
        if ipaddress.ip_address(address).is_unspecified:
            raise HandoverFailed(
                f"{self.host} stands for every address of this machine, and requests are answered only where they name "
                "the right one. Nothing was started.",
                hint="Give the one address or name by which the other machines know this one.",
            )
        if self.certificate is not None:
            self._check_certificate(self.certificate)
        elif not (is_here or self.without_tls):
            raise HandoverFailed(
                f"Without TLS, whoever shares the network with {self.host} can read the token and all that is asked "
                "and answered, and then do whatever you can do here. Nothing was started.",
                hint="Give a certificate with --cert and --key; or say --without-tls where the network is yours alone, "
                "such as a VPN or a tunnel.",
            )
        return self._listener(family, address)

    def hosts(self, port: int) -> frozenset[str]:
        """What a `Host` header may say."""
        names = {self.host, self._resolved()[1]}
        return frozenset(f"[{name}]:{port}" if ":" in name else f"{name}:{port}" for name in map(str.lower, names))

    def url(self, port: int) -> str:
        """The address, for people."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'http' if self.certificate is None else 'https'}://{shown}:{port}"

    def _resolved(self) -> tuple[socket.AddressFamily, str]:
        try:
            family, *_, address = socket.getaddrinfo(self.host, None, type=socket.SOCK_STREAM)[0]
        except (OSError, UnicodeError) as error:
            raise HandoverFailed(
                f"“{self.host}” is no address of this machine. Nothing was started.",
                hint="Give the address or name by which other machines know this one.",
            ) from error
        return family, str(address[0])

    def _check_certificate(self, certificate: Path) -> None:
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
                certificate, self.key, password=_no_password
            )
        except (OSError, ValueError) as error:  # ssl's errors are OSErrors
            raise HandoverFailed(
                f"The certificate {certificate} can't be used ({error}). Nothing was started.",
                hint="Give a certificate and its key, both PEM files, the key without a password.",
            ) from error

    def _listener(self, family: socket.AddressFamily, address: str) -> socket.socket:
        listener = socket.socket(family, socket.SOCK_STREAM)
        if sys.platform != "win32":  # there it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, self.port))
        except OSError as error:
            listener.close()
            raise HandoverFailed(
                f"{self.host}, port {self.port}, can't be used ({error.strerror}). Nothing was started.",
                hint="Choose an address of this machine with --host, and another port with --port.",
            ) from error
        return listener


def _no_password() -> str:
    raise ValueError("the key has a password")
