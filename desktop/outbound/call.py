"""What is sent, what it may cost, and what comes back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

_MB: Final = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a call may cost, all its redirects together."""

    connect_seconds: float = 10.0  # for the look-up and the connection to one host
    silence_seconds: float = 20.0  # without a byte
    seconds: float = 60.0
    bytes: int = 20 * _MB  # of the body, after decompression
    redirects: int = 5  # that are followed; 0: a redirect is an answer like others


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request. Its headers go to the first host only, since they may hold a key."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    accepts: Callable[[str], bool] | None = None  # media types whose bodies are read; None: the body is left unread


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer. There is a body only where it says that all went well, and where it was asked for."""

    url: str  # of the last redirect
    status: int
    headers: Mapping[str, str]  # by names in small letters
    media_type: str  # without parameters, in small letters; empty where the answer does not say
    charset: str = ""
    body: bytes = b""

    @property
    def is_success(self) -> bool:
        """Whether the answer is a yes."""
        return 200 <= self.status < 300
