"""A gateway's callers: named by its headers, believed for its signature alone."""

import json
import time

import httpx
import pytest
from common.auth import CurrentPrincipal, install_auth
from common.auth.gateway import NONCE, gateways_of
from common.http import Router, create_app
from common.settings import InvalidSettings, Settings

from tests.support.gateway import FILE, SECRET, headers_for

router = Router(prefix="/v1")


@router.api_route("/who", methods=["GET", "PUT"])
async def who(principal: CurrentPrincipal, body: dict[str, int] | None = None) -> dict[str, object]:
    return {"subject": principal.subject, "kind": principal.organisation_kind, "roles": sorted(principal.roles),
            "region": principal.region, "body": body}  # fmt: skip


def settings_with(tmp_path, issuer, content):
    path = tmp_path / "gateways.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return Settings(environment="test", oidc_issuer=issuer.url, gateways_file=str(path))


@pytest.fixture
async def gateway(tmp_path, issuer, database):
    settings = settings_with(tmp_path, issuer, FILE)
    app = create_app(title="Trial", settings=settings)
    install_auth(app, settings)
    app.state.database = database
    app.include_router(router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://trial") as http:
        yield http


@pytest.mark.parametrize(("key", "algorithm"), [("hn", "sm3"), ("nation", "sha256")])
async def test_a_signed_call_is_its_callers_and_the_body_is_still_there(gateway, key, algorithm):
    told = await gateway.get("/v1/who", headers=headers_for(key=key, algorithm=algorithm))
    assert told.json() == {"subject": "court-system", "kind": "court", "roles": ["stream-client"], "region": "410000",
                           "body": None}  # fmt: skip
    body, target = b'{"a":1}', "/v1/who?x=%E8%B1%AB&y=2"
    headers = headers_for("PUT", target, body, key=key, algorithm=algorithm)
    told = await gateway.put(target, content=body, headers=headers | {"Content-Type": "application/json"})
    assert (told.status_code, told.json()["body"]) == (200, {"a": 1})


@pytest.mark.parametrize(
    ("change", "header"),
    [
        ({"X-Gateway-Key": "other"}, "x-gateway-key"),
        ({"X-Gateway-Key": "nation"}, "x-gateway-signature"),
        ({"X-Gateway-Signature": "!!"}, "x-gateway-signature"),
        ({"X-Gateway-Timestamp": "²"}, "x-gateway-timestamp"),
        ({"X-Gateway-Timestamp": "9" * 30}, "x-gateway-timestamp"),
        ({"X-Gateway-Nonce": "short"}, "x-gateway-nonce"),
        ({"X-Gateway-Nonce": "another-nonce-than-signed"}, "x-gateway-signature"),
        ({"X-Gateway-Caller": "police"}, "x-gateway-signature"),
        ({"X-Gateway-Caller": ""}, "x-gateway-caller"),
        ({"Authorization": "Bearer x.y.z"}, "x-gateway-key"),
    ],
)
async def test_what_is_not_believed_is_refused_by_its_header(gateway, change, header):
    sent = {name: value.encode() for name, value in (headers_for() | change).items()}
    answer = await gateway.get("/v1/who", headers=sent)
    assert (answer.status_code, answer.json()["field"]) == (401, header), answer.text


async def test_not_another_request_not_another_body_not_later_not_twice_not_for_strangers(gateway):
    async def refused(headers, method="GET", target="/v1/who", **sent):
        answer = await gateway.request(method, target, headers=headers, **sent)
        assert answer.status_code == 401, answer.text
        return answer.json()["field"]

    assert await refused(headers_for(target="/v1/other")) == "x-gateway-signature"
    assert await refused(headers_for(), target="/v1/who?as=admin") == "x-gateway-signature"
    assert await refused(headers_for("PUT", body=b"{}"), "PUT", content=b'{"a":1}') == "x-gateway-signature"
    for seconds in (-400, 400):
        assert await refused(headers_for(at=time.time() + seconds)) == "x-gateway-timestamp"
    headers = headers_for()
    assert (await gateway.get("/v1/who", headers=headers)).status_code == 200
    assert await refused(headers) == NONCE
    assert await refused(headers_for(caller="police")) == "x-gateway-caller"
    assert (await gateway.get("/v1/who")).status_code == 401


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "JSON"),
        ({"gateways": {"hn": {"secret": "abcd", "callers": {}}}}, "fewer than 32"),
        ({"gateways": {"hn": {"secret": "xy" * 32, "callers": {}}}}, "hex"),
        ({"gateways": {"hn": {"secret": SECRET, "callers": {"c": {"subject": "s"}}}}}, "callers.c"),
    ],
)
def test_a_file_at_fault_is_named_and_never_quoted(tmp_path, issuer, content, sentence):
    with pytest.raises(InvalidSettings, match=sentence) as refused:
        gateways_of(settings_with(tmp_path, issuer, content))
    assert "abcd" not in str(refused.value)
    missing = Settings(environment="test", gateways_file=str(tmp_path / "none"))
    with pytest.raises(InvalidSettings, match="cannot be read"):
        gateways_of(missing)
