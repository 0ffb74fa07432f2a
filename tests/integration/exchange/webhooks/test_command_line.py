"""`yulu webhooks`, as a connected system uses it at a shell."""

import asyncio

import pytest
from starlette.responses import Response
from typer.testing import CliRunner
from yulu.cli.webhooks import app
from yulu.client import ApiProblem

from tests.integration.exchange.conftest import OPERATOR
from tests.integration.exchange.webhooks.conftest import KEYS, serving


@pytest.fixture
async def yulu(exchange_app, free_port, issuer, system):
    """What it says; a refusal as it would be told."""
    async with serving(exchange_app, free_port()) as address:

        async def yulu(*arguments, who=None, code=0):
            environment = {"EXCHANGE_URL": address, "YULU_TOKEN": issuer.token(**(who or system.rights))}
            result = await asyncio.to_thread(CliRunner(env=environment).invoke, app, arguments)
            assert result.exit_code == code, result
            return str(result.exception) if isinstance(result.exception, ApiProblem) else result.output

        yield yulu


async def test_from_the_first_address_to_the_last_resending(yulu, channel, pump, receiver, time, system):
    said = (await yulu("add", receiver.url)).split()
    webhook = said[0]
    assert any(word.startswith("whsec_") for word in said)
    refused = await yulu("add", "https://10.0.0.1/", code=1)
    assert "url" in refused
    assert "内部" in refused

    async def dispatch():
        while True:
            await pump.send()
            await asyncio.sleep(0.05)

    dispatching = asyncio.create_task(dispatch())
    assert "delivered" in await yulu("test", webhook)
    receiver.answer = lambda _: Response(status_code=410)
    assert "gone" in await yulu("test", webhook, code=1)
    dispatching.cancel()
    await channel.tell(KEYS[0])
    await pump()
    assert "disabled (gone)" in await yulu("list")
    receiver.answer = lambda _: Response(status_code=200)
    assert "active" in await yulu("resume", webhook)
    await pump()
    log = await yulu("deliveries", webhook, "--state", "delivered")
    assert "public.events@" in log
    delivery = log.split()[0]
    assert "1 条" in await yulu("resend", webhook, "--delivery", delivery)
    await pump()
    assert [received.id for received in receiver.received].count(delivery) == 3
    receiver.answer = lambda _: Response(status_code=500)
    await channel.tell(KEYS[1])
    await pump()
    waiting = (await yulu("deliveries", webhook, "--state", "waiting")).split()[0]
    assert "given-up" in await yulu("give-up", webhook, waiting, "--reason", "接收方已停用", who=OPERATOR)
    assert "whsec_" in await yulu("rotate", webhook)
