"""discipline-api on a real, migrated database, over HTTP, at a time the test sets."""

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from io import StringIO
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from common.migrations import migrate
from common.telemetry import configure_logging
from contracts.working_days import SHANGHAI
from discipline_api.app import build_app
from discipline_api.audit.attempts import Attempts
from discipline_api.settings import DisciplineSettings
from fastapi import FastAPI
from stdnum.cn import uscc

from .complaints import Complaints

LICENCE = "14101201010123456"
CREDIT = "31410000MD0123456" + str(uscc.calc_check_digit("31410000MD0123456"))
NAME, FIRM_NAME = "赵铁柱", "河南秘名律师事务所"
REASONS = "对当事人王小明私自收取费用"


@dataclass
class Hands:
    """Changes one request at a time, on the day it is told."""

    http: httpx.AsyncClient
    issuer: Any
    now: datetime = datetime(2026, 6, 10, 12, tzinfo=SHANGHAI)
    numbers: Any = field(default_factory=lambda: iter(range(1, 10_000)))

    def on(self, text: str) -> None:
        self.now = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)

    def officer(self, kind: str = "bureau", region: str = "410100", code: str = "zz", **more: Any) -> dict[str, str]:
        rights = {"roles": ["discipline-officer"], "subject": f"officer-of-{code}"} | more
        return self.issuer.headers(region=region, organisation_kind=kind, organisation_id=code, **rights)

    @property
    def worker(self) -> dict[str, str]:
        return self.issuer.headers(
            roles=["registry-reactions"], organisation_kind="system", organisation_id="yulu", subject="registry"
        )

    def decision(self, **changes: Any) -> dict[str, Any]:
        return {
            "organ": {"kind": "bureau", "region": "410100", "code": "zz"},
            "document_number": f"郑司罚决字〔2026〕{next(self.numbers)}号",
            "subject": {"kind": "lawyer", "licence_number": LICENCE, "name": NAME, "firm_name": FIRM_NAME},
            "conduct_code": "L48.1",
            "penalties": [{"kind": "suspension", "suspension_months": 3}],
            "filed_on": "2026-02-02",
            "decided_on": "2026-04-29",
            "served_on": "2026-05-06",
            "from_on": "2026-05-06",
            "to_on": "2026-08-06",
            "reasons": REASONS,
        } | changes

    async def post(
        self, path: str, body: Any, *, headers: dict[str, str] | None = None, key: str | None = None, **more: str
    ) -> httpx.Response:
        sent = (self.officer() if headers is None else headers) | {"Idempotency-Key": key or str(uuid4())} | more
        return await self.http.post(path, json=body, headers=sent)

    async def assessed(self, officer: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
        """An impact assessment of the officer's organ, without which it publishes nothing."""
        body = {
            "organ": {"kind": "bureau", "region": "410100", "code": "zz"},
            "scope": ["administrative"],
            "purpose": "依法公示行政处罚决定",
            "risks": "当事人名誉可能受到过度影响",
            "measures": "到期自动停止公示，不收录于搜索引擎",
            "conclusion": "lawful-with-measures",
            "document_number": "郑司评〔2026〕1号",
            "assessed_on": "2026-01-05",
        } | changes
        answer = await self.post("/v1/impact-assessments", body, headers=officer)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def recorded(self, **changes: Any) -> dict[str, Any]:
        answer = await self.post("/v1/sanctions", self.decision(**changes))
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def published(self, **changes: Any) -> dict[str, Any]:
        case = await self.recorded(**changes)
        answer = await self.post(f"/v1/sanctions/{case['case_id']}/publication", {}, **{"If-Match": '"v1"'})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def withdrawn(self, case: dict[str, Any], on: str = "2026-06-09") -> httpx.Response:
        body = {"ground": "revoked", "document_number": "豫司复决字〔2026〕1号", "withdrawn_on": on}
        tag = f'"v{case["version"]}"'
        return await self.post(f"/v1/sanctions/{case['case_id']}/withdrawal", body, **{"If-Match": tag})


@pytest.fixture(scope="session")
async def discipline_dsn(postgres) -> str:
    dsn = f"{postgres.url}/discipline_api"
    await migrate(dsn, "discipline_api")
    return dsn


async def empty(connection: asyncpg.Connection) -> None:
    """Every table but those of one row, which go back to where the migration left them."""
    tables = await connection.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN "
        "('alembic_version', 'audit_head', 'disclosure_log_head', 'feed', 'feed_head', 'feed_partition_heads', "
        "'notice_progress', 'publication') AND tablename !~ '^(exchange_log|operator_acts)'"
    )
    # Truncating a hundred tables makes several hundred files; a test writes to a dozen.
    written = await connection.fetch(
        " UNION ALL ".join(f"SELECT '{row[0]}' WHERE EXISTS (SELECT FROM {row[0]})" for row in tables)
    )
    if written:
        await connection.execute(f"TRUNCATE {', '.join(row[0] for row in written)} RESTART IDENTITY CASCADE")
    await connection.execute("UPDATE audit_head SET seq = 0, hash = decode(repeat('00', 32), 'hex')")
    await connection.execute("UPDATE disclosure_log_head SET size = 0, grown_at = '2026-01-01T00:00:00Z'")
    await connection.execute("UPDATE notice_progress SET next_leaf = 0")


