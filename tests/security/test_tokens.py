"""Tokens that are not ours, not for us or not any more: each is shown to an operation of every service, and one of them
to every operation there is. So each operation asks the verifier, and the verifier believes none."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tests.conftest import RunningIssuer
from tests.security.fuzz.callers import CALLERS, Caller
from tests.security.fuzz.documents import SERVICES, load
from tests.security.fuzz.system import System
from tests.security.knocking import answers

_OFFICER = Caller("operator", "department", "410000", "sft")
_CLOSED = ("/v1/exchange-log", "/v1/complaints/dictations")
_OPERATIONS = {service: load(service).operations for service in SERVICES}


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Forger:
    """Makes tokens with the issuer's own key, and with others."""

    def __init__(self, issuer: RunningIssuer) -> None:
        self.key: ECKey = issuer._issuer.key
        self.issuer = issuer.url
        self.stranger = ECKey.generate_key("P-256", {"kid": self.key.kid})

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": "yulu", "sub": "forger", "iat": now, "exp": now + 600, "typ": "Bearer",
            "organisation": {"kind": _OFFICER.kind, "id": _OFFICER.code}, "region": "410000",
            "roles": sorted({caller.role for caller in CALLERS}),
        } | changes  # fmt: skip
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key: Any = None, header: dict[str, Any] | None = None, alg: str = "ES256", **claims: Any) -> str:
        head = {"alg": alg, "kid": self.key.kid, "typ": "at+jwt"} | (header or {})
        registry = jwt.JWSRegistry(algorithms=[alg], strict_check_header=False)
        return jwt.encode(head, self.claims(**claims), key or self.key, registry=registry)

    def by_hand(self, header: dict[str, Any], secret: bytes | None) -> str:
        """joserfc refuses to make these."""
        signed = f"{_b64(json.dumps(header).encode())}.{_b64(json.dumps(self.claims()).encode())}"
        return f"{signed}.{_b64(b'' if secret is None else hmac.digest(secret, signed.encode(), 'sha256'))}"

    def signed(self, header: dict[str, Any]) -> str:
        """With our issuer's own key, whatever the header says."""
        text = f"{_b64(json.dumps({'kid': self.key.kid} | header).encode())}.{_b64(json.dumps(self.claims()).encode())}"
        r, s = decode_dss_signature(self.key.get_op_key("sign").sign(text.encode(), ECDSA(SHA256())))
        return f"{text}.{_b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


_Attack = Callable[[Forger], str]
_PUBLIC_PEM = "the public key as the secret of an HMAC"
ATTACKS: dict[str, _Attack] = {
    "of another key": lambda f: f.token(f.stranger),
    "of another issuer": lambda f: f.token(iss="https://issuer.example/realms/yulu"),
    "of another realm of the same issuer": lambda f: f.token(iss=f.issuer.rpartition("/")[0] + "/other"),
    "for another audience": lambda f: f.token(aud="account"),
    "for nobody": lambda f: f.token(aud=None),
    "expired": lambda f: f.token(exp=int(time.time()) - 120),
    "without an end": lambda f: f.token(exp=None),
    "not yet valid": lambda f: f.token(nbf=int(time.time()) + 3600),
    "an ID token": lambda f: f.token(typ="ID"),
    "a refresh token": lambda f: f.token(typ="Refresh"),
    "a logout token": lambda f: f.token(header={"typ": "logout+jwt"}),
    "alg none": lambda f: f.by_hand({"alg": "none", "kid": f.key.kid}, None),
    "alg NONE": lambda f: f.by_hand({"alg": "NONE", "kid": f.key.kid}, None),
    _PUBLIC_PEM: lambda f: f.by_hand({"alg": "HS256", "kid": f.key.kid}, f.key.as_pem(private=False)),
    "RS256 by a key of the sender": lambda f: f.token(RSAKey.generate_key(2048), alg="RS256"),
    "unknown kid": lambda f: f.token(header={"kid": "made-up"}),
    "kid of a path": lambda f: f.token(f.stranger, {"kid": "../../../../dev/null"}),
    "kid of SQL": lambda f: f.token(f.stranger, {"kid": "' UNION SELECT 'secret"}),
    "kid that is no text": lambda f: f.by_hand({"alg": "ES256", "kid": {"$ne": None}}, b"x"),
    "no kid": lambda f: f.by_hand({"alg": "ES256"}, b"x"),
    "its own key in the header": lambda f: f.token(f.stranger, {"jwk": f.stranger.as_dict(private=False)}),
    "its keys at an address": lambda f: f.token(f.stranger, {"jku": "http://127.0.0.1:1/jwks"}),
    "a certificate at an address": lambda f: f.token(f.stranger, {"x5u": "http://127.0.0.1:1/cert"}),
    "crit that nobody knows": lambda f: f.signed({"alg": "ES256", "crit": ["exp2"], "exp2": 1}),
    "crit that is empty": lambda f: f.signed({"alg": "ES256", "crit": []}),
    "an unencoded payload": lambda f: f.signed({"alg": "ES256", "b64": False, "crit": ["b64"]}),
    "a type of another use": lambda f: f.signed({"alg": "ES256", "typ": "secevent+jwt"}),
    "five parts": lambda f: f"{f.token()}.AAAA.AAAA",
    "another signature": lambda f: f.token().rpartition(".")[0] + "." + _b64(bytes(64)),
    "as long as a book": lambda f: f.token(padding="a" * 40_000),
    "a million dots": lambda _: "." * 60_000,
    "no text": lambda _: "\x00\x01",
}  # fmt: skip


@pytest.fixture(scope="module")
def forger(issuer: RunningIssuer) -> Forger:
    return Forger(issuer)


@pytest.mark.parametrize("attack", ATTACKS)
async def test_no_service_believes_it(system: System, forger: Forger, attack: str):
    token = ATTACKS[attack](forger)
    for service in SERVICES:
        closed = next(each for each in _OPERATIONS[service] if each.path in _CLOSED)
        [(_, answer)] = await answers(system, service, token, [closed])
        assert answer.status_code == 401, (service, str(closed), answer.text)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert token[:40] not in answer.text


async def test_the_token_that_all_of_these_were_made_from_is_believed(system: System, forger: Forger):
    for service in set(SERVICES) - {"rights-public"}:
        keys = next(each for each in _OPERATIONS[service] if each.path == "/v1/exchange-log/keys")
        [(_, answer)] = await answers(system, service, forger.signed({"alg": "ES256"}), [keys])
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("service", SERVICES)
async def test_a_forged_token_opens_nothing_that_is_not_open_to_everybody(system: System, forger: Forger, service: str):
    """Every operation, as nobody and with every role there is, signed by another key: the same or refused as forged."""
    operations = [each for each in _OPERATIONS[service] if "stream" not in each.path]
    plain = await answers(system, service, None, operations)
    forged = await answers(system, service, forger.token(forger.stranger), operations)
    for (operation, of_nobody), (_, answer) in zip(plain, forged, strict=True):
        assert answer.status_code in (401, of_nobody.status_code), (operation, answer.text)
