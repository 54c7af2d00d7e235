"""The one function that makes requests: where it goes, what it costs at most, and what it never says."""

import asyncio
import contextlib
import gzip
import logging
import ssl
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import aiohappyeyeballs
import pytest

from desktop.engine import AddressRefused, WebUnavailable
from desktop.outbound import Call, Limits, Reach, Reply, send
from tests.fakes.web_server import Names, WebServer, page, redirect
from tests.unit.notify.test_mail import certificate

CANARY = "canary-9f31"
NAMED = Reach(named=("127.0.0.1",))


def anything(_media_type: str) -> bool:
    return True


async def fetch(url: str, reach: Reach = NAMED, limits: Limits | None = None, look_up: Any = None) -> Reply:
    return await send(Call(url=url, accepts=anything), reach, limits, look_up=look_up)


async def test_a_page_comes_back_with_what_its_server_says_of_it(server: WebServer) -> None:
    server.pages["/a"] = page("Grüße", 'Text/HTML; charset="ISO-8859-1"')
    reply = await fetch(server.url("/a?x=1#part"))
    assert (reply.url, reply.status, reply.is_success) == (server.url("/a?x=1"), 200, True)
    assert (reply.media_type, reply.charset, reply.body.decode()) == ("text/html", "iso-8859-1", "Grüße")
    assert (await fetch(server.url("/b"))).status == 404
    assert server.paths == ["/a?x=1", "/b"]


async def test_a_request_says_who_asks_and_nothing_of_who_they_are(
    server: WebServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {CANARY}\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9/")
    server.pages["/a"] = redirect("/b").replace(b"\r\n\r\n", f"\r\nSet-Cookie: id={CANARY}; Path=/\r\n\r\n".encode())
    server.pages["/b"] = page("b")
    await fetch(server.url("/a"))
    for call in server.calls:
        assert call.headers.keys() == {"host", "user-agent", "accept", "accept-encoding", "connection"}
        assert call.headers["user-agent"].startswith("Legwork/")


async def test_a_redirect_is_followed_and_its_end_is_known(server: WebServer) -> None:
    server.pages |= {"/a": redirect("b?c", 301), "/b": redirect(server.url("/d#x"), 307), "/d": page("here")}
    reply = await fetch(server.url("/a"))
    assert (reply.url, reply.body) == (server.url("/d"), b"here")


async def test_headers_of_the_caller_go_to_the_first_host_only(server: WebServer) -> None:
    server.pages |= {"/a": redirect("/b"), "/b": page("b")}
    await send(Call(url=server.url("/a"), headers={"X-Key": CANARY}, accepts=anything), NAMED)
    assert [call.headers.get("x-key") for call in server.calls] == [CANARY, None]


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}/secret",
        "//localhost:{port}/secret",
        "http://[::1]:{port}/secret",
        "http://[::ffff:127.0.0.1]:{port}/secret",
        "http://2130706433:{port}/secret",
        "http://inside.example:{port}/secret",
        "https://inside.example:{port}/secret",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "http://user:pw@first.example:{port}/secret",
        "http://first.example:{port}\\@127.0.0.1/secret",
        "http://first.example:0/",
        "",
        "\x01",
        "http://",
    ],
)
async def test_a_redirect_to_what_may_not_be_called_is_not_followed(server: WebServer, target: str) -> None:
    server.pages |= {"/a": redirect(target.format(port=server.port)), "/secret": page(CANARY)}
    names = Names(first=[["127.0.0.1"]], inside=[["127.0.0.1"]], localhost=[["127.0.0.1"]])
    with pytest.raises(WebUnavailable) as refused:
        await fetch(server.url("/a", "first.example"), Reach(named=("first.example",)), look_up=names)
    assert CANARY not in str(refused.value)
    assert set(server.paths) == {"/a"}


async def test_a_stranger_does_not_send_us_to_a_host_that_the_person_named(
    server: WebServer, to_the_server: list[str]
) -> None:
    server.pages |= {"/a": redirect(f"https://nas.lan:{server.port}/secret"), "/secret": page(CANARY)}
    names = Names(stranger=[["93.184.216.34"]], nas=[["127.0.0.1"]])
    with pytest.raises(AddressRefused, match=r"nas\.lan"):
        await fetch(server.url("/a", "stranger.example", "https"), Reach(named=("nas.lan",)), look_up=names)
    assert (server.paths, to_the_server) == (["/a"], ["93.184.216.34"])
    await fetch(server.url("/secret", "nas.lan"), Reach(named=("nas.lan",)), look_up=names)


