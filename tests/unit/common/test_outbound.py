"""Which addresses may be called, whatever they are written like and whatever they resolve to."""

from ipaddress import ip_address

import pytest
from common.outbound import AddressRefused, Outbound, is_inner, networks
from hypothesis import given
from hypothesis import strategies as st

INNER = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.254 127.0.0.1 127.9.9.9 169.254.169.254 172.16.0.1 172.31.255.255
192.0.0.1 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
255.255.255.255 168.63.129.16 100.100.100.200
:: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1::
fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1
"""
OUTER = "8.8.8.8 1.1.1.1 114.114.114.114 172.32.0.1 100.63.255.255 2400:3200::1 2606:4700:4700::1111"


@pytest.mark.parametrize("text", INNER.split())
def test_inner(text):
    assert is_inner(ip_address(text))


@pytest.mark.parametrize("text", OUTER.split())
def test_outer(text):
    assert not is_inner(ip_address(text))


@given(st.ip_addresses())
def test_whatever_is_not_global_is_inner(address):
    assert is_inner(address) or address.is_global


def resolving(*texts):
    async def resolve(_host, _port):
        return tuple(map(ip_address, texts))

    return resolve


async def code_of(outbound, url):
    with pytest.raises(AddressRefused) as refused:
        await outbound.check(url)
    assert url not in str(refused.value) + refused.value.zh
    return refused.value.code


async def test_one_inner_address_among_public_ones_is_enough():
    outbound = Outbound(resolve=resolving("8.8.8.8", "10.0.0.1"))
    assert await code_of(outbound, "https://receiver.example/hook") == "address-inner"


async def test_a_public_name_is_called_at_its_checked_address_under_its_own_name():
    target = await Outbound(resolve=resolving("8.8.8.8", "2400:3200::1")).check("https://receiver.example/hook?x=1")
    assert [str(target.at(address)) for address in target.addresses] == [
        "https://8.8.8.8/hook?x=1", "https://[2400:3200::1]/hook?x=1",
    ]  # fmt: skip
    assert target.url.netloc == b"receiver.example"


async def test_nothing_is_resolved_that_is_no_address():
    assert await code_of(Outbound(resolve=resolving()), "https://receiver.example/") == "address-unresolved"

    async def fails(_host, _port):
        raise OSError

    assert await code_of(Outbound(resolve=fails), "https://receiver.example/") == "address-unresolved"


async def test_allowed_networks_may_be_called_without_tls_and_on_any_port_and_no_others():
    allowed = networks("10.20.0.0/16, fd12::/16", production=True)
    for inside in ("10.20.3.4", "fd12::5"):
        assert await Outbound(allowed, resolving(inside)).check("http://inside.gov:8080/hook")
    for outside in ("10.21.0.1", "::ffff:10.20.0.1"):
        assert await code_of(Outbound(allowed, resolving(outside)), "https://inside.gov/hook") == "address-inner"
    mixed = Outbound(allowed, resolving("10.20.0.1", "8.8.8.8"))
    assert await code_of(mixed, "http://inside.gov/hook") == "address-not-https"


@pytest.mark.parametrize("text", ["10.0.0.1/8", "nonsense", "10.0.0.0/33"])
def test_a_wrong_setting_is_told_in_one_sentence(text):
    with pytest.raises(ValueError, match="WEBHOOK_ALLOWED_NETWORKS"):
        networks(text, production=False)


@pytest.mark.parametrize("text", ["127.0.0.0/8", "::1/128", "0.0.0.0/0", "169.254.169.254/32", "::/0"])
def test_in_production_this_machine_is_never_allowed(text):
    assert networks(text, production=False)
    with pytest.raises(ValueError, match="production"):
        networks(text, production=True)
