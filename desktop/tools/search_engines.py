"""Search engines, each as the request that asks it and the answer that it gives.

Both have an interface that is meant for programs. DuckDuckGo has none: its pages turn programs away, and the library
`ddgs` (MIT, well kept) reads such pages through a client of its own, in native code, that poses as a browser, looks
names up and follows redirects by itself. No request of Legwork's leaves in a way that it can't check.
"""

import html
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlencode

import msgspec

from desktop.engine import Hit, SearchUnavailable
from desktop.outbound import Call
from desktop.tools.shown_name import shown_name

BRAVE: Final = "https://api.search.brave.com"
MOST_HITS: Final = 20
"""What Brave gives at once."""
_MOST_WORDS: Final = 50
_MOST_CHARACTERS: Final = 400
"""The longest query that Brave takes (https://api-dashboard.search.brave.com/app/documentation)."""

_SNIPPET_CHARACTERS: Final = 500
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")


class _Result(msgspec.Struct, frozen=True):
    """One result; `content` is SearXNG's word for it, `description` Brave's."""

    url: str = ""
    title: str = ""
    content: str | None = ""
    description: str | None = ""


class _Results(msgspec.Struct, frozen=True):
    """SearXNG's answer, and the part `web` of Brave's."""

    results: tuple[_Result, ...] = ()


class _BraveAnswer(msgspec.Struct, frozen=True):
    web: _Results = _Results()


def query_of(words: str) -> str:
    """The query as it is sent: one line without commands to the engine (`!!` sends the question to another one)."""
    kept = [word.lstrip("!") for word in words.split()]
    query = " ".join([word for word in kept if word][:_MOST_WORDS])[:_MOST_CHARACTERS].strip()
    if not query or not query.isprintable():
        raise SearchUnavailable("There are no words to search for; nothing was sent.", hint="Name what to look for.")
    return query


def searxng_call(address: str, query: str) -> Call:
    """Asks a SearXNG (https://docs.searxng.org/dev/search_api.html)."""
    fields = urlencode({"q": query, "format": "json"})
    return Call(url=f"{address.strip().rstrip('/')}/search?{fields}", accepts=_anything)


def brave_call(key: str, query: str, limit: int, address: str = BRAVE) -> Call:
    """Asks Brave's Web Search API. The key is in a header: addresses end up in logs."""
    fields = urlencode({"q": query, "count": min(limit, MOST_HITS), "text_decorations": "false"})
    headers = {"X-Subscription-Token": key, "Accept": "application/json"}
    return Call(url=f"{address}/res/v1/web/search?{fields}", headers=headers, accepts=_anything)


def searxng_hits(body: bytes) -> Iterable[Hit]:
    """What SearXNG found. Raises `ValueError` or `RecursionError` for what is no such answer."""
    return map(_hit, msgspec.json.decode(body, type=_Results).results)


def brave_hits(body: bytes) -> Iterable[Hit]:
    """What Brave found. Raises like `searxng_hits`."""
    return map(_hit, msgspec.json.decode(body, type=_BraveAnswer).web.results)


def _hit(result: _Result) -> Hit:
    snippet = result.content or result.description or ""
    return Hit(title=shown_name(_plain(result.title)), url=result.url, snippet=_plain(snippet)[:_SNIPPET_CHARACTERS])


def _plain(markup: str) -> str:
    text = html.unescape(_TAG.sub("", markup[: 10 * _SNIPPET_CHARACTERS]))
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _anything(_media_type: str) -> bool:
    return True
