"""`yulu events tail`: every service's events with a cursor each, from which the next one goes on."""

import asyncio
from contextlib import aclosing

import pytest
from yulu.client import ApiProblem
from yulu.following import followed
from yulu.settings import ClientSettings

from tests.integration.exchange.stream.running import licensed, rebuilt

WORKER = {"roles": ["feed-verifier"], "organisation_kind": "system"}


@pytest.fixture
def settings(issuer, url):
    return ClientSettings(exchange_url=url, yulu_token=issuer.token(**WORKER), oidc_issuer=issuer.url)


async def _next(events):
    async with asyncio.timeout(120):
        return await anext(events)


async def test_tail_follows_all_services_and_goes_on_after_a_cursor(settings, registry, progress):
    await registry.write(licensed(), licensed())
    async with aclosing(followed(settings, ["registry.events", "progress.events"], None, ended=print)) as events:
        first = [await _next(events) for _ in range(2)]
        await progress.write(rebuilt())
        assert (await _next(events))["source"] == "progress.events"
    assert [event["position"] for event in first] == [1, 2]
    async with aclosing(followed(settings, ["registry.events"], first[0]["cursor"], ended=print)) as events:
        assert (await _next(events))["position"] == 2


async def test_a_cursor_that_is_none_is_told_as_the_service_told_it(settings):
    async with aclosing(followed(settings, [], "rubbish", ended=print)) as events:
        with pytest.raises(ApiProblem, match="游标无效"):
            await _next(events)
