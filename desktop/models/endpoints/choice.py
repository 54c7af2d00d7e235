"""What the settings hold of a model server: its address, never its key."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from desktop.engine import ModelInfo, ModelUnavailable

MOST_CHARACTERS: Final = 2_000
MOST_SLOTS: Final = 256
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")
_DEFAULT_PATH: Final = "/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointChoice:
    """An OpenAI-compatible server that the person listed."""

    name: str
    url: str  # where its API begins: "http://gpu-box:8080/v1"
    models: tuple[str, ...] = ()  # as the server calls them; none: the first that it lists
    context_tokens: int | None = None  # of each answer with its prompt; None: what the server says
    slots: int = 4  # questions at the same time; fewer where the server says so

    @property
    def base(self) -> str:
        """The address without a slash at its end; one without a path is completed."""
        url = self.url.strip().rstrip("/")
        return url if _parts(url).path else url + _DEFAULT_PATH

    @property
    def host(self) -> str:
        """The server as a person knows it: "gpu-box:8080"."""
        return _parts(self.url.strip()).netloc.rpartition("@")[2]

    @property
    def server(self) -> str:
        """Scheme, host and port: a key is kept for these, and goes to no other."""
        parts = _parts(self.url.strip())
        return f"{parts.scheme}://{self.host}".lower()

    @property
    def is_here(self) -> bool:
        """Whether the server is another program on this machine."""
        name = _parts(self.url.strip()).hostname or ""
        address = literal(name)
        return name == "localhost" or (address is not None and address.is_loopback)

    @property
    def is_encrypted(self) -> bool:
        """Whether nobody on the way can read what is asked and answered."""
        return self.base.startswith("https://")

    def infos(self) -> tuple[ModelInfo, ...]:
        """The models, known without asking the server. Their size is nobody's business here."""
        return tuple(self.info(model) for model in self.models or ("",))

    def info(self, model: str) -> ModelInfo:
        """One of the models; empty: the first that the server lists."""
        return ModelInfo(
            name=f"{self.name}/{model}" if model else self.name,
            path=f"{self.base}#{model}{self._wishes}",
            size=0,
            source=f"endpoint at {self.host}",
            host=self.host,
        )

    @property
    def _wishes(self) -> str:
        """What makes it another model to those who know models by their path: how it is to be asked, and as whose."""
        context = "" if self.context_tokens is None else f"&context={self.context_tokens}"
        return f"&slots={self.slots}{context}&server={self.name}"


def check_endpoint(choice: EndpointChoice) -> None:
    """Raise `ModelUnavailable` where the choice can't be one, as far as it shows without asking anybody."""
    if _NAME.fullmatch(choice.name) is None:
        raise _refused(
            "needs a name of letters, digits, blanks, dots and hyphens", "Give it a short one, such as gpu-box."
        )
    url = choice.url.strip()
    parts = _parts(url)
    is_written_well = len(url) <= MOST_CHARACTERS and url.isascii() and url.isprintable() and " " not in url
    if not is_written_well or parts.scheme not in ("http", "https") or not parts.hostname:
        raise _refused(f"{choice.name} has no address", "Give the whole one, such as http://gpu-box:8080/v1.")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise _refused(
            f"{choice.name} has an address with a name, a password or a query in it",
            "Leave it out; a key has a field of its own, and is kept in the keyring.",
        )
    if not 1 <= choice.slots <= MOST_SLOTS:
        raise _refused(
            f"{choice.name} is to answer {choice.slots} questions at once", f"Choose a number from 1 to {MOST_SLOTS}."
        )
    if choice.context_tokens is not None and choice.context_tokens < 1:
        raise _refused(f"{choice.name} has a context of no tokens", "Leave it empty, and the server is asked.")
    address = literal(parts.hostname)
    if parts.scheme == "http" and address is not None:
        check_plain(choice.host, address)


def check_endpoints(choices: tuple[EndpointChoice, ...]) -> None:
    """Raise `ModelUnavailable` where one can't be used, or two can't be told apart."""
    seen: set[str] = set()
    for choice in choices:
        check_endpoint(choice)
        plain = plain_name(choice.name)
        if plain in seen:
            raise _refused(f"{choice.name} is called like another one", "Give each a name of its own.")
        seen.add(plain)


def check_plain(host: str, address: IPv4Address | IPv6Address) -> None:
    """Raise `ModelUnavailable` where plain http would lead through the open internet."""
    inner = (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
    if inner.is_global:
        raise ModelUnavailable(
            f"{host} is on the open internet and its address begins with http://: everybody on the way could read the "
            "documents and the key. Nothing was sent.",
            hint="Use https, or reach the server through a VPN or an SSH tunnel.",
        )


def plain_name(name: str) -> str:
    """The name as a variable of the environment can hold it: two that are the same in this can't be told apart."""
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host's name is by itself; None where it has to be looked up."""
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is none
    except ValueError:
        return urlsplit("")
    return parts


def _refused(why: str, hint: str) -> ModelUnavailable:
    return ModelUnavailable(f"The model server {why}. Nothing was asked.", hint=hint)
