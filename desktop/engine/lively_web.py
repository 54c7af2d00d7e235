"""The web for a run, which is no silence while it waits for a page: fetching has limits of its own."""

from dataclasses import dataclass

from desktop.engine.ports import Clock
from desktop.engine.signs_of_life import SignsOfLife
from desktop.engine.web import Hit, Web, WebPage


@dataclass(frozen=True, slots=True)
class LivelyWeb:
    """Implements `Web` by another one."""

    web: Web
    life: SignsOfLife
    clock: Clock

    async def fetch(self, url: str) -> WebPage:
        """The page with the text that it shows."""
        async with self.life.regularly(self.clock):
            return await self.web.fetch(url)

    async def search(self, query: str, limit: int = 10) -> tuple[Hit, ...]:
        """What the person's search engine finds."""
        async with self.life.regularly(self.clock):
            return await self.web.search(query, limit)