@pytest.fixture
async def connection(discipline_dsn) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(discipline_dsn)
    await empty(connection)
    yield connection
    await connection.close()


ASSESSED = """
INSERT INTO impact_assessments (assessment_id, organ_kind, organ_region, organ_code, scope, covers_identity_numbers,
    conclusion, document_number, purpose, risks, measures, assessed_on, valid_to_on, kept_to_on, recorded_by,
    recorded_at)
SELECT gen_random_uuid(), kind, region, code, '{administrative,conviction,failed-assessment}', false, 'lawful',
    '司评〔2019〕1号', '依法公示', '名誉', '到期停止公示', '2019-12-31', '2100-01-01', '2110-01-01', 'x', now()
FROM (VALUES ('bureau', '410100', 'zz'), ('department', '410000', 'sft')) AS organ (kind, region, code)"""
"""Of the organs that most tests are about, before them: no request, no event, no entry of the audit log."""


@pytest.fixture(scope="session")
def environment(issuer, discipline_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    limits = ("PUBLIC_RATE_LIMIT", "RESULT_RATE_LIMIT", "RECEIPT_RATE_LIMIT", "FILING_RATE_LIMIT")
    return dict.fromkeys((*limits, "DISCIPLINE_CHECK_AT"), "off") | {
        "DISCIPLINE_DATABASE_URL": discipline_dsn,
        "OIDC_ISSUER": issuer.url,
        "DATA_DIR": str(tmp_path_factory.getbasetemp() / "discipline"),
        "REGISTRY_URL": "http://127.0.0.1:1",  # nobody listens there
        "TIMER_SECONDS": "3600",
    }


@dataclass
class Desk:
    """The app, built and started once: its routes, connections and first look around take most of a second."""

    app: FastAPI
    state: dict[str, Any] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: Hands.now

    def cleared(self) -> FastAPI:
        """As it was when it had started."""
        made_anew = {name: type(self.state[name])() for name in ("stopping", "copies", "receiving")}
        made_anew |= {"attempts": Attempts(self.state["database"]), "checks": dict(self.state["checks"])}
        self.app.state._state.clear()
        self.app.state._state.update(self.state, **made_anew)
        return self.app


@pytest.fixture(scope="session")
async def desk(environment: dict[str, str]) -> AsyncIterator[Desk]:
    desk: Desk
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        settings = DisciplineSettings.load()
    desk = Desk(build_app(settings, clock=lambda: desk.now()))  # noqa: PLW0108 - another one for each test
    async with desk.app.router.lifespan_context(desk.app):
        await desk.app.state.looked.wait()  # the timers' first round, and for an hour the last: it meets no test
        desk.state = dict(desk.app.state._state)
        yield desk


@pytest.fixture
async def hands(issuer, environment, connection, monkeypatch, desk: Desk) -> AsyncIterator[Hands]:
    await connection.execute(ASSESSED)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)  # for whoever builds an app of his own
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=desk.cleared()), base_url="http://discipline"
    ) as http:
        hands = Hands(http, issuer)
        desk.now = lambda: hands.now
        yield hands


@pytest.fixture
def complaints(hands, connection) -> Complaints:
    return Complaints(hands, connection)


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Everything that any logger writes, at its most talkative."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = StringIO()
    configure_logging("discipline-api", "DEBUG", stream)
    yield stream
    root.handlers[:], level = before
    root.setLevel(level)
