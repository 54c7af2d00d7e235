"""The web for a part of a run that may not use it."""

from dataclasses import dataclass

from desktop.engine.errors import AddressRefused, SearchUnavailable
from desktop.engine.web import Hit, WebPage


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedWeb:
    """Implements `Web` by refusing: nothing leaves. `hint` says what to do."""

    hint: str

    async def fetch(self, url: str) -> WebPage:
        """Raises `AddressRefused`."""
        raise AddressRefused("The task does not allow pages to be fetched; nothing was called.", hint=self.hint)

    async def search(self, query: str, limit: int = 10) -> tuple[Hit, ...]:
        """Raises `SearchUnavailable`."""
        raise SearchUnavailable("The task does not allow the web to be searched; nothing was sent.", hint=self.hint)
