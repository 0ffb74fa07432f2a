"""Who is calling and what he may do: bearer tokens of the issuer, deny by default, every refusal logged."""

from common.auth.client import TokenSource
from common.auth.dependencies import (
    CurrentPrincipal,
    OptionalPrincipal,
    caller,
    forbidden,
    identified,
    install_auth,
    require,
)
from common.auth.principal import PROVINCE, ROLES, Principal, is_auditor, is_system_client
from common.auth.verifier import IssuerUnavailable, TokenInvalid, Verifier

__all__ = [
    "PROVINCE",
    "ROLES",
    "CurrentPrincipal",
    "IssuerUnavailable",
    "OptionalPrincipal",
    "Principal",
    "TokenInvalid",
    "TokenSource",
    "Verifier",
    "caller",
    "forbidden",
    "identified",
    "install_auth",
    "is_auditor",
    "is_system_client",
    "require",
]
