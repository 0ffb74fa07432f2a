"""`exchange_api release` as a process of its own: over the network, with its own token, killed and started again."""

import asyncio
import signal

from contracts.entitlements import PUBLIC_CHANNEL

from tests.integration.exchange.channels.conftest import golden

FIRM = "lawyers.registry.firm.established.v1"


async def test_killed_midway_it_goes_on_where_it_was(province, exchange_app, start_releasing, tmp_path):
    firms = [golden(FIRM) for _ in range(400)]
    await province.tell(*firms[:200])
    first = await start_releasing()
    channel = exchange_app.state.sources(PUBLIC_CHANNEL)
    async with asyncio.timeout(120):
        while not (await channel.heads()).position:
            assert first.returncode is None, (tmp_path / "releases.log").read_text()
            await asyncio.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    await first.wait()
    await province.tell(*firms[200:])
    second = await start_releasing()
    pool = await province.exchange.pool()
    async with asyncio.timeout(120):
        while await pool.fetchval("SELECT position FROM channel_publications WHERE channel = $1", PUBLIC_CHANNEL) < 400:
            assert second.returncode is None, (tmp_path / "releases.log").read_text()
            await asyncio.sleep(0.05)
    records = await channel.read_after(0, 1_000)
    assert sorted(record.key for record in records) == sorted(firm.key() for firm in firms)
    second.send_signal(signal.SIGTERM)
    assert await second.wait() == 0