@pytest.fixture
def to_the_server(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every connection ends at the server in the open, and where it would have gone is kept."""
    meant: list[str] = []
    start, request = aiohappyeyeballs.start_connection, asyncio.BaseEventLoop.create_connection

    async def divert(addr_infos: list[Any], **options: Any) -> Any:
        kind, sort, protocol, name, (address, port) = addr_infos[0]
        meant.append(address)
        return await start([(kind, sort, protocol, name, ("127.0.0.1", port))], **options)

    async def in_the_open(loop: Any, *arguments: Any, ssl: Any = None, **options: Any) -> Any:
        options.pop("server_hostname", None)
        return await request(loop, *arguments, **options)

    monkeypatch.setattr(aiohappyeyeballs, "start_connection", divert)
    monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", in_the_open)
    return meant


async def test_what_was_checked_is_what_is_connected_to_whatever_the_name_says_next(
    server: WebServer, to_the_server: list[str]
) -> None:
    server.pages["/a"] = page("a")
    names = Names(turning=[["93.184.216.34"], ["127.0.0.1"]])
    url = server.url("/a", "turning.example", "https")
    assert (await fetch(url, Reach(), look_up=names)).body == b"a"
    assert (names.asked, to_the_server) == (["turning.example"], ["93.184.216.34"])
    with pytest.raises(AddressRefused, match="was not called"):
        await fetch(url, Reach(), look_up=names)
    assert (len(server.calls), len(to_the_server)) == (1, 1)


async def test_a_name_is_looked_up_and_checked_again_at_each_redirect(
    server: WebServer, to_the_server: list[str]
) -> None:
    server.pages |= {"/a": redirect("/b"), "/b": page(CANARY)}
    names = Names(turning=[["93.184.216.34"], ["10.0.0.1"]])
    with pytest.raises(AddressRefused):
        await fetch(server.url("/a", "turning.example", "https"), Reach(), look_up=names)
    assert (server.paths, to_the_server) == (["/a"], ["93.184.216.34"])


async def test_one_address_inside_among_others_is_enough_to_refuse(server: WebServer) -> None:
    names = Names(both=[["93.184.216.34", "127.0.0.1"]])
    with pytest.raises(AddressRefused):
        await fetch(server.url("/a", "both.example", "https"), Reach(), look_up=names)
    assert server.calls == []


async def test_http_to_a_stranger_is_asked_for_over_tls(server: WebServer, to_the_server: list[str]) -> None:
    server.pages["/a"] = page("a")
    names = Names(open=[["93.184.216.34"]])
    reply = await fetch(server.url("/a", "open.example"), Reach(), look_up=names)
    assert (reply.url, reply.body) == (server.url("/a", "open.example", "https"), b"a")


async def test_a_server_whose_certificate_nobody_vouches_for_is_told_nothing(tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate(tmp_path))
    server = WebServer()
    await server.open(tls)
    with pytest.raises(WebUnavailable, match=r"could not be reached \(ClientConnectorCertificateError\)"):
        await fetch(server.url("/a", scheme="https"))
    await server.close()
    assert server.calls == []


async def test_redirects_come_to_an_end(server: WebServer) -> None:
    server.pages["/a"] = redirect("/a")
    with pytest.raises(WebUnavailable, match="without end"):
        await fetch(server.url("/a"), limits=Limits(redirects=3))
    assert len(server.calls) == 4


async def test_a_redirect_is_an_answer_to_who_does_not_want_to_be_sent_elsewhere(server: WebServer) -> None:
    server.pages |= {"/a": redirect("/b"), "/b": page("b")}
    assert (await fetch(server.url("/a"), limits=Limits(redirects=0))).status == 302
    assert server.paths == ["/a"]


async def test_a_redirect_of_a_post_is_an_answer(server: WebServer) -> None:
    server.pages |= {"/a": redirect("/b"), "/b": page("b")}
    reply = await send(Call(url=server.url("/a"), method="POST", body=b"x"), NAMED)
    assert (reply.status, server.paths, server.calls[0].body) == (302, ["/a"], b"x")


@pytest.mark.parametrize("name", ["", "gone.example"])
async def test_a_host_that_is_not_there_is_said(name: str, server: WebServer) -> None:
    port = server.port if name else 1
    with pytest.raises(WebUnavailable, match="could not be reached"):
        await fetch(f"http://{name or '127.0.0.1'}:{port}/?key={CANARY}", Reach(named=("127.0.0.1",)), look_up=Names())


def packed(size: int, kind: str) -> bytes:
    """Zeros, as small as they get."""
    packer = zlib.compressobj(9, wbits=31 if kind == "gzip" else 15)
    return b"".join(packer.compress(bytes(1024**2)) for _ in range(size // 1024**2)) + packer.flush()


@pytest.mark.parametrize("kind", ["gzip", "deflate"])
async def test_a_small_body_that_unpacks_to_a_huge_one_costs_little(server: WebServer, kind: str) -> None:
    server.pages["/a"] = page(packed(400 * 1024**2, kind), "text/html", f"Content-Encoding: {kind}")
    tracemalloc.start()
    try:
        with pytest.raises(WebUnavailable, match="more than 2 MB"):
            await fetch(server.url("/a"), limits=Limits(bytes=2 * 1024**2))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 20 * 1024**2


async def test_what_is_packed_comes_out_whole(server: WebServer) -> None:
    text = "Grüße " * 100_000
    server.pages["/a"] = page(gzip.compress(text.encode()), "text/html", "Content-Encoding: gzip")
    assert (await fetch(server.url("/a"))).body.decode() == text


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "no-such"])
async def test_a_body_that_is_not_packed_as_it_says_is_an_error_or_left_as_it_is(
    server: WebServer, encoding: str
) -> None:
    server.pages["/a"] = page(b"\x03 not packed \xff" * 100, "text/html", f"Content-Encoding: {encoding}")
    try:
        assert (await fetch(server.url("/a"))).body == b"\x03 not packed \xff" * 100
    except WebUnavailable:
        assert encoding != "no-such"


Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


async def _send_without_end(_: Reader, writer: Writer) -> None:
    writer.write(PLAIN + b"\r\n")
    while True:
        writer.write(bytes(65536))
        await writer.drain()


async def _head_without_end(_: Reader, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        writer.write(b"a" * 65536)
        await writer.drain()


async def _drip(_: Reader, writer: Writer) -> None:
    writer.write(PLAIN + b"\r\n")
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0)


async def _say_nothing(reader: Reader, _: Writer) -> None:
    await reader.read()  # until the other side hangs up


async def _stop_in_the_body(reader: Reader, writer: Writer) -> None:
    writer.write(PLAIN + b"Content-Length: 100\r\n\r\nhalf")
    await reader.read()


async def _send_film(reader: Reader, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n")
    await reader.read()


HALF = PLAIN + b"Content-Length: 100\r\n\r\nhalf"


async def test_a_body_without_end_is_given_up_at_the_limit(server: WebServer) -> None:
    server.pages["/a"] = _send_without_end
    with pytest.raises(WebUnavailable, match="more than 1 MB"):
        await fetch(server.url("/a"), limits=Limits(bytes=1024**2))


async def test_a_head_without_end_is_given_up(server: WebServer) -> None:
    server.pages["/a"] = _head_without_end
    with pytest.raises(WebUnavailable, match="could not be reached"):
        await fetch(server.url("/a"))


@pytest.mark.parametrize("silent", [_say_nothing, _stop_in_the_body])
async def test_silence_is_given_up(server: WebServer, silent: Any) -> None:
    server.pages["/a"] = silent
    with pytest.raises(WebUnavailable, match="did not answer in time"):
        await fetch(server.url("/a"), limits=Limits(silence_seconds=0.02))


async def test_a_body_that_drips_for_ever_is_given_up(server: WebServer) -> None:
    server.pages["/a"] = _drip
    with pytest.raises(WebUnavailable, match=r"longer than 0\.1 seconds"):
        await fetch(server.url("/a"), limits=Limits(seconds=0.1))


async def test_a_look_up_that_hangs_is_given_up(server: WebServer) -> None:
    async def hang(*_: Any, **__: Any) -> list[Any]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(WebUnavailable, match="did not answer in time"):
        await fetch("https://slow.example/", limits=Limits(connect_seconds=0.02), look_up=hang)


async def test_half_a_body_is_none(server: WebServer) -> None:
    server.pages["/a"] = HALF
    with pytest.raises(WebUnavailable, match="could not be reached"):
        await fetch(server.url("/a"))


async def test_a_kind_that_nobody_reads_is_left_where_it_is(server: WebServer) -> None:
    server.pages["/film"] = _send_film
    call = Call(url=server.url("/film"), accepts=lambda media_type: media_type == "text/html")
    with pytest.raises(WebUnavailable, match="'video/mp4', which can't be read"):
        await send(call, NAMED)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: \xff\xfe/\x01\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 999 \xff\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n",
        b"",
    ],
)
async def test_nonsense_is_an_answer_or_a_refusal_and_never_a_surprise(server: WebServer, head: bytes) -> None:
    server.pages["/a"] = head
    with contextlib.suppress(WebUnavailable):
        assert (await fetch(server.url("/a"))).status in (200, 302, 999)


async def test_neither_log_nor_error_repeats_what_was_asked_for(
    server: WebServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.pages |= {"/a": page("a"), f"/{CANARY}": HALF}
    call = Call(url=server.url(f"/a?key={CANARY}"), headers={"X-Key": CANARY}, accepts=anything)
    await send(call, NAMED)
    with pytest.raises(WebUnavailable) as refused:
        await fetch(server.url(f"/{CANARY}"))
    assert "127.0.0.1 answered 200" in caplog.text
    assert CANARY not in caplog.text + str(refused.value)
