"""Who may listen at a time, on streams and long polls: places per client, and a part that strangers cannot take."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple, Protocol

from common.auth import Principal
from common.http import Problem
from common.http.translations import status_titles
from common.telemetry.metrics import Told, counter, gauge
from contracts.entitlements import PUBLIC_CHANNEL

from exchange_api.sources.readable import readable_sources

RETRY_SECONDS = 10
_IPV6_NETWORK_BITS = 64

_listening = gauge("yulu_stream_listeners", "Open event streams and long polls.", told=Told.ALWAYS)
_refused = counter("yulu_stream_refused_total", "Streams and long polls for which there was no place.", ["limit"])


class Occupant(Protocol):
    def end(self, reason: str) -> None:
        """One of ENDS. Never waits, and never raises."""


class Holder(NamedTuple):
    """Who takes a place. `client` is a subject, or an address where there is no token."""

    client: str
    identified: bool
    public: bool
    """He may read the public channel and nothing else."""
    system: str | None
    """Subject of the connected system that it is."""


def holder_of(principal: Principal | None, system: str | None, address: str) -> Holder:
    public = readable_sources(principal) == (PUBLIC_CHANNEL,)
    if principal is None:
        return Holder(_network(address), identified=False, public=public, system=None)
    return Holder(principal.subject, identified=True, public=public, system=system)


def _network(address: str) -> str:
    """Of IPv6 the /64: whoever has one address of it has all of them."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Address(int(found) >> _IPV6_NETWORK_BITS << _IPV6_NETWORK_BITS))


@dataclass(frozen=True, slots=True)
class Limits:
    """At a time, in this process. `public`: of all who read the public channel alone, together; `public_reader`: of one
    of them; `client`: of one who may read more."""

    all: int
    public: int
    client: int
    public_reader: int


_WHY = {
    "all": ("本进程的在线订阅已满", "This process has no place for another stream or long poll"),
    "public": ("面向公众的在线订阅已满", "The places for readers of the public channel are all taken"),
    "client": ("本令牌主体的在线订阅已达上限", "This client holds as many streams and long polls as it may"),
    "address": ("本网络地址的在线订阅已达上限", "This address holds as many streams and long polls as it may"),
}
"""Which limit a refusal names: a client's own is answered 429, one that others have reached 503."""


class Listeners:
    """Those of this process."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._open: dict[Occupant, Holder] = {}
        self._held: Counter[tuple[bool, str]] = Counter()
        self._public = 0

    def demand_room(self, holder: Holder) -> None:
        """Raises the problem that names the limit. Whoever then enters without having waited has his place."""
        limits = self.limits
        most_of_his = limits.public_reader if holder.public else limits.client
        if self._held[holder.identified, holder.client] >= most_of_his:
            raise _full("client" if holder.identified else "address", most_of_his, status=429)
        if holder.public and self._public >= limits.public:
            raise _full("public", limits.public, status=503)
        if len(self._open) >= limits.all:
            raise _full("all", limits.all, status=503)

    @contextmanager
    def entered(self, occupant: Occupant, holder: Holder) -> Iterator[None]:
        key = holder.identified, holder.client
        self._open[occupant] = holder
        self._held[key] += 1
        self._public += holder.public
        _listening.set(len(self._open))
        try:
            yield
        finally:
            del self._open[occupant]
            self._held[key] -= 1
            if not self._held[key]:
                del self._held[key]  # nothing is left of those who never come again
            self._public -= holder.public
            _listening.set(len(self._open))

    def systems(self) -> set[str]:
        return {holder.system for holder in self._open.values() if holder.system is not None}

    def end_those_of(self, systems: set[str]) -> None:
        for occupant, holder in list(self._open.items()):
            if holder.system in systems:
                occupant.end("system-suspended")

    def end_all(self, reason: str) -> None:
        for occupant in list(self._open):
            occupant.end(reason)


def _full(limit: str, most: int, *, status: int) -> Problem:
    _refused.labels(limit).inc()
    title_zh, title_en = status_titles(status)
    zh, en = _WHY[limit]
    return Problem(
        type="too-many-listeners",
        status=status,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=f"{zh}（{most} 个），请关闭不用的连接或稍后重试；不带 wait 的逐页读取不受此限。",
        detail_en=f"{en} ({most}); close some or try again later. Pages without `wait` need no place.",
        headers={"Retry-After": str(RETRY_SECONDS)},
        extra={"limit": limit, "most": most},
    )
