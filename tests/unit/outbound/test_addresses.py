"""How an address is read before anything is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from desktop.engine import AddressRefused
from desktop.outbound import Reach
from desktop.outbound.addresses import checked_address

PUBLIC = Reach()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/page",
        "//example.com/page",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "javascript:alert(1)",
        "data:text/html,hello",
        "https://",
        "https:///page",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com/a b",
        " https://example.com/",
        "https://example.com/\r\nX-Evil: 1",
        "https://example.com/\u202egnp",
        "https://example.com/\ud800",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://%31%32%37.0.0.1/",
        "https://ex%61mple.com/",
        "https://127.0.0.1%20/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com/\\..",
        "https://user:password@example.com/",
        "https://user@example.com/",
        "https://:password@example.com/",
        "https://@example.com:x/",
        "https://example.com/" + "a" * 4000,
        "https://" + "a" * 254 + "/",
    ],
)
def test_what_is_no_address_to_call_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused, match="not called") as refused:
        checked_address(url, PUBLIC)
    assert refused.value.hint
    assert "user" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://①②⑦.0.0.1/",
        "https://127。0。0。1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://2130706433/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.1./",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
def test_a_number_that_leads_inside_is_refused_without_a_look_up(url: str) -> None:
    with pytest.raises(AddressRefused, match="this machine or its network"):
        checked_address(url, PUBLIC)


@pytest.mark.parametrize(
    ("url", "called"),
    [
        ("https://example.com/a#part", "https://example.com/a"),
        ("HTTPS://EXAMPLE.com", "https://example.com"),
        ("http://example.com/a?b=1", "https://example.com/a?b=1"),
        ("http://example.com:80/", "https://example.com/"),
        ("http://example.com:8080/", "https://example.com:8080/"),
        ("https://bücher.example/Köln?q=ä", "https://xn--bcher-kva.example/K%C3%B6ln?q=%C3%A4"),
        ("https://93.184.216.34/", "https://93.184.216.34/"),
    ],
)
def test_an_address_is_called_over_tls_and_in_one_spelling(url: str, called: str) -> None:
    assert str(checked_address(url, PUBLIC)) == called


def test_a_host_that_the_person_named_is_called_in_the_open_where_they_say_so() -> None:
    reach = Reach(named=("127.0.0.1", "wiki.lan:8080"))
    assert str(checked_address("http://127.0.0.1:5000/x", reach)) == "http://127.0.0.1:5000/x"
    assert str(checked_address("http://wiki.lan:8080/", reach)) == "http://wiki.lan:8080/"
    assert str(checked_address("http://wiki.lan/", reach)) == "https://wiki.lan/"


def test_what_was_called_over_tls_never_leads_to_the_open() -> None:
    reach = Reach(named=("wiki.lan",))
    assert checked_address("http://wiki.lan/x", reach, after=URL("https://wiki.lan/")).scheme == "https"
    assert checked_address("/x", reach, after=URL("http://wiki.lan/")).scheme == "http"


@given(st.text(max_size=60), st.sampled_from(["", "https://", "http://", "https://example.com/", "https://[", "//"]))
def test_whatever_is_written_is_refused_or_called_in_the_way_that_was_checked(text: str, before: str) -> None:
    try:
        address = checked_address(before + text, PUBLIC)
    except AddressRefused:
        return
    assert address.scheme == "https"
    assert address.raw_user is None
    assert URL(str(address)) == address
    assert checked_address(str(address), PUBLIC) == address
