"""Tokens against a real issuer, and against an issuer that changes its keys or goes away."""

import base64
import hmac
import json
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from common.auth import IssuerUnavailable, TokenInvalid, TokenSource, Verifier, verifier
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

ISSUER = "http://issuer.test"


class KeyPublisher:
    """An issuer behind a transport: its keys may change, it may be away, and it counts how often it is asked."""

    def __init__(self) -> None:
        self.keys: list[Any] = []
        self.away = False
        self.asked = 0
        self.tokens = 0
        self.lifetime = 300

    def add(self, key: Any) -> Any:
        key.ensure_kid()
        self.keys.append(key)
        return key

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            raise httpx.ConnectError("away")
        if request.url.path == "/token":
            assert request.headers["authorization"].startswith("Basic ")
            self.tokens += 1
            return httpx.Response(200, json={"access_token": f"token-{self.tokens}", "expires_in": self.lifetime})
        if request.url.path == "/jwks":
            self.asked += 1
            return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys]})
        return httpx.Response(
            200, json={"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks", "token_endpoint": f"{ISSUER}/token"}
        )


@pytest.fixture
def publisher() -> KeyPublisher:
    return KeyPublisher()


@pytest.fixture
def checked(publisher: KeyPublisher) -> Verifier:
    return Verifier(ISSUER, "yulu", transport=publisher.transport())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    now = [1000.0]
    # The module's name for it only: the clock itself also drives the event loops of this process.
    monkeypatch.setattr(verifier, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def _token(key: Any, alg: str = "ES256", header: dict[str, Any] | None = None, **claims: Any) -> str:
    now = int(time.time())
    merged = {"iss": ISSUER, "aud": "yulu", "sub": "s", "exp": now + 60, "roles": ["operator"]} | claims
    merged = {name: value for name, value in merged.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": key.kid} | (header or {}), merged, key, algorithms=[alg])


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        (ECKey.generate_key("P-256"), "ES256"),
        (RSAKey.generate_key(2048), "RS256"),
        (OKPKey.generate_key("Ed25519"), "Ed25519"),
    ],
)
async def test_keys_of_the_three_kinds_are_accepted(
    publisher: KeyPublisher, checked: Verifier, key: Any, alg: str
) -> None:
    principal = await checked.verify(_token(publisher.add(key), alg))
    assert (principal.subject, principal.roles) == ("s", {"operator"})


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://other.test"}, {"iss": None}, {"aud": "other"}, {"aud": None}, {"aud": ["a", "b"]},
        {"exp": int(time.time()) - 60}, {"exp": None}, {"nbf": int(time.time()) + 86_400}, {"sub": None}, {"sub": 7},
        {"region": 410000}, {"typ": "ID"}, {"typ": "Refresh"}, {"typ": "Logout"}, {"typ": ["Bearer", "ID"]},
    ],
)  # fmt: skip
async def test_wrong_claims_are_refused(publisher: KeyPublisher, checked: Verifier, claims: dict[str, Any]) -> None:
    key = publisher.add(ECKey.generate_key("P-256"))
    await checked.verify(_token(key))
    with pytest.raises(TokenInvalid):
        await checked.verify(_token(key, **claims))


@pytest.mark.parametrize("skew", [{"exp": -20}, {"nbf": 20}])
async def test_clocks_may_differ_by_half_a_minute(
    publisher: KeyPublisher, checked: Verifier, skew: dict[str, int]
) -> None:
    key = publisher.add(ECKey.generate_key("P-256"))
    now = int(time.time())
    await checked.verify(_token(key, **{name: now + seconds for name, seconds in skew.items()}))


async def test_forgeries_are_refused(publisher: KeyPublisher, checked: Verifier) -> None:
    key = publisher.add(ECKey.generate_key("P-256"))
    token = _token(key)
    header, payload, signature = token.split(".")
    stranger = ECKey.generate_key("P-256", {"kid": key.kid})
    forgeries = [
        _token(stranger),
        _forged(payload, key.kid, "HS256", secret=key.as_pem(private=False)),
        f"{header}.{payload}.",
        f"{header}.{payload}.{signature[:-4]}AAAA",
        _forged(payload, key.kid, "none", secret=None),
        _token(key, header={"kid": "other"}),
        _token(key, header={"typ": "logout+jwt"}),
        _token(key, header={"typ": "secevent+jwt"}),
        "x.y.z",
        "",
        "é",
    ]
    for forgery in forgeries:
        with pytest.raises(TokenInvalid):
            await checked.verify(forgery)


def _forged(payload: str, kid: str, alg: str, secret: bytes | None) -> str:
    """Made by hand: joserfc refuses to use a public key as the secret of an HMAC."""
    signed = f"{_base64(json.dumps({'alg': alg, 'kid': kid}).encode())}.{payload}"
    signature = b"" if secret is None else hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{_base64(signature)}"


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize("header", [{}, {"typ": "JWT"}, {"typ": "at+jwt"}, {"typ": "application/at+jwt"}])
async def test_access_tokens_of_every_issuer_are_accepted(
    publisher: KeyPublisher, checked: Verifier, header: dict[str, str]
) -> None:
    key = publisher.add(RSAKey.generate_key(2048))
    await checked.verify(_token(key, "RS256", header, typ="Bearer", azp="portal", aud=["yulu", "account"]))


