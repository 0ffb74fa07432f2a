"""Signatures: any JOSE library checks them with the published keys; a retired key goes on proving."""

import base64
import hashlib
import warnings

import orjson
import pytest
from common.settings import InvalidSettings
from common.signing import Signer
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey
from registry_api.settings import RegistrySettings

KEY = bytes(range(32))


def opened(token: str, jwks) -> dict:
    with warnings.catch_warnings():  # the old name of the algorithm, which verifiers know
        warnings.simplefilter("ignore")
        return orjson.loads(jws.deserialize_compact(token, KeySet.import_key_set(jwks), algorithms=["EdDSA"]).payload)


def test_a_library_of_others_checks_the_signature_with_the_published_key():
    signer = Signer(KEY)
    assert opened(signer.jws({"rows": 3}), signer.jwks) == {"rows": 3}


def test_the_key_id_is_the_thumbprint_of_rfc_7638():
    signer = Signer(KEY)
    assert signer.key_id == OKPKey.import_key(dict(signer.jwks["keys"][0])).thumbprint()


def test_an_altered_payload_and_a_foreign_key_are_found_out():
    signer, other = Signer(KEY), Signer(hashlib.sha256(b"other").digest())
    header, _, signature = signer.jws({"rows": 3}).split(".")
    forged = ".".join([header, base64.urlsafe_b64encode(b'{"rows":4}').rstrip(b"=").decode(), signature])
    for token, jwks in ((forged, signer.jwks), (signer.jws({"rows": 3}), other.jwks)):
        with pytest.raises((JoseError, ValueError)):
            opened(token, jwks)


def test_a_signature_by_a_retired_key_can_still_be_checked():
    old = Signer(KEY)
    token = old.jws({"rows": 3})
    public = Ed25519PrivateKey.from_private_bytes(KEY).public_key().public_bytes_raw()
    new = Signer(hashlib.sha256(b"new").digest(), retired=[public])
    assert opened(token, new.jwks) == {"rows": 3}
    assert [key["kid"] for key in new.jwks["keys"]] == [new.key_id, old.key_id]


def test_the_kind_of_a_signed_thing_is_signed_with_it():
    signer = Signer(KEY)
    header, payload, signature = signer.jws({}, typ="a+jws").split(".")
    assert orjson.loads(base64.urlsafe_b64decode(header + "=="))["typ"] == "a+jws"
    swapped = base64.urlsafe_b64encode(orjson.dumps({"alg": "EdDSA", "kid": signer.key_id, "typ": "b+jws"}))
    public = Ed25519PublicKey.from_public_bytes(
        Ed25519PrivateKey.from_private_bytes(KEY).public_key().public_bytes_raw()
    )
    with pytest.raises(InvalidSignature):
        public.verify(base64.urlsafe_b64decode(signature + "=="), swapped.rstrip(b"=") + b"." + payload.encode())


def test_development_makes_a_key_once_and_production_wants_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("REGISTRY_SIGNING_KEY", raising=False)
    first = RegistrySettings.load().signer().key_id
    assert RegistrySettings.load().signer().key_id == first
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("OIDC_ISSUER", "https://issuer.example")
    with pytest.raises(InvalidSettings, match="REGISTRY_SIGNING_KEY"):
        RegistrySettings.load().signer()
    monkeypatch.setenv("REGISTRY_SIGNING_KEY", KEY.hex())
    assert RegistrySettings.load().signer().key_id == Signer(KEY).key_id


@pytest.mark.parametrize("wrong", ["0a0b", "zz"])
def test_a_wrong_key_is_named_and_not_quoted(wrong, monkeypatch):
    monkeypatch.setenv("REGISTRY_SIGNING_KEY", wrong)
    with pytest.raises(InvalidSettings, match="REGISTRY_SIGNING_KEY") as refused:
        RegistrySettings.load().signer()
    assert wrong not in str(refused.value)
