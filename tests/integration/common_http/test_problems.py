"""Whatever is refused is a problem in both languages that names the field and repeats no value."""

import json
import logging

import httpx
import pytest

ID_CARD = "410105199001011234"


async def _post(client: httpx.AsyncClient, body: object) -> httpx.Response:
    return await client.post("/v1/things", json=body, headers={"Idempotency-Key": "key-00000001"})


async def test_every_fault_names_its_field_in_both_languages(client: httpx.AsyncClient) -> None:
    response = await _post(client, {"name": "bad", "parts": [{"size": 1}, {"size": 0}], "colour": "red"})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == "urn:yulu:problem:validation-failed"
    assert {error["field"]: (error["zh"], error["en"]) for error in problem["errors"]} == {
        "name": ("不能是 bad", "must not be bad"),
        "parts.1.size": ("应不小于 1", "must be at least 1"),
        "colour": ("未知字段", "is not a known field"),
    }
    assert problem["correlation_id"] == response.headers["x-correlation-id"]


@pytest.mark.parametrize("field", ["on", "at", "parts.0.since"])
@pytest.mark.parametrize("value", [0, 1.5, True, "0", " 1767225600 ", "-1.5", "1e9"])
async def test_a_number_is_no_date(client: httpx.AsyncClient, field: str, value: object) -> None:
    body: dict[str, object] = {"name": "n", field: value}
    if field.startswith("parts"):
        body = {"name": "n", "parts": [{"size": 1, "since": value}]}
    problem = (await _post(client, body)).json()
    assert [error["field"] for error in problem["errors"]] == [field]
    assert problem["errors"][0]["zh"].startswith("应为日期")


async def test_dates_are_written_as_dates(client: httpx.AsyncClient) -> None:
    part = {"size": 1, "since": "2026-03-01"}
    good = {"on": "2026-03-01", "at": "2026-03-01T09:00:00+08:00", "parts": [part | {"note": 5}]}
    assert (await _post(client, {"name": "dated"} | good)).status_code == 201


async def test_a_time_is_no_date(client: httpx.AsyncClient) -> None:
    problem = (await _post(client, {"name": "n", "on": "2026-03-01T00:00:00"})).json()
    assert problem["errors"] == [
        {"field": "on", "zh": "应为日期，如 2026-03-01", "en": "must be a date such as 2026-03-01"}
    ]


async def test_a_value_is_repeated_neither_to_the_caller_nor_in_the_log(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    response = await _post(client, {"name": ID_CARD, "parts": ID_CARD, ID_CARD: 1})
    assert response.status_code == 422
    assert ID_CARD not in response.text
    assert "request_invalid" in caplog.text
    assert ID_CARD not in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "status", "field"),
    [
        ("GET", "/v1/me?region=x", 401, None),
        ("GET", "/v1/nothing", 404, None),
        ("DELETE", "/v1/things", 405, None),
        ("PUT", "/v1/raw/1", 405, None),
        ("GET", "/v1/things", 422, "name"),
        ("GET", "/v1/things?name=%00", 422, "query"),
    ],
)
async def test_every_status_is_a_problem(
    client: httpx.AsyncClient, method: str, path: str, status: int, field: str | None
) -> None:
    response = await client.request(method, path)
    problem = response.json()
    assert (response.status_code, problem["status"], problem.get("field")) == (status, status, field)
    assert response.headers["content-type"] == "application/problem+json"
    assert any("一" <= character <= "鿿" for character in problem["title"])
    assert problem["title_en"].isascii()
    if status == 405:
        assert response.headers["allow"]


async def test_malformed_json_is_told_with_its_place(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": "key-00000001"}
    response = await client.post("/v1/things", content=b'{"name": ]', headers=headers)
    assert response.status_code == 400
    assert (response.json()["type"], response.json()["field"]) == ("urn:yulu:problem:malformed-json", "body")


async def test_a_fault_of_ours_is_500_with_the_correlation_id_and_no_internals(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = await client.get("/v1/boom", headers={"X-Correlation-ID": "cause-00000001"})
    assert response.status_code == 500
    assert response.json()["correlation_id"] == response.headers["x-correlation-id"] == "cause-00000001"
    assert "RuntimeError" not in response.text
    assert ID_CARD not in response.text
    assert "request_failed" in caplog.text


@pytest.mark.parametrize("declared", [True, False])
async def test_too_large_a_body_is_413_naming_the_limit(client: httpx.AsyncClient, declared: bool) -> None:
    async def chunks():
        for _ in range(20):
            yield b" " * 100_000

    headers = {"Content-Type": "application/json", "Idempotency-Key": "key-00000001"}
    content = b" " * 2_000_000 if declared else chunks()
    response = await client.post("/v1/things", content=content, headers=headers)
    assert response.status_code == 413
    assert response.json()["limit_bytes"] == 1_000_000
    assert "1000000" in response.json()["detail"]


async def test_an_endpoint_may_have_a_limit_of_its_own(client: httpx.AsyncClient) -> None:
    for size, status in [(2_000_000, 200), (3_000_001, 413)]:
        response = await client.post(
            "/v1/files",
            files={"file": (f"{size}.csv", b"x" * size)},
            data={"note": "n"},
            headers={"Idempotency-Key": f"key-{size}"},
        )
        assert response.status_code == status, response.text


async def test_public_reads_are_limited_and_told_when_to_return(client: httpx.AsyncClient) -> None:
    answers = [await client.get(f"/v1/raw/{number}") for number in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 3600
    assert answers[-1].json()["type"] == "urn:yulu:problem:too-many-requests"


async def test_health_metrics_and_pages_work_offline(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).json() == {"status": "live"}
    assert (await client.get("/health/ready")).json() == {"status": "ready", "checks": {"issuer": "ok"}}
    await client.get("/v1/raw/personal-number")
    metrics = (await client.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/v1/raw/{number}",status="200"}' in metrics
    assert "personal-number" not in metrics
    page = (await client.get("/docs")).text
    assert "/v1/raw/{number}" in page
    assert "http" not in page
    schema = (await client.get("/openapi.json")).json()
    assert schema["paths"]["/v1/raw/{number}"]["get"]["parameters"][0]["name"] == "number"
    assert "Idempotency-Key" in json.dumps(schema["paths"]["/v1/things"]["post"]["parameters"])
    assert "HTTPValidationError" not in json.dumps(schema)


async def test_readiness_names_the_check_that_fails(app, client: httpx.AsyncClient) -> None:
    async def away() -> None:
        raise ConnectionRefusedError("postgresql://u:hunter2@h")

    app.state.checks["database"] = away
    response = await client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"] == {"issuer": "ok", "database": "failed"}
    assert "hunter2" not in response.text


async def test_readiness_may_leave_out_what_no_other_replica_could_do_better(app, client: httpx.AsyncClient) -> None:
    async def away() -> None:
        raise ConnectionRefusedError

    app.state.checks["issuer"] = away
    assert (await client.get("/health/ready")).status_code == 503
    assert (await client.get("/health/ready?without=issuer")).status_code == 200
    assert (await client.get("/health/ready?without=database")).status_code == 503


async def test_security_headers_are_on_every_answer(client: httpx.AsyncClient) -> None:
    for path in ("/v1/raw/1", "/v1/nothing", "/v1/boom"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
