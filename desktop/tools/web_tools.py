"""The tools for the web: fetch a page, search."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from desktop.engine import Hit, ToolOutput, Web, WebPage, visible
from desktop.tools.own_tool import Arguments, OwnTool, own_tool, part_of

_MOST_HITS: Final = 10


@dataclass(slots=True)
class WebTools:
    """The tools for what the web holds. A page that is read in parts is fetched once."""

    web: Web
    _pages: dict[str, WebPage] = field(default_factory=dict)  # the last one

    def fetching(self) -> OwnTool:
        """The tool that fetches a page."""
        return own_tool(
            "fetch_page",
            "Fetches a page of the web and gives its text.",
            {
                "url": {
                    "type": "string",
                    "minLength": 1,
                    "description": "The whole address, such as https://example.com/a",
                },
                "part": {"type": "integer", "minimum": 1, "description": "Which part of a long text; 1 for the first"},
            },
            self.fetch,
            preview=self.preview_fetch,
            optional=("part",),
        )

    def searching(self) -> OwnTool:
        """The tool that searches."""
        return own_tool(
            "search_web",
            "Searches the web, and gives titles and addresses of pages.",
            {"query": {"type": "string", "minLength": 1, "maxLength": 400}},
            self.search,
            preview=self.preview_search,
        )

    async def fetch(self, arguments: Arguments) -> ToolOutput:
        """A part of a page's text. Raises `WebUnavailable`."""
        url = arguments["url"]
        page = self._pages.get(url)
        if page is None:
            page = await self.web.fetch(url)
            self._pages = {url: page}
        text = "\n".join([*(f"({note})" for note in page.notes), page.text])
        return part_of(text, arguments.get("part", 1), f"{page.title} · {page.final_url}")

    async def search(self, arguments: Arguments) -> ToolOutput:
        """What was found. Raises `WebUnavailable`."""
        hits = await self.web.search(arguments["query"], _MOST_HITS)
        return ToolOutput(text="\n\n".join(_hit_lines(hits)) or "Nothing was found.")

    async def preview_fetch(self, arguments: Arguments) -> str:
        """The address."""
        return f"Fetches {visible(arguments['url'])}"

    async def preview_search(self, arguments: Arguments) -> str:
        """The words that leave this machine."""
        return f"Asks the search engine for: {visible(arguments['query'])}"


def _hit_lines(hits: tuple[Hit, ...]) -> Iterator[str]:
    for number, hit in enumerate(hits, 1):
        yield "\n".join([f"{number}. {hit.title}", hit.url, *([hit.snippet] if hit.snippet else [])])
