"""No spelling of a private address leaves, and no URL two readers would read differently."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragstone_kit.egress import EgressFetcher, EgressRefused, EgressRules
from ragstone_kit.egress.addresses import is_plain_private, is_public, parsed

from .spellings import private_4, private_6, spelling_of_4

FETCHER = EgressFetcher(EgressRules())


@pytest.mark.requirement("SEC-3")
@given(private_4().flatmap(spelling_of_4))
def test_no_spelling_of_a_private_ipv4_address_is_taken(host: str) -> None:
    with pytest.raises(EgressRefused):
        FETCHER.check(f"http://{host}/")


@pytest.mark.requirement("SEC-3")
@given(private_6(), st.booleans(), st.sampled_from(["", "%25eth0", "%1"]))
def test_no_spelling_of_a_private_ipv6_address_is_taken(address: IPv6Address, long: bool, zone: str) -> None:
    text = address.exploded if long else str(address)
    with pytest.raises(EgressRefused):
        FETCHER.check(f"http://[{text}{zone}]/")


@given(st.text(max_size=40), st.sampled_from(["", "http://", "https://[", "http://a.b/", "http://a@"]))
def test_whatever_comes_is_taken_or_refused_and_nothing_else(text: str, start: str) -> None:
    try:
        taken = FETCHER.check(start + text)
    except EgressRefused:
        return
    assert FETCHER.check(str(taken)) == taken


@given(st.ip_addresses())
def test_an_address_that_python_knows_to_be_private_is_never_public_here(address: IPv4Address | IPv6Address) -> None:
    if address.is_private or address.is_multicast or address.is_link_local or address.is_loopback:
        unwrapped = parsed(str(address))
        assert not is_public(unwrapped) or unwrapped != address


@given(st.ip_addresses(v=4))
def test_a_public_address_is_taken_in_its_own_spelling_alone(address: IPv4Address) -> None:
    if is_public(address):
        assert FETCHER.check(f"http://{address}/").raw_host == str(address)
        with pytest.raises(EgressRefused):
            FETCHER.check(f"http://{int(address)}/")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.com/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://example.com/", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("//example.com/", "scheme"),
        ("example.com", "scheme"),
        ("http://user@example.com/", "userinfo"),
        ("http://example.com@10.0.0.1/", "userinfo"),
        ("http://:@example.com/", "userinfo"),
        ("http://@example.com/", "userinfo"),
        ("http://example.com:22/", "port"),
        ("http://example.com:0/", "port"),
        ("http://example.com:99999/", "url"),
        ("http:///path", "host"),
        ("http://", "host"),
        ("http://exa mple.com/", "url"),
        ("http://exa\tmple.com/", "url"),
        ("http://example.com\\@10.0.0.1/", "url"),
        ("http://example.com/\r\nx: y", "url"),
        ("http://example%2ecom/", "host"),
        ("http://localhost%00.example.com/", "host"),
        ("http://127.0.0.1%2f.example.com/", "host"),
        ("http://-example.com/", "host"),
        ("http://a..b/", "host"),
        ("http://0x7f.1/", "host"),
        ("http://1.2.3/", "host"),
        ("http://1.2.3.4.5/", "host"),
        ("http://example.0x10/", "host"),
        ("http://[::ffff:1.2.3.4%25en0]/", "host"),
        ("http://[v1.x]/", "host"),
        ("http://[example.com]/", "url"),
        ("http://[::1/", "url"),
        ("http://169.254.169.254/latest/meta-data/", "private_address"),
        ("http://[fd00:ec2::254]/", "private_address"),
        ("http://example.com/" + "a" * 5000, "url"),
    ],
)
def test_what_is_not_a_plain_web_address_is_refused_with_the_rule(url: str, reason: str) -> None:
    with pytest.raises(EgressRefused) as raised:
        FETCHER.check(url)
    assert raised.value.reason == reason
    assert raised.value.problem().model_dump()["reason"] == reason


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("HTTP://Example.COM", "http://example.com/"),
        ("https://example.com./a%2Fb/../c?d=%20#e", "https://example.com/a%2Fb/../c?d=%20"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("http://8.8.8.8:80/", "http://8.8.8.8/"),
        ("http://[2606:4700::1111]/", "http://[2606:4700::1111]/"),
        ("http://[::ffff:8.8.8.8]/", "http://8.8.8.8/"),
    ],
)
def test_a_web_address_is_taken_with_its_host_in_one_spelling(url: str, taken: str) -> None:
    assert str(FETCHER.check(url)) == taken


@pytest.mark.parametrize("address", ["169.254.169.254", "168.63.129.16", "fe80::1", "0.0.0.0", "::", "224.0.0.1"])
def test_an_intranets_name_may_not_lead_to_a_clouds_metadata(address: str) -> None:
    assert not is_plain_private(ip_address(address))


@pytest.mark.parametrize("address", ["10.1.2.3", "127.0.0.1", "::1", "fd12::1", "192.168.0.7", "100.64.0.1"])
def test_an_intranets_name_may_lead_to_private_addresses(address: str) -> None:
    assert is_plain_private(ip_address(address))
