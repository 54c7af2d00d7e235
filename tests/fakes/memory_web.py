"""A web in memory."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from desktop.engine import AddressRefused, Hit, SearchUnavailable, WebPage, WebUnavailable


class MemoryWeb:
    """Implements `Web`. `hits` None: search is switched off. What was asked for is kept."""

    def __init__(self, pages: Mapping[str, str] | None = None, hits: Sequence[Hit] | None = None) -> None:
        self.pages = dict(pages or {})
        self.hits = hits
        self.fetched: list[str] = []
        self.searched: list[str] = []

    async def fetch(self, url: str) -> WebPage:
        """The text of the page by that address; its first line is its title."""
        if not url.startswith(("http://", "https://")):
            raise AddressRefused("This is no address on the web, and was not called.", hint="Give the whole address.")
        self.fetched.append(url)
        text = self.pages.get(url, "")
        if not text.strip():
            raise WebUnavailable("There is no such page.", hint="See that the address is right.")
        return WebPage(
            url=url,
            final_url=url,
            title=text.strip().splitlines()[0],
            text=text,
            media_type="text/html",
            fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        )

    async def search(self, query: str, limit: int = 10) -> tuple[Hit, ...]:
        """The hits, whatever the query is."""
        if self.hits is None or not query.strip():
            raise SearchUnavailable("Searching the web is switched off.", hint="Switch it on in the settings.")
        self.searched.append(query)
        return tuple(self.hits[:limit])
