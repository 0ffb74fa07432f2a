"""Systems of other organs: connected, suspended, reconnected, by operators of the department alone."""

import pytest

from tests.integration.exchange.conftest import AUDITOR, COURT, OPERATOR, PROCURATORATE

COURT_SYSTEM = {
    "subject": "court-system", "name": "省高院执业信息系统", "organisation_kind": "court", "organ_code": "hn-gy",
    "region": "410000", "reason": "数据共享协议",
}  # fmt: skip


@pytest.fixture(scope="module")
async def connected(call):
    answer = await call("POST", "/clients", OPERATOR, json=COURT_SYSTEM)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_system_is_connected_once_and_suspended_with_a_reason(call, connected, exchange_database):
    again = await call("POST", "/clients", OPERATOR, json=COURT_SYSTEM)
    assert (again.status_code, again.json()["errors"][0]["field"]) == (409, "subject")
    path = f"/clients/{connected['client_id']}"
    move = {"state": "suspended", "reason": "密钥泄露"}
    assert (await call("PATCH", path, OPERATOR, json=move)).status_code == 428
    moved = await call("PATCH", path, OPERATOR, json=move, headers={"If-Match": '"v1"'})
    assert (moved.status_code, moved.json()["state"], moved.headers["etag"]) == (200, "suspended", '"v2"')
    same = await call("PATCH", path, OPERATOR, json=move, headers={"If-Match": '"v2"'})
    assert same.status_code == 409
    pool = await exchange_database.pool()
    rows = await pool.fetch("SELECT event_type, entity_version FROM outbox WHERE key = $1 ORDER BY id",
                            connected["client_id"])  # fmt: skip
    assert [tuple(row) for row in rows] == [
        ("lawyers.exchange.client.registered.v1", 1), ("lawyers.exchange.client.changed.v1", 2),
    ]  # fmt: skip


async def test_a_system_sees_itself_and_nobody_else(call, connected):
    path = f"/clients/{connected['client_id']}"
    assert (await call("GET", path, COURT)).status_code == 200
    assert [item["subject"] for item in (await call("GET", "/clients", COURT)).json()["items"]] == ["court-system"]
    assert (await call("GET", path, PROCURATORATE)).status_code == 403
    assert (await call("GET", "/clients", PROCURATORATE)).json()["items"] == []
    assert (await call("GET", path, AUDITOR)).status_code == 200
    assert (await call("GET", path)).status_code == 401


@pytest.mark.parametrize(
    "who",
    [COURT, AUDITOR, OPERATOR | {"region": "410100", "organisation_kind": "bureau"}, {"roles": ["plan-reader"]}],
)
async def test_only_operators_of_the_province_connect(call, who):
    assert (await call("POST", "/clients", who, json=COURT_SYSTEM | {"subject": "x"})).status_code == 403


@pytest.mark.parametrize(
    ("field", "value"),
    [("organisation_kind", "public"), ("organ_code", "HN GY"), ("region", "130100"), ("subject", ""), ("reason", "")],
)
async def test_bad_input_names_its_field(call, field, value):
    answer = await call("POST", "/clients", OPERATOR, json=COURT_SYSTEM | {"subject": "other", field: value})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
