"""Pages as servers really give them, hostile ones among them, and searches by what the engines answer."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from desktop.engine import (
    AddressRefused,
    Document,
    DocumentReader,
    Hit,
    SearchUnavailable,
    Source,
    SystemClock,
    WebPage,
    WebUnavailable,
)
from desktop.tools import SearchEngine, WebAccess, WebChoice
from tests.fakes.memory_reader import MemoryReader
from tests.fakes.web_server import Names, WebServer, page, redirect
from tests.unit.tools.documents import pdf
from tests.unit.tools.readers import NearReader

KEY = "canary-key-5d20"
CHOICE = WebChoice(allowed_hosts=("127.0.0.1",))


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    made = WebServer()
    await made.open()
    yield made
    await made.close()


async def no_key() -> str:
    return ""


class Access(WebAccess):
    """With settings that a test changes."""

    def __init__(self, server: WebServer, reader: DocumentReader) -> None:
        self.chosen = CHOICE
        self.kept_key = KEY
        super().__init__(
            lambda: self.chosen,
            reader=reader,
            clock=SystemClock(),
            key=self._kept,
            brave=server.url(""),
            look_up=Names(inside=[["127.0.0.1"]]),
        )

    async def _kept(self) -> str:
        return self.kept_key


@pytest.fixture
def web(server: WebServer) -> Access:
    return Access(server, NearReader())


async def given(web: WebAccess, server: WebServer, answer: bytes, path: str = "/a") -> WebPage:
    server.pages[path] = answer
    return await web.fetch(server.url(path))


@pytest.mark.parametrize(
    ("body", "media_type", "text"),
    [
        ("<p>Grüße".encode("latin-1"), "text/html; charset=iso-8859-1", "Grüße"),
        ("<p>„Grüße“ €".encode("cp1252"), "text/html; charset=latin1", "„Grüße“ €"),
        ("<meta charset=iso-8859-1><p>Grüße".encode(), "text/html; charset=utf-8", "Grüße"),
        ("<meta charset=iso-8859-1><p>Grüße".encode("latin-1"), "text/html", "Grüße"),
        ("<p>日本語".encode("shift_jis"), "text/html; charset=Shift_JIS", "日本語"),
        ("<p>日本語".encode("iso2022_jp"), "text/html; charset=ISO-2022-JP", "日本語"),
        ("<p>привет".encode("koi8-r"), "text/html; charset=KOI8-R", "привет"),
        ("<p>Grüße".encode("utf-16"), "text/html; charset=utf-8", "Grüße"),
        ("<p>Grüße".encode("utf-16-le"), "text/html; charset=utf-16le", "Grüße"),
        ("<p>Grüße".encode(), "text/html; charset=rot13", "Grüße"),
        ("<p>Grüße".encode(), "text/html; charset=punycode", "Grüße"),
        ("<p>Grüße".encode(), "text/html; charset=no-such", "Grüße"),
        ("<p>Grüße".encode(), 'text/html; charset="\x01"', "Grüße"),
        ("<p>Grüße".encode(), "text/html; charset=ascii-is-wrong; charset=utf-16", "Grüße"),
        ("<p>Größe".encode("latin-1"), "text/html; charset=utf-8", "Größe"),
        (b"R&D <b>1</b> &lt; 2", "text/plain", "R&D <b>1</b> &lt; 2"),
        (b"<!doctype html><p>a &lt; b", "text/plain", "a < b"),
        (b'{"a": 1}', "application/ld+json", '{"a": 1}'),
        (b"<?xml version='1.0'?><html xmlns='x'><p>a&amp;b</p></html>", "application/xhtml+xml", "a&b"),
        (b"<!DOCTYPE html><p>a", "", "a"),
        (b"a,b\n1,2\n", "text/csv; header=present", "a,b\n1,2\n"),
    ],
)
async def test_text_is_read_in_the_encoding_that_it_is_in(
    web: Access, server: WebServer, body: bytes, media_type: str, text: str
) -> None:
    assert (await given(web, server, page(body, media_type))).text == text


async def test_a_document_is_read_page_by_page(web: Access, server: WebServer, tmp_path: Path) -> None:
    made = pdf(tmp_path / "made.pdf", "First page", "", "Third page").read_bytes()
    for media_type, path in (("application/pdf", "/a"), ("application/octet-stream", "/b.pdf")):
        found = await given(web, server, page(made, media_type), path)
        assert found.media_type == "application/pdf"
        assert [each.strip() for each in found.text.split("\f")] == ["First page", "", "Third page"]
        assert found.title == "First page"


async def test_the_address_in_the_end_is_known(web: Access, server: WebServer) -> None:
    server.pages["/old"] = redirect("/new")
    server.pages["/new"] = page("<p>here")
    found = await web.fetch(f" {server.url('/old')}#part ")
    assert (found.url, found.final_url) == (f" {server.url('/old')}#part ", server.url("/new"))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (page("no", status="401 No"), "wants a login"),
        (page("no", status="403 No"), "lets no programs in"),
        (page("no", status="404 No"), "has no such page"),
        (page("no", status="410 No"), "any more"),
        (page("no", status="429 No"), "asked less often"),
        (page("no", status="500 No"), "gives no page"),
        (page(b"", "text/html"), "text could not be read"),
        (page("<script>show()</script>"), "text could not be read"),
        (page(b"%PDF-1.7 and nothing", "application/pdf"), "text could not be read"),
        (page(b"\0\1\2\3" * 900, "application/octet-stream"), "text could not be read"),
        (page(bytes(range(256)) * 20, "text/html"), "text could not be read"),
        (page(b"\x89PNG", "image/png"), "can't be read"),
        (page(b"PK\x03\x04", "application/zip"), "can't be read"),
    ],
)
async def test_what_can_not_be_read_says_why_and_what_to_do(
    web: Access, server: WebServer, answer: bytes, said: str
) -> None:
    with pytest.raises(WebUnavailable, match=said) as refused:
        await given(web, server, answer)
    assert refused.value.hint


async def test_markup_that_is_out_to_harm_costs_its_page_alone(web: Access, server: WebServer) -> None:
    deep = "<div>" * 5_000 + "deep"
    assert "deep" in (await given(web, server, page(deep))).text
    assert (await given(web, server, page("<p>" + "&amp;" * 100_000))).text == "&" * 100_000
    title = "<title>\u202eevil\r\n\x00" + "long " * 1000 + "</title><p>text"
    found = await given(web, server, page(title))
    assert "\u202e" not in found.title
    assert len(found.title) <= 120


class StuckReader(MemoryReader):
    """Never comes to an end with a document."""

    async def read(self, source: Source) -> Document:
        await asyncio.Event().wait()
        return await super().read(source)


async def test_markup_that_holds_its_reader_for_ever_is_given_up(server: WebServer) -> None:
    server.pages["/a"] = page("<div>" * 200_000)
    stuck = WebAccess(lambda: CHOICE, reader=StuckReader(), clock=SystemClock(), key=no_key, read_seconds=0.01)
    with pytest.raises(WebUnavailable, match=r"within 0\.01 seconds"):
        await stuck.fetch(server.url("/a"))


async def test_a_host_is_asked_one_thing_at_a_time(web: Access, server: WebServer) -> None:
    may_end, begun = asyncio.Event(), asyncio.Event()

    async def wait(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.set()
        await may_end.wait()
        writer.write(page("<p>slow"))

    server.pages |= {"/slow": wait, "/quick": page("<p>quick")}
    slow = asyncio.create_task(web.fetch(server.url("/slow")))
    await begun.wait()
    quick = asyncio.create_task(web.fetch(server.url("/quick")))
    await asyncio.sleep(0)
    assert server.paths == ["/slow"]
    may_end.set()
    assert [(await each).text for each in (slow, quick)] == ["slow", "quick"]


async def test_only_hosts_that_the_person_named_are_reached_in_their_network(web: Access, server: WebServer) -> None:
    web.chosen = WebChoice()
    for url in (server.url("/a"), server.url("/a", "inside.example"), server.url("/a", "inside.example", "https")):
        with pytest.raises(AddressRefused):
            await web.fetch(url)
    assert server.calls == []
    web.chosen = WebChoice(allowed_hosts=(f"inside.example:{server.port}",))
    server.pages["/a"] = page("<p>inside")
    assert (await web.fetch(server.url("/a", "inside.example"))).text == "inside"


def results(*found: dict[str, Any]) -> bytes:
    return page(json.dumps({"results": found}), "application/json")


async def test_searxng_is_asked_at_its_address_only(web: Access, server: WebServer) -> None:
    web.chosen = WebChoice(search=SearchEngine.SEARXNG, searxng=f" {server.url('/searx/')} ")
    server.pages["/searx/search"] = results(
        {"title": "High <b>water</b> &amp; low", "url": "https://a.example/x", "content": "At\n six\u202e", "score": 1},
        {"title": "Again", "url": "https://a.example/x#part", "content": None},
        {"title": "Inside", "url": "http://127.0.0.1/"},
        {"title": "A script", "url": "javascript:alert(1)"},
        {"title": "With a password", "url": "https://me:it@b.example/"},
        {"title": "In the open", "url": "http://b.example/"},
        {"url": ""},
    )
    assert await web.search("!!g tides & 'moon'\n?") == (
        Hit(title="High water & low", url="https://a.example/x", snippet="At six"),
        Hit(title="In the open", url="http://b.example/", snippet=""),
    )
    (path,) = server.paths
    assert path.startswith("/searx/search?")
    assert parse_qs(path.partition("?")[2]) == {"q": ["g tides & 'moon' ?"], "format": ["json"]}
    with pytest.raises(AddressRefused):  # to search there is not to fetch from there
        await web.fetch(server.url("/searx/"))


async def test_brave_is_asked_with_the_key_in_a_header(
    web: Access, server: WebServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    web.chosen = replace(CHOICE, search=SearchEngine.BRAVE)
    found = {"title": "Tides", "url": "https://a.example/", "description": "High <strong>water</strong>"}
    server.pages["/res/v1/web/search"] = page(json.dumps({"web": {"results": [found]}}), "application/json")
    assert await web.search("tides", 50) == (Hit(title="Tides", url="https://a.example/", snippet="High water"),)
    (call,) = server.calls
    assert call.line.split()[1] == "/res/v1/web/search?q=tides&count=20&text_decorations=false"
    assert call.headers["x-subscription-token"] == KEY
    for status in ("401", "403", "422", "429", "500", "302"):
        server.pages["/res/v1/web/search"] = page("{}", "text/html", "Location: /else", status=f"{status} No")
        with pytest.raises(SearchUnavailable) as refused:
            await web.search("tides")
        assert refused.value.hint
        assert KEY not in str(refused.value)
    assert KEY not in caplog.text
    assert {call.line.split()[1].partition("?")[0] for call in server.calls} == {"/res/v1/web/search"}


async def test_without_a_key_nothing_is_sent(web: Access, server: WebServer) -> None:
    web.chosen, web.kept_key = replace(CHOICE, search=SearchEngine.BRAVE), " "
    with pytest.raises(SearchUnavailable, match="no key"):
        await web.search("tides")
    web.kept_key = f"{KEY}\r\nX-Evil: 1"
    with pytest.raises(WebUnavailable) as refused:
        await web.search("tides")
    assert KEY not in str(refused.value)
    assert server.calls == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"results": 1}', b'{"results": [{"url": 7}]}', b"[" * 100_000, b"\xff", b"<html>"]
)
async def test_an_answer_that_is_none_is_said(web: Access, server: WebServer, body: bytes) -> None:
    web.chosen = WebChoice(search=SearchEngine.SEARXNG, searxng=server.url(""))
    server.pages["/search"] = page(body, "application/json")
    with pytest.raises(SearchUnavailable, match="an answer that is none"):
        await web.search("tides")


async def test_a_searxng_that_answers_people_only_says_how_to_change_that(web: Access, server: WebServer) -> None:
    web.chosen = WebChoice(search=SearchEngine.SEARXNG, searxng=server.url(""))
    server.pages["/search"] = page("no", status="403 No")
    with pytest.raises(SearchUnavailable, match=r"search\.formats"):
        await web.search("tides")


@pytest.mark.parametrize("address", ["", "searx.example", "ftp://searx.example", "http://["])
async def test_a_searxng_without_an_address_is_not_asked(web: Access, address: str) -> None:
    web.chosen = WebChoice(search=SearchEngine.SEARXNG, searxng=address)
    with pytest.raises(SearchUnavailable, match="no address"):
        await web.search("tides")


@pytest.mark.parametrize("words", ["", "!!", " ! ", "\x00"])
async def test_a_query_without_words_is_not_sent(web: Access, server: WebServer, words: str) -> None:
    web.chosen = WebChoice(search=SearchEngine.SEARXNG, searxng=server.url(""))
    with pytest.raises(SearchUnavailable, match="no words"):
        await web.search(words)
    assert server.calls == []


async def test_a_long_query_is_cut_to_what_engines_take(web: Access, server: WebServer) -> None:
    web.chosen = WebChoice(search=SearchEngine.SEARXNG, searxng=server.url(""))
    server.pages["/search"] = results()
    assert await web.search("word " * 80) == ()
    assert await web.search("a" * 5000) == ()
    queries = [path.partition("q=")[2].partition("&")[0] for path in server.paths]
    assert queries == ["+".join(["word"] * 50), "a" * 400]
