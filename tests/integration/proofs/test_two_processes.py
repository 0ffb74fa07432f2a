"""Two processes of one service at once: one chain, and one head for each hour, whichever of them comes first."""

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest
from common.exchange_log import keep_log_head
from common.feed_api.signed_heads import keep_feed_head
from common.signing import Signer

from tests.integration.proofs.conftest import OTHER, SYSTEM
from tests.integration.proofs.trial import KEY, TOPIC, build

HOURS, CALLS = 8, 20
SIGNER = Signer(KEY)


@pytest.fixture
async def both(settings, time):
    """Each with a database pool and a writer of its own."""
    async with AsyncExitStack() as stack:
        apps = [build(settings, clock=time) for _ in range(2)]
        for app in apps:
            await stack.enter_async_context(app.router.lifespan_context(app))
        yield apps


async def test_calls_and_hours_of_two_at_once(both, happen, issuer, time, connection, verified):
    databases = [app.state.database for app in both]
    whom = [issuer.headers(**SYSTEM), issuer.headers(**OTHER)]
    kept = []
    async with AsyncExitStack() as stack:
        doors = [
            await stack.enter_async_context(httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t"))
            for app in both
        ]
        for _ in range(HOURS):
            await happen(1)
            now = time()
            calls = [doors[n % 2].get(f"/v1/raw/{n}", headers=whom[n % 3 % 2]) for n in range(CALLS)]
            keeping = [keep_feed_head(each, now, signer=SIGNER, topic=TOPIC) for each in databases]
            keeping += [keep_log_head(each, now, signer=SIGNER, log="proofs.exchange") for each in databases]
            answers, done = await asyncio.gather(asyncio.gather(*calls), asyncio.gather(*keeping))
            assert {answer.status_code for answer in answers} == {200}
            kept.append((done[0] + done[1], done[2] + done[3]))
            time.pass_by(hours=1)
    assert kept == [(1, 1)] * HOURS
    assert await verified() == (HOURS * CALLS, [])
    for who in (SYSTEM, OTHER):
        assert (await verified(who))[1] == []
    off_the_chain = await connection.fetchval(
        "SELECT count(*) FROM exchange_log_heads h LEFT JOIN exchange_log l USING (seq, hash) "
        "WHERE l.seq IS NULL AND h.seq > 0"
    )
    positions = await connection.fetch("SELECT position FROM feed_signed_heads ORDER BY hour")
    assert (off_the_chain, [row["position"] for row in positions]) == (0, list(range(1, HOURS + 1)))
