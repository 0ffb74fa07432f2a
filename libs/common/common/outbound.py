"""Calls to addresses that somebody else has chosen: never into our own networks, and only to what was checked.

Whoever names a URL for us to call could name our database, or a name that resolves to it a moment after it was checked.
So a name is resolved by us, every address of it is checked, and the connection goes to a checked address.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
"""Host and port → addresses. Raises OSError where there are none."""

_OWN = (ip_network("127.0.0.0/8"), ip_network("::1/128"), ip_network("169.254.0.0/16"), ip_network("fe80::/10"))
MOST_CHARACTERS = 500
_PORTS = frozenset({443, 8443})
_NEVER = tuple(
    map(
        ip_network,
        (
            "100.64.0.0/10",  # carrier-grade NAT; clouds put their metadata there, too
            "168.63.129.16/32",  # metadata of Azure, at an address that looks public
            "192.88.99.0/24",  # 6to4 relays
            "fec0::/10",  # site-local, given up long ago and still routed here and there
            "::ffff:0:0/96",  # IPv4 written as IPv6, and the ways in which IPv6 carries IPv4:
            "::/96",
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "2002::/16",
            "2001::/32",
        ),
    )
)
"""Beside everything that is not global: what `ipaddress` takes for global, in one version of Python or another."""


class AddressRefused(ValueError):
    """`code` is stable; the address itself is in neither sentence."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code, self.zh, self.en = code, zh, en


def networks(text: str, *, production: bool) -> tuple[Network, ...]:
    """Of the setting WEBHOOK_ALLOWED_NETWORKS: CIDR, comma between. Raises ValueError, for pydantic to pass on."""
    try:
        found = tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError("WEBHOOK_ALLOWED_NETWORKS must be networks such as 10.20.0.0/16, comma between") from None
    if production and any(network.overlaps(own) for network in found for own in _OWN if network.version == own.version):
        raise ValueError("WEBHOOK_ALLOWED_NETWORKS must not hold this machine itself where ENVIRONMENT=production")
    return found


async def resolve(host: str, port: int) -> Sequence[Address]:
    """By the machine's own resolver, which also knows every odd way of writing an IPv4 address."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(ip_address(address[0]) for *_, address in found))


@dataclass(frozen=True, slots=True)
class Target:
    """A URL and the addresses that it may be called at."""

    url: httpx.URL
    addresses: tuple[Address, ...]

    def at(self, address: Address) -> httpx.URL:
        """For the connection; `Host` and the name that TLS checks stay those of `url`."""
        return self.url.copy_with(host=str(address))


@dataclass(frozen=True, slots=True)
class Outbound:
    """`allowed`: networks that may be called although they are private, also without TLS and on any port."""

    allowed: tuple[Network, ...] = ()
    resolve: Resolve = resolve
    resolve_seconds: float = 5.0

    async def check(self, text: str) -> Target:
        """Raises AddressRefused; `address-unresolved` may pass by itself, every other code does not."""
        url = _parsed(text)
        port = url.port or {"https": 443, "http": 80}[url.scheme]
        try:
            async with asyncio.timeout(self.resolve_seconds):
                addresses = tuple(await self.resolve(url.raw_host.decode(), port))
        except (OSError, UnicodeError) as error:  # a timeout is an OSError
            raise _unresolved() from error
        if not addresses:
            raise _unresolved()
        if not all(self._is_allowed(address) for address in addresses):
            if url.scheme != "https":
                raise AddressRefused("address-not-https", "推送地址须为 https", "The address must begin with https")
            if port not in _PORTS:
                raise AddressRefused("address-port", "推送地址的端口须为 443 或 8443", "The port must be 443 or 8443")
            # One inner address among public ones is an inner address.
            if any(not self._is_allowed(address) and is_inner(address) for address in addresses):
                raise AddressRefused(
                    "address-inner",
                    "该地址指向内部、本机或保留网络，不予推送",
                    "The address leads into a private, local or reserved network",
                )
        return Target(url, addresses)

    def _is_allowed(self, address: Address) -> bool:
        return any(address in network for network in self.allowed)


def is_inner(address: Address) -> bool:
    """Whether it is anything but a public address of one machine."""
    return not address.is_global or address.is_multicast or any(address in network for network in _NEVER)


def _parsed(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise _malformed() from error
    if len(text) > MOST_CHARACTERS or url.scheme not in ("https", "http") or not url.host:
        raise _malformed()
    if url.userinfo or url.fragment:
        raise AddressRefused(
            "address-userinfo", "推送地址不得含用户名、密码或片段", "It must hold neither user information nor fragment"
        )
    return url


def _malformed() -> AddressRefused:
    return AddressRefused(
        "address-malformed", "不是可用的 https 地址", f"is no https address of at most {MOST_CHARACTERS} characters"
    )


def _unresolved() -> AddressRefused:
    return AddressRefused("address-unresolved", "该地址的主机名无法解析", "The name of the host cannot be resolved")
