"""What the settings say of the web: whether and where agents search, and which hosts of the person's own they reach.

The key of a search engine is not among it: that is in the system's keyring.
"""

from dataclasses import dataclass
from enum import StrEnum


class SearchEngine(StrEnum):
    """Who searches the web; nobody, unless the person says so."""

    OFF = "off"
    SEARXNG = "searxng"
    BRAVE = "brave"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebChoice:
    """All of it. Besides public addresses only the allowed hosts are reached, each with a port or for all of them."""

    search: SearchEngine = SearchEngine.OFF
    searxng: str = ""  # its address
    allowed_hosts: tuple[str, ...] = ()