async def test_the_algorithm_is_the_keys_not_the_senders(publisher: KeyPublisher, checked: Verifier) -> None:
    key = publisher.add(RSAKey.generate_key(2048))
    token = _token(key, "RS256")
    await checked.verify(token)
    payload = token.split(".")[1]
    for forgery in (
        _forged(payload, key.kid, "HS256", secret=key.as_pem(private=False)),
        _forged(payload, key.kid, "none", secret=None),
        _forged(payload, key.kid, "ES256", secret=b"x"),
        _token(key, "PS256"),
    ):
        with pytest.raises(TokenInvalid):
            await checked.verify(forgery)


async def test_a_new_key_is_found_and_made_up_ones_ask_at_most_every_ten_seconds(
    publisher: KeyPublisher, checked: Verifier, clock: list[float]
) -> None:
    first = publisher.add(ECKey.generate_key("P-256"))
    await checked.verify(_token(first))
    clock[0] += 11
    second = publisher.add(ECKey.generate_key("P-256"))
    await checked.verify(_token(second))
    assert publisher.asked == 2
    clock[0] += 11
    for _ in range(5):
        with pytest.raises(TokenInvalid):
            await checked.verify(_token(ECKey.generate_key("P-256"), header={"kid": "made-up"}))
    assert publisher.asked == 3


async def test_a_withdrawn_key_is_dropped_after_ten_minutes(
    publisher: KeyPublisher, checked: Verifier, clock: list[float]
) -> None:
    key = publisher.add(ECKey.generate_key("P-256"))
    await checked.verify(_token(key))
    publisher.keys.clear()
    publisher.add(ECKey.generate_key("P-256"))
    clock[0] += 601
    with pytest.raises(TokenInvalid):
        await checked.verify(_token(key))


async def test_an_issuer_that_is_away_is_not_the_callers_fault(
    publisher: KeyPublisher, checked: Verifier, clock: list[float]
) -> None:
    key = publisher.add(ECKey.generate_key("P-256"))
    publisher.away = True
    with pytest.raises(IssuerUnavailable):
        await checked.verify(_token(key))
    publisher.away = False
    clock[0] += 2
    await checked.verify(_token(key))
    publisher.away = True
    clock[0] += 601
    await checked.verify(_token(key))  # a key at hand serves on
    for _ in range(2):
        with pytest.raises(IssuerUnavailable):
            await checked.verify(_token(ECKey.generate_key("P-256"), header={"kid": "new"}))


async def test_requests_with_tokens_of_the_real_issuer(client: httpx.AsyncClient, issuer) -> None:
    officer = issuer.headers(roles=["registry-officer"], region="410100", organisation_kind="bureau", subject="ann")
    assert (await client.get("/v1/me?region=410105", headers=officer)).json() == "ann"


@pytest.mark.parametrize(
    ("rights", "path"),
    [
        ({"roles": ["operator"]}, "/v1/me"),
        ({"roles": ["registry-officer"], "region": "410200", "organisation_kind": "bureau"}, "/v1/me?region=410105"),
    ],
)
async def test_the_wrong_role_or_region_is_403_and_logged(
    client: httpx.AsyncClient, issuer, caplog: pytest.LogCaptureFixture, rights: dict[str, Any], path: str
) -> None:
    headers = issuer.headers(subject="ann", **rights)
    response = await client.get(path, headers=headers)
    assert response.status_code == 403
    assert response.json()["right"] == "registry-officer"
    assert "access_refused" in caplog.text
    assert "ann" in caplog.text
    assert "/v1/me" in caplog.text
    assert headers["Authorization"].split()[1] not in caplog.text


@pytest.mark.parametrize("header", ["Bearer", "Bearer x.y.z", "Basic dTpw", ""])
async def test_no_usable_token_is_401(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, header: str) -> None:
    response = await client.get("/v1/me", headers={"Authorization": header})
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert "authentication_refused" in caplog.text


async def test_an_expired_token_is_refused_even_where_none_is_needed(client: httpx.AsyncClient, issuer) -> None:
    headers = issuer.headers(lifetime_seconds=-3600) | {"Idempotency-Key": "key-00000001"}
    response = await client.post("/v1/things", json={"name": "a"}, headers=headers)
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


async def test_while_the_issuer_is_away_tokens_get_503(
    app, client: httpx.AsyncClient, publisher: KeyPublisher, issuer
) -> None:
    publisher.away = True
    app.state.verifier = Verifier(ISSUER, "yulu", transport=publisher.transport())
    response = await client.get("/v1/me", headers=issuer.headers())
    assert response.status_code == 503
    assert response.json()["type"] == "urn:yulu:problem:issuer-unavailable"
    assert response.headers["retry-after"]


async def test_a_worker_gets_a_token_of_the_real_issuer_once(issuer, app) -> None:
    source = TokenSource(issuer.url, "outbox-relay", issuer.client_secret("outbox-relay"))
    principal = await app.state.verifier.verify(await source.token())
    assert (principal.subject, principal.roles) == ("outbox-relay", {"outbox-relay"})
    assert await source.token() == await source.token()
    wrong = TokenSource(issuer.url, "outbox-relay", "wrong")
    with pytest.raises(httpx.HTTPStatusError):
        await wrong.token()


async def test_a_token_is_renewed_a_minute_before_it_expires_and_after_a_401(
    publisher: KeyPublisher, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.auth.client.time", SimpleNamespace(monotonic=lambda: clock[0]))
    source = TokenSource(ISSUER, "c", "s", transport=publisher.transport())
    assert [await source.token(), await source.token()] == ["token-1", "token-1"]
    clock[0] += 241
    assert await source.token() == "token-2"

    def service(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if request.headers["authorization"] == "Bearer token-3" else 401)

    async with httpx.AsyncClient(transport=httpx.MockTransport(service), auth=source) as client:
        assert (await client.get("http://service.test/")).status_code == 200
    assert publisher.tokens == 3
