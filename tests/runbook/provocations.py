"""What brings each alert about, on a real system: frozen processes, held locks, rows that do not fit, no receiver."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date, timedelta
from itertools import count
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from yulu_local.ports import free_port

from tests.support.system import System
from tests.upgrade.load import Load


class Place:
    """A running system, those who act in it, and connections of ours to its databases."""

    def __init__(self, system: System) -> None:
        self.system, self.load = system, Load(system)
        self._http = httpx.AsyncClient(trust_env=False, timeout=30, limits=httpx.Limits(max_connections=None))

    async def prepare(self) -> None:
        await self.load.prepare()

    async def close(self) -> None:
        await self.load.close()
        await self._http.aclose()

    async def ask(self, service: str, method: str, path: str, *, token: str | None = None, body: Any = None) -> int:
        """The status; 0 where there was no answer in time."""
        try:
            return (await self._answer(service, method, path, token, body)).status_code
        except httpx.HTTPError:
            return 0

    async def told(self, service: str, method: str, path: str, *, token: str, body: Any = None, match: str = "") -> Any:
        """What was answered to somebody who knows that it will be."""
        answer = await self._answer(service, method, path, token, body, match)
        assert answer.is_success, (path, answer.status_code, answer.text[:300])
        return answer.json() if answer.content else None

    async def _answer(
        self, service: str, method: str, path: str, token: str | None, body: Any, match: str = ""
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if match:
            headers["If-Match"] = match
        if method == "POST":
            headers["Idempotency-Key"] = uuid4().hex
        return await self._http.request(method, self.system.url(service) + path, json=body, headers=headers)

    @asynccontextmanager
    async def connected(self, service: str) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.system.dsn(service))
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def locked(self, service: str, statement: str) -> AsyncIterator[None]:
        """A session that forgot its transaction."""
        async with self.connected(service) as connection, connection.transaction():
            await connection.execute(statement)
            yield


Provocation = Callable[[Place], AbstractAsyncContextManager[None]]


def frozen(name: str) -> Provocation:
    @asynccontextmanager
    async def provoke(place: Place) -> AsyncIterator[None]:
        process = place.system.process(name)
        process.suspend()
        try:
            yield
        finally:
            process.resume()

    return provoke


@asynccontextmanager
async def kafka_frozen(place: Place) -> AsyncIterator[None]:
    async with frozen("kafka")(place):
        await place.load.license_one()
        yield


@asynccontextmanager
async def feed_locked(place: Place) -> AsyncIterator[None]:
    await asyncio.sleep(5)  # what was written before is in the feed
    async with place.locked("registry", "LOCK TABLE feed IN EXCLUSIVE MODE"):
        await place.load.license_one()
        yield


@asynccontextmanager
async def nothing_more(_: Place) -> AsyncIterator[None]:
    """The alert follows from what another of its round does."""
    yield


@asynccontextmanager
async def row_that_does_not_fit(place: Place) -> AsyncIterator[None]:
    async with place.connected("progress") as connection:
        await connection.execute("ALTER TABLE projected.practices ADD CONSTRAINT provoked CHECK (false) NOT VALID")
        try:
            await place.load.license_one()
            yield
        finally:
            await connection.execute("ALTER TABLE projected.practices DROP CONSTRAINT provoked")
            await _redrive(place)


async def _redrive(place: Place) -> None:
    """As the page says: the cause is gone, and what waits is applied in its order."""
    operator = place.system.token("operator", subject="operator")
    waiting = await place.told("progress", "GET", "/v1/parked?limit=200", token=operator)
    for parked in waiting["items"]:
        order = {"reason": "约束已去掉"}
        # With one event of a key all of that key are redriven: what is on its way is refused, and well so.
        await place.ask("progress", "POST", f"/v1/parked/{parked['parked_id']}/redrive", token=operator, body=order)


@asynccontextmanager
async def another_past(place: Place) -> AsyncIterator[None]:
    """As after a restored backup: the feed does not hold what this consumer has applied from it."""
    async with place.connected("registry") as feed, place.connected("progress") as connection:
        partition = await feed.fetchval("SELECT partition FROM feed ORDER BY position DESC LIMIT 1")
        which = ("registry.events", partition)
        of = "WHERE topic = $1 AND partition = $2"
        was = await connection.fetchval(f"SELECT last_partition_hash FROM projected.positions {of}", *which)
        await connection.execute(f"UPDATE projected.positions SET last_partition_hash = sha256('x') {of}", *which)
        keep = asyncio.create_task(_license_on(place))
        try:
            yield
        finally:
            keep.cancel()
            await asyncio.gather(keep, return_exceptions=True)
            await connection.execute(
                f"UPDATE projected.positions SET last_partition_hash = $3, stopped = NULL {of}", *which, was
            )


async def _license_on(place: Place) -> None:
    while True:
        await place.load.license_one()
        await asyncio.sleep(1)


@asynccontextmanager
async def table_gone(place: Place) -> AsyncIterator[None]:
    async with place.connected("registry") as connection:
        await connection.execute("ALTER TABLE practices RENAME TO practices_away")
        asking = asyncio.create_task(_asking(place))
        try:
            yield
        finally:
            await connection.execute("ALTER TABLE practices_away RENAME TO practices")
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)


_numbers = count()


def _statistics() -> str:
    """Of another day each time: what was answered once is kept."""
    return f"/v1/statistics/lawyers?as_of={date(2010, 1, 1) + timedelta(days=next(_numbers) % 5000)}"


async def _asking(place: Place, path: Callable[[], str] = _statistics, at_once: int = 4) -> None:
    while True:
        await asyncio.gather(*(place.ask("registry", "GET", path()) for _ in range(at_once)))
        await asyncio.sleep(0.2)


def _look_up() -> str:
    """Of another number each time, that nobody has: each waits for itself, where statistics are made one by one."""
    return f"/v1/public/lawyers/14101202010{next(_numbers) % 1_000_000:06d}"


@asynccontextmanager
async def many_wait_for_a_lock(place: Place) -> AsyncIterator[None]:
    holding = asyncio.create_task(_holding(place))
    asking = asyncio.create_task(_asking(place, _look_up, 30))
    try:
        yield
    finally:
        holding.cancel()
        asking.cancel()
        await asyncio.gather(holding, asking, return_exceptions=True)


async def _holding(place: Place) -> None:
    while True:
        async with place.locked("registry", "LOCK TABLE public_lawyers IN ACCESS EXCLUSIVE MODE"):
            await asyncio.sleep(9)
        await asyncio.sleep(1)


@asynccontextmanager
async def exchange_log_locked(place: Place) -> AsyncIterator[None]:
    token = place.system.token(
        "stream-client", "registry-officer", organisation_kind="court", organisation_id="hn-gy", subject="hn-gy"
    )
    async with place.locked("registry", "LOCK TABLE exchange_log_head IN ACCESS EXCLUSIVE MODE"):
        await asyncio.gather(*(place.ask("registry", "GET", "/v1/lawyers?limit=1", token=token) for _ in range(2)))
        yield


@asynccontextmanager
async def receiver_away(place: Place) -> AsyncIterator[None]:
    """A connected system whose address nobody listens at."""
    operator = place.system.token("operator", subject="operator")
    client = {
        "subject": "provoked", "name": "省高院系统", "organisation_kind": "court", "organ_code": "hn-gy",
        "region": "410000", "reason": "数据共享协议",
    }  # fmt: skip
    await place.told("exchange", "POST", "/v1/clients", token=operator, body=client)
    own = place.system.token("stream-client", organisation_kind="court", organisation_id="hn-gy", subject="provoked")
    hook = {"url": f"http://127.0.0.1:{free_port()}/hook", "types": ["lawyers.registry.lawyer.licensed.v1"]}
    added = await place.told("exchange", "POST", "/v1/webhooks", token=own, body=hook)
    try:
        for _ in range(8):
            await place.load.license_one()
        yield
    finally:  # its organ takes it away: nobody will ever listen there
        path = f"/v1/webhooks/{added['webhook_id']}"
        await place.told("exchange", "DELETE", path, token=own, match=f'"v{added["version"]}"')


ROUNDS: tuple[Mapping[str, Provocation], ...] = (
    MappingProxyType({
        "YuluProcessDown": frozen("notifier"),
        "YuluFeedUnseen": frozen("discipline-api"),
        "YuluKafkaAway": kafka_frozen,
        "YuluPublishBehind": nothing_more,
        "YuluOutboxStuck": feed_locked,
        "YuluOutboxUnseen": nothing_more,
    }),
    MappingProxyType({
        "YuluEventsParked": row_that_does_not_fit,
        "YuluWebhookCircuitOpen": receiver_away,
        "YuluExchangeLogRefusing": exchange_log_locked,
        "YuluHttpErrors": table_gone,
    }),
    MappingProxyType({"YuluPartitionStopped": another_past, "YuluFollowerBehind": nothing_more}),
    MappingProxyType({"YuluDatabaseConnectionsExhausted": many_wait_for_a_lock, "YuluHttpSlow": nothing_more}),
)  # fmt: skip
"""Those of one round at once, in this order; a round is over when each of its alerts has fired."""

NOT_PROVOKED: Mapping[str, str] = MappingProxyType({
    "YuluTimersUnseen": "takes twenty minutes",
    "YuluDisclosuresDiffer": "needs a record that differs: tests/integration/discipline_api/test_disclosure_checks.py",
    "YuluDeadlinesAtRisk": "takes days of a legal term: tests/integration/exchange/operations/test_operations.py",
    "YuluDeadlinesLost": "takes days of a legal term: tests/integration/exchange/operations/test_operations.py",
    "YuluSourceSilent": "takes days of a rhythm: tests/integration/exchange/operations",
    "YuluClosedFeedsDisturbed": "waits for the full hour: tests/unit/common",
    "YuluSourceHeldBack": "needs a version that is newer: tests/integration/exchange/stream/test_edges.py",
    "YuluAnswersFailing": "waits for the full hour: tests/unit/common",
    "YuluOutsideFailing": "needs a blackbox_exporter: tests/journeys/test_outside.py",
    "YuluCertificateEnding": "nothing is over TLS here: tests/unit/common/test_certificates.py",
    "YuluOutsideCertificateEnding": "nothing is over TLS here, and it needs a blackbox_exporter: tests/journeys",
    "YuluWebhooksBehind": "takes an hour: tests/integration/exchange/webhooks/test_process.py",
    "YuluBackupLogUnkept": "needs a disk that is full: tests/integration/backup/test_full_disks.py",
    "YuluBackupLogGap": "needs a lost slot: tests/integration/backup/test_full_disks.py",
    "YuluBackupErasuresUnkept": "needs a disk that is full: tests/integration/backup/test_full_disks.py",
    "YuluBackupOverdue": "takes hours",
    "YuluBackupDiskNearlyFull": "needs a disk that is full: tests/integration/backup/test_full_disks.py",
    "YuluNotificationsFailing": "needs an alarm of the closed channel: tests/integration/rights/duty",
    "YuluNotificationsUnreported": "needs an alarm of the closed channel: tests/integration/rights/duty",
    "YuluFilesDamaged": "needs a damaged file: tests/integration/discipline_api/test_files.py",
})  # fmt: skip
"""Their commands are run all the same, and promtool tries their rules."""
