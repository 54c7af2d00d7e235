"""The web for agents: pages and searches, all of it by the one function that checks where a request leads.

A page is read as a document is, in a reader process: its markup is hostile input. `robots.txt` is not asked for: it is
for crawlers, which follow links from page to page by themselves (RFC 9309), and here single pages are read that a
person's task needs, by a client that says who it is, asks a host one thing at a time, and asks nothing twice.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from desktop.engine import (
    AddressRefused,
    Clock,
    Document,
    DocumentReader,
    Hit,
    SearchUnavailable,
    UnreadableDocument,
    WebPage,
    WebUnavailable,
    within,
)
from desktop.outbound import Call, Limits, Reach, Reply, host_of, send
from desktop.outbound.addresses import checked_address
from desktop.tools.content_reading import read_content, whole_text
from desktop.tools.search_engines import BRAVE, brave_call, brave_hits, query_of, searxng_call, searxng_hits
from desktop.tools.shown_name import shown_name
from desktop.tools.web_choice import SearchEngine, WebChoice
from desktop.tools.web_content import is_readable, kind_of, with_mark

if TYPE_CHECKING:
    from desktop.outbound.checked_resolver import LookUp

_PAGES: Final = Limits()
_SEARCHES: Final = Limits(seconds=30.0, bytes=4 * 1024**2, redirects=0)
_ACCEPT: Final = "text/html, application/xhtml+xml, application/pdf;q=0.9, text/*;q=0.9, */*;q=0.5"
_ELSEWHERE: Final = "Use another source."
_WHY: Final = {
    401: ("wants a login", _ELSEWHERE),
    403: ("lets no programs in", _ELSEWHERE),
    404: ("has no such page", "See that the address is right."),
    410: ("has no such page any more", _ELSEWHERE),
    429: ("wants to be asked less often", "Try again later, or use another source."),
}


class WebAccess:
    """Implements `Web`. `choice` and `key` are asked at each call, so that what is changed holds from then on."""

    def __init__(
        self,
        choice: Callable[[], WebChoice],
        *,
        reader: DocumentReader,
        clock: Clock,
        key: Callable[[], Awaitable[str]],
        brave: str = BRAVE,
        look_up: "LookUp | None" = None,
        read_seconds: float = 30.0,
    ) -> None:
        self._choice = choice
        self._reader = reader
        self._clock = clock
        self._key = key
        self._brave = brave
        self._look_up = look_up
        self._read_seconds = read_seconds  # markup that is nested without end holds a reader for minutes
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def fetch(self, url: str) -> WebPage:
        """The page with the text that it shows. Raises `AddressRefused` or `WebUnavailable`."""
        reach = Reach(named=self._choice().allowed_hosts)
        host = host_of(url)
        async with self._turns.setdefault(host, asyncio.Lock()):
            call = Call(url=url.strip(), headers={"Accept": _ACCEPT}, accepts=is_readable)
            reply = await send(call, reach, _PAGES, look_up=self._look_up)
        fetched_at = self._clock.now()
        if not reply.is_success:
            raise _refusal(reply)
        document = await self._read(reply)
        text = whole_text(document)
        return WebPage(
            url=url,
            final_url=reply.url,
            title=_title(text) or reply.url,
            text=text,
            media_type=document.media_type,
            fetched_at=fetched_at,
            notes=document.notes,
        )

    async def _read(self, reply: Reply) -> Document:
        kind = kind_of(reply.media_type, reply.url)
        content = await asyncio.to_thread(with_mark, reply.body, kind, reply.charset)
        reading = read_content(self._reader, content, name=reply.url, media_type=kind)
        try:
            return await within(self._read_seconds, reading)
        except TimeoutError as error:
            raise WebUnavailable(
                f"The page was fetched, but could not be read within {self._read_seconds:g} seconds.", hint=_ELSEWHERE
            ) from error
        except (UnreadableDocument, OSError) as error:
            raise WebUnavailable(
                f"The page was fetched, but its text could not be read: {error}",
                hint="What only a page's scripts show is not there for Legwork. Use another source.",
            ) from error

    async def search(self, query: str, limit: int = 10) -> tuple[Hit, ...]:
        """What the person's search engine finds. Raises `SearchUnavailable` or `WebUnavailable`."""
        choice = self._choice()
        match choice.search:
            case SearchEngine.SEARXNG:
                hits = await self._ask_searxng(choice.searxng, query)
            case SearchEngine.BRAVE:
                hits = await self._ask_brave(query, limit)
            case SearchEngine.OFF:
                raise SearchUnavailable(
                    "Searching the web is switched off; nothing was sent.",
                    hint="Name a search engine in the settings, or give the addresses of the pages themselves.",
                )
        return tuple(_distinct(hits, Reach(named=choice.allowed_hosts)))[:limit]

    async def _ask_searxng(self, address: str, query: str) -> Iterable[Hit]:
        if not host_of(address.strip()):
            raise SearchUnavailable(
                "The SearXNG has no address; nothing was sent.", hint="Give one such as https://searx.example.com."
            )
        reply = await self._ask(searxng_call(address, query_of(query)), address)
        if reply.status == 403:
            raise SearchUnavailable(
                "The SearXNG gives programs no answer (403).",
                hint="Let it answer in JSON: add json to search.formats in its settings.yml.",
            )
        return _understood(reply, "The SearXNG", searxng_hits)

    async def _ask_brave(self, query: str, limit: int) -> Iterable[Hit]:
        key = (await self._key()).strip()
        if not key:
            raise SearchUnavailable(
                "There is no key for Brave's search; nothing was sent.",
                hint="Give it in the settings, or start Legwork with LEGWORK_BRAVE_KEY set.",
            )
        reply = await self._ask(brave_call(key, query_of(query), limit, self._brave), self._brave)
        if reply.status in (401, 403, 422):
            raise SearchUnavailable("Brave's search does not take the key.", hint="Give a valid one in the settings.")
        return _understood(reply, "Brave's search", brave_hits)

    async def _ask(self, call: Call, engine: str) -> Reply:
        """An engine is named by who chose it: it may be on this machine, and nowhere else than there."""
        return await send(call, Reach(named=(host_of(engine.strip()),)), _SEARCHES, look_up=self._look_up)


def _refusal(reply: Reply) -> WebUnavailable:
    why, hint = _WHY.get(reply.status, ("gives no page", "Try again later, or use another source."))
    return WebUnavailable(f"{urlsplit(reply.url).hostname} {why} ({reply.status}).", hint=hint)


def _understood(reply: Reply, name: str, hits_in: Callable[[bytes], Iterable[Hit]]) -> Iterable[Hit]:
    if reply.status == 429:
        raise SearchUnavailable(f"{name} was asked too often (429).", hint="Try again later.")
    if reply.is_success:
        try:
            return tuple(hits_in(reply.body))
        except (ValueError, RecursionError) as error:
            raise SearchUnavailable(
                f"{name} gave an answer that is none.", hint="See that its address in the settings is right."
            ) from error
    raise SearchUnavailable(
        f"{name} gave no answer ({reply.status}).", hint="Try again later; if it goes on, look at the settings."
    )


def _distinct(hits: Iterable[Hit], reach: Reach) -> Iterable[Hit]:
    """Each page once, and only what may be fetched."""
    seen = set()
    for hit in hits:
        try:
            address = checked_address(hit.url, reach)
        except AddressRefused:
            continue
        if address not in seen:
            seen.add(address)
            yield hit


def _title(text: str) -> str:
    for line in text.splitlines():
        if line.strip():
            return shown_name(line.strip())
    return ""
