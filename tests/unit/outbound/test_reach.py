"""Which addresses are public, and what a name in the settings means."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.engine import AddressRefused
from desktop.outbound import Reach, host_of, is_named, is_public

INSIDE = [
    "127.0.0.1",
    "127.8.9.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - an address that leads here
    "0.1.2.3",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::127.0.0.1",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd12::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "2001:0:5ef5:79fb::80ff:fffe",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused_in_every_spelling(address: str) -> None:
    assert not is_public(ip_address(address))
    with pytest.raises(AddressRefused, match="was not called"):
        Reach().check("some.example", 443, address)
    Reach(named=("some.example",)).check("some.example", 443, address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822", "::ffff:8.8.8.8"])
def test_an_address_outside_is_called(address: str) -> None:
    assert is_public(ip_address(address))
    Reach().check("some.example", 443, address)


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_changes_nothing_about_where_it_leads(address: IPv4Address) -> None:
    wrapped = (
        IPv6Address(f"::ffff:{address}"),
        IPv6Address(f"64:ff9b::{address}"),
        IPv6Address((0x2002 << 112) | (int(address) << 80)),
    )
    assert {is_public(each) for each in wrapped} == {is_public(address)}


@pytest.mark.parametrize("address", ["2130706433", "127.1", "0x7f.1", "0177.0.0.1", "127.0.0.1.", "", "name"])
def test_what_only_the_system_takes_for_an_address_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused):
        Reach().check("some.example", 443, address)


@pytest.mark.parametrize(
    ("name", "host", "port"),
    [
        ("n8n.local", "N8N.local.", 1),
        (" N8N.local. ", "n8n.local", 1),
        ("n8n.local:5678", "n8n.local", 5678),
        ("[::1]:8080", "::1", 8080),
        ("[::1]", "::1", 1),
        ("::1", "::1", 1),
        ("fe80::1:80", "fe80::1:80", 1),
    ],
)
def test_a_name_means_its_host_for_all_ports_or_for_one(name: str, host: str, port: int) -> None:
    assert is_named(host, port, (name,))


@pytest.mark.parametrize(
    ("name", "host", "port"),
    [
        ("n8n.local", "evil-n8n.local", 1),
        ("n8n.local:5678", "n8n.local", 5679),
        ("[::1]:8080", "::1", 80),
        ("local", "n8n.local", 1),
        ("", "n8n.local", 1),
        ("*", "n8n.local", 1),
    ],
)
def test_a_name_means_nothing_else(name: str, host: str, port: int) -> None:
    assert not is_named(host, port, (name,))


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://searx.local", "searx.local:80"),
        ("https://searx.local/x?y", "searx.local:443"),
        ("http://localhost:8888/", "localhost:8888"),
        ("http://[::1]/", "[::1]:80"),
        ("http://[::1", ""),
        ("http://h:99999/", ""),
        ("ftp://searx.local/", ""),
        ("searx.local", ""),
    ],
)
def test_an_address_names_its_host_and_port(url: str, name: str) -> None:
    assert host_of(url) == name
