"""Signed things of the deployment, opened with its published keys."""

import warnings
from collections.abc import Mapping
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet


class NotGenuine(RuntimeError):
    """None of the keys has signed it, or it is something else than it is shown as."""


def signed_payload(token: str, keys: Mapping[str, Any], *, typ: str, zh: str, en: str) -> dict[str, Any]:
    """`zh` and `en` say what it should be, for the refusal."""
    try:
        with warnings.catch_warnings():  # RFC 9864 would name the algorithm otherwise
            warnings.simplefilter("ignore")
            signed = jws.deserialize_compact(token, KeySet.import_key_set({"keys": keys["keys"]}), algorithms=["EdDSA"])
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise NotGenuine(f"{zh}的签名不符：{error}。 / The signature of this {en} does not hold: {error}.") from error
    if signed.headers().get("typ") != typ:
        raise NotGenuine(f"签名的不是{zh}。 / What was signed is no {en}.")
    payload: dict[str, Any] = orjson.loads(signed.payload)
    return payload
