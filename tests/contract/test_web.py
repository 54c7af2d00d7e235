"""The web fetches pages and searches, and refuses what can't be had; its double does as well."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from desktop.engine import AddressRefused, Hit, SearchUnavailable, SystemClock, Web, WebUnavailable
from desktop.tools import PooledReader, SearchEngine, WebAccess, WebChoice
from tests.fakes.memory_web import MemoryWeb
from tests.fakes.web_server import WebServer, page

HITS = tuple(Hit(title=f"Tide {number}", url=f"https://{number}.example/", snippet="High") for number in range(5))
Make = Callable[[bool], Awaitable[tuple[Web, str]]]


@asynccontextmanager
async def real() -> AsyncIterator[Make]:
    server, reader = WebServer(), PooledReader(workers=1)
    await server.open()
    server.pages["/tides"] = page("<title>Tides</title><p>High water at <b>six</b>.</p><script>low()</script>")
    server.pages["/blank"] = page("")
    results = [{"title": hit.title, "url": hit.url, "content": hit.snippet} for hit in HITS]
    server.pages["/search"] = page(json.dumps({"results": results}), "application/json")

    async def make(with_search: bool) -> tuple[Web, str]:
        choice = WebChoice(
            search=SearchEngine.SEARXNG if with_search else SearchEngine.OFF,
            searxng=server.url("/"),
            allowed_hosts=("127.0.0.1",),
        )
        return WebAccess(lambda: choice, reader=reader, clock=SystemClock(), key=_no_key), server.url("")

    yield make
    await reader.close()
    await server.close()


@asynccontextmanager
async def double() -> AsyncIterator[Make]:
    async def make(with_search: bool) -> tuple[Web, str]:
        base = "https://some.example"
        return MemoryWeb({f"{base}/tides": "Tides\nHigh water at six."}, HITS if with_search else None), base

    yield make


async def _no_key() -> str:
    return ""


@pytest.fixture(params=[real, double])
async def make(request: pytest.FixtureRequest) -> AsyncIterator[Make]:
    async with request.param() as made:
        yield made


async def test_a_page_is_fetched_as_the_text_that_it_shows(make: Make) -> None:
    web, base = await make(False)
    found = await web.fetch(f"{base}/tides")
    assert (found.url, found.final_url) == (f"{base}/tides", f"{base}/tides")
    assert (found.title, found.text, found.media_type) == ("Tides", "Tides\nHigh water at six.", "text/html")
    assert datetime(2026, 1, 1, tzinfo=UTC) <= found.fetched_at


@pytest.mark.parametrize("path", ["/nothing", "/blank"])
async def test_what_is_not_there_or_holds_nothing_is_said(make: Make, path: str) -> None:
    web, base = await make(False)
    with pytest.raises(WebUnavailable) as refused:
        await web.fetch(base + path)
    assert refused.value.hint


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "some.example/tides"])
async def test_what_is_no_address_is_refused(make: Make, url: str) -> None:
    web, _ = await make(False)
    with pytest.raises(AddressRefused):
        await web.fetch(url)


async def test_a_search_finds_the_best_first_and_no_more_than_was_asked_for(make: Make) -> None:
    web, _ = await make(True)
    assert await web.search("tides", 3) == HITS[:3]
    assert await web.search("tides") == HITS


async def test_search_is_off_until_the_person_says_otherwise(make: Make) -> None:
    web, _ = await make(False)
    with pytest.raises(SearchUnavailable) as refused:
        await web.search("tides")
    assert "settings" in refused.value.hint


async def test_a_search_for_nothing_is_refused(make: Make) -> None:
    web, _ = await make(True)
    with pytest.raises(SearchUnavailable):
        await web.search(" \n ")
