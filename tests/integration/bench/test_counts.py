"""Counts that no load on the machine can excuse; `make bench` shows the same ones beside its ratios."""

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from common.migrations import migrate
from contracts.working_days import SHANGHAI
from registry_api.app import build_app
from registry_api.settings import RegistrySettings
from stdnum.cn import uscc
from yulu_local.engines import Postgres

from tests.bench import disclosure_records, gates
from tests.faults.sources import Server
from tests.integration.registry.conftest import FOUNDERS

NUMBER = "14101201210000001"
_STEM = "31410000MD0000001"


@pytest.fixture(scope="module")
async def server(postgres: Postgres) -> Server:
    server = Server(postgres.url)
    await server.prepare()
    return server


@pytest.fixture
async def registry_dsn(postgres: Postgres, issuer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A registry with one firm and one lawyer."""
    dsn = f"{postgres.url}/registry_counts"
    await migrate(dsn, "registry_api")
    monkeypatch.setenv("REGISTRY_DATABASE_URL", dsn)
    monkeypatch.setenv("OIDC_ISSUER", issuer.url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    app = build_app(RegistrySettings.load())
    officer, second = (issuer.headers(roles=["registry-officer"], subject=who) for who in ("first", "second"))
    firm = {
        "credit_code": _STEM + str(uscc.calc_check_digit(_STEM)),
        "name": "河南计数律师事务所",
        "kind": "general-partnership",
        "region": "410100",
        "established_on": "2010-05-01",
        "founders": FOUNDERS,
        "capital_yuan": 300_000,
    }
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://registry", headers=officer) as http,
        app.router.lifespan_context(app),
    ):
        made = await _made(http, "/v1/firms", firm, second)
        lawyer = {
            "name": "张三",
            "licence_number": NUMBER,
            "first_licensed_on": "2012-03-01",
            "firm_id": made["firm_id"],
        }
        await _made(http, "/v1/lawyers", lawyer, second)
    return dsn


async def _made(http: httpx.AsyncClient, path: str, body: dict[str, Any], second: dict[str, str]) -> dict[str, Any]:
    """Proposed by one officer, approved by the second."""
    proposed = await http.post(path, json=body, headers={"Idempotency-Key": f"proposed {path}"})
    assert proposed.status_code == 202, proposed.text
    key = {"Idempotency-Key": f"approved {path}"}
    approved = await http.post(f"{proposed.headers['location']}/approve", headers=second | key)
    assert approved.status_code == 200, approved.text
    result: dict[str, Any] = approved.json()["result"]
    return result


async def test_a_look_up_is_one_statement_in_one_round_trip(registry_dsn: str, tmp_path: Path) -> None:
    assert await gates.look_up(registry_dsn, NUMBER, tmp_path) == gates.Asked(statements=1, round_trips=1)


async def test_a_disclosure_query_is_one_statement_in_one_round_trip(
    postgres: Postgres, issuer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dsn = f"{postgres.url}/discipline_counts"
    await migrate(dsn, "discipline_api")
    monkeypatch.setenv("OIDC_ISSUER", issuer.url)
    (record_id, number), *_ = await disclosure_records.make(dsn, 3, datetime.now(SHANGHAI).date())
    paths = [
        f"/v1/public/disclosures?licence_number={number}",
        f"/v1/public/disclosures?licence_number={NUMBER}",  # nothing is found
        f"/v1/public/disclosures?document_number={quote('司罚决字(2026)1号')}",
        f"/v1/public/disclosures/{record_id}",
        "/v1/public/disclosures/list?region=410100&penalty=fine",
        "/v1/disclosures/changes",
    ]
    asked = await gates.disclosure_queries(dsn, paths, tmp_path)
    assert asked == dict.fromkeys(paths, gates.Asked(statements=1, round_trips=1))


async def test_batches_ask_the_same_whatever_their_size(server: Server) -> None:
    sequencer, projector = await gates.batches(server)
    assert len(set(sequencer)) == 1
    assert sequencer[0].round_trips <= gates.SEQUENCER_ROUND_TRIPS
    assert len(set(projector)) == 1
    assert projector[0].statements <= gates.PROJECTOR_STATEMENTS
