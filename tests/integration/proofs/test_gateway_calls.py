"""Calls that a gateway signs for a system: in the log under the system's name, on raw routes and streams too, once."""

import httpx
import pytest
from common.auth.gateway import NONCE

from tests.integration.proofs.conftest import AUDITOR
from tests.integration.proofs.test_exchange_log import digests
from tests.integration.proofs.trial import build
from tests.support.gateway import CALLER, gateways_file, headers_for

RAW, STREAM = "/v1/raw/411?as_of=2026", "/v1/lines"


@pytest.fixture
def settings(settings, tmp_path):
    return settings.model_copy(update={"gateways_file": gateways_file(tmp_path)})


def named(entry) -> tuple[str, str, str]:
    return entry["subject"], entry["organisation_kind"], entry["organisation_id"]


COURT = CALLER["subject"], CALLER["organisation_kind"], CALLER["organisation_id"]


async def test_on_a_raw_route_and_a_stream_it_stands_under_the_client(http, log, verified):
    raw = await http.get(RAW, headers=headers_for(target=RAW))
    lines = await http.get(STREAM, headers=headers_for(target=STREAM))
    assert (raw.status_code, lines.status_code) == (200, 200)
    whole, opened, ended = await log.entries()
    assert {named(entry) for entry in (whole, opened, ended)} == {COURT}
    assert (whole["operation"], whole["phase"]) == ("GET /v1/raw/{number}", "whole")
    assert (whole["request_digest"], whole["response_digest"]) == digests(whole, "GET", RAW, b"", 200, raw.content)
    assert (opened["phase"], ended["phase"], ended["call_id"]) == ("opened", "ended", opened["call_id"])
    assert ended["response_digest"] == digests(ended, "GET", STREAM, b"", 200, lines.content)[1]
    assert await verified(AUDITOR) == (3, [])


@pytest.mark.parametrize("target", [RAW, STREAM, "/v1/things/1"])
async def test_sent_again_it_is_refused_and_nobodys(http, log, target):
    headers = headers_for(target=target)
    assert (await http.get(target, headers=headers)).status_code == 200
    before = await log.entries()
    again = await http.get(target, headers=headers)
    assert (again.status_code, again.json()["field"]) == (401, NONCE), again.text
    assert await log.entries() == before


async def test_another_process_and_one_started_anew_refuse_it_too(http, settings, time):
    headers = headers_for(target=RAW)
    assert (await http.get(RAW, headers=headers)).status_code == 200
    app = build(settings, clock=time)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://other") as other,
    ):
        again = await other.get(RAW, headers=headers)
        assert (again.status_code, again.json()["field"]) == (401, NONCE), again.text
        assert (await other.get(RAW, headers=headers_for(target=RAW))).status_code == 200


async def test_where_nobody_can_tell_whether_it_came_before_it_is_asked_to_come_again(http, app, log, connection):
    headers = headers_for(target=RAW)
    await connection.execute("ALTER TABLE idempotency_keys RENAME TO gone")
    assert (await http.get(RAW, headers=headers)).status_code >= 500
    await connection.execute("ALTER TABLE gone RENAME TO idempotency_keys")
    assert (await http.get(RAW, headers=headers)).status_code == 200
    assert len(await log.entries()) == 1
