"""Where a webhook may lead, and where not, whatever the name says and whenever it is looked up."""

import asyncio
from typing import Any

import pytest

from desktop.engine import DeliveryFailed, InvalidRequest
from desktop.notify.http_post import check_answer, post, retry_after
from desktop.notify.signing import key_of, make_secret
from desktop.notify.webhook_target import check_url
from tests.fakes.fake_clock import FakeClock
from tests.fakes.receiver import Receiver
from tests.fakes.web_server import Names
from tests.unit.outbound.test_reach import INSIDE

NOW = FakeClock().now()


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused_in_every_spelling(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(InvalidRequest, match="nothing was started"):
        check_url(f"https://{host}/hook", ())
    check_url(f"http://{host}/hook", (address,))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/hook",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://",
        "https:///hook",
        "http://example.com/hook",
        "https://user:password@example.com/",
        "https://user@example.com/",
        "https://example.com/#part",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com/a b",
        "https://example.com/\r\nX-Evil: 1",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://%31%32%37.0.0.1/",
        "https://127.0.0.1%20/",
        "https://example.com\\@127.0.0.1/",
        "https://exämple.com/",
        "https://example.com/" + "a" * 2000,
    ],
)
def test_what_is_no_address_to_call_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_url(url, ())
    assert refused.value.hint


@pytest.mark.parametrize("url", ["https://example.com/hook?key=1", "https://example.com:8443/", "HTTPS://EXAMPLE.com"])
def test_an_address_over_tls_is_taken(url: str) -> None:
    check_url(url, ())


def test_an_allowed_host_is_meant_whatever_its_case() -> None:
    check_url("http://N8N.local.:5678/webhook/1", ("n8n.local",))
    check_url("http://n8n.local:5678/webhook/1", (" N8N.local. ",))
    with pytest.raises(InvalidRequest):
        check_url("http://evil-n8n.local/", ("n8n.local",))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    made = Names()

    async def look_up(_loop: object, host: str, port: int, **options: Any) -> list[Any]:
        return await made(host, port, **options)

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", look_up)
    return made


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1"], ["fe80::1%eth0"]])
async def test_a_name_that_leads_inside_is_not_called(names: Names, addresses: list[str]) -> None:
    receiver = Receiver()
    await receiver.open()
    try:
        names.answers["rebound"] = [addresses]
        with pytest.raises(DeliveryFailed, match="was not called"):
            await post(f"http://rebound.example:{receiver.port}/", b"{}", {}, NOW, only_to=())
        names.answers["rebound"] = [["127.0.0.1"]]
        await post(f"http://rebound.example:{receiver.port}/", b"{}", {}, NOW, only_to=("rebound.example",))
    finally:
        await receiver.close()
    assert len(receiver.calls) == 1


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "localhost", "LOCALHOST."])
async def test_another_spelling_of_this_machine_is_not_called(host: str) -> None:
    receiver = Receiver()
    await receiver.open()
    try:
        check_url(f"https://{host}/", ())  # nothing shows without a look-up
        with pytest.raises(DeliveryFailed):
            await post(f"http://{host}:{receiver.port}/", b"{}", {}, NOW, only_to=())
    finally:
        await receiver.close()
    assert receiver.calls == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("", 0.0), ("120", 120.0), (" 7 ", 7.0), ("-5", 0.0), ("soon", 0.0), ("1e9", 0.0), ("9" * 400, 999999999.0)],
)
def test_what_a_receiver_asks_for_is_understood_or_ignored(value: str, seconds: float) -> None:
    assert retry_after(value, NOW) == seconds


def test_a_date_that_is_past_or_has_no_zone_asks_for_nothing() -> None:
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT", NOW) == 0.0
    assert retry_after("Wed, 21 Oct 2099 07:28:00", NOW) == 0.0


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_a_yes_is_a_yes(status: int) -> None:
    check_answer(status, {}, NOW)


@pytest.mark.parametrize("status", [100, 199, 300, 304, 400, 404, 410, 429, 500, 599])
def test_all_else_is_a_no(status: int) -> None:
    with pytest.raises(DeliveryFailed) as failed:
        check_answer(status, {}, NOW)
    assert failed.value.final is (status == 410)


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "secret", "whsec_c2hvcnQ=", "whsec_!!!", "whsec_" + "QUFB" * 22, "whsec_ä"]
)
def test_a_secret_that_can_not_sign_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        key_of(secret)
    assert len(secret) < 8 or secret not in str(refused.value)


def test_a_made_secret_signs_and_is_another_each_time() -> None:
    assert len(key_of(make_secret())) == 32
    assert make_secret() != make_secret()
