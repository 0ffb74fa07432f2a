"""FastAPI dependencies: who is calling, and may he."""

from typing import Annotated

from fastapi import Depends, FastAPI
from starlette.requests import Request
from starlette.types import Scope

from common.auth.gateway import GatewayIdentity, GatewayRefused, gateways_of, identity
from common.auth.principal import Principal
from common.auth.verifier import IssuerUnavailable, TokenInvalid, Verifier
from common.database import DATABASE_ERRORS
from common.http.app import add_check
from common.http.context import current_route
from common.http.idempotency import Owner
from common.http.problems import Problem
from common.http.translations import status_titles
from common.settings import Settings
from common.telemetry import get_logger

_log = get_logger(__name__)
_SCOPE_KEY = "yulu.principal"


def install_auth(app: FastAPI, settings: Settings) -> Verifier:
    """Gives the app its verifier (`app.state.verifier`) and documents the bearer scheme."""
    verifier = Verifier(settings.oidc_issuer, settings.oidc_audience)
    app.state.verifier = verifier
    app.state.identify = _owner  # whose idempotency keys these are
    if (gateways := gateways_of(settings)) is not None:
        app.add_middleware(GatewayIdentity, gateways=gateways)
        app.state.gate = _at_the_gate
    add_check(app, "issuer", verifier.check)
    return verifier


async def optional_principal(request: Request) -> Principal | None:
    """Nobody where no token is sent; a token that is sent must be valid."""
    # The transaction asks too, in whatever order a route declares the two.
    if (known := caller(request)) is not None:
        return known
    if (named := identity(request.scope)) is not None:  # who was not believed has been refused at the gate
        request.scope[_SCOPE_KEY] = named
        return named
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _unauthenticated("not a bearer token", invalid=True)
    verifier: Verifier = request.app.state.verifier
    try:
        principal = await verifier.verify(token.strip())
    except TokenInvalid as error:
        raise _unauthenticated(str(error), invalid=True) from error
    except IssuerUnavailable as error:
        title_zh, title_en = status_titles(503)
        raise Problem(
            type="issuer-unavailable",
            status=503,
            title_zh=title_zh,
            title_en=title_en,
            detail_zh="暂时无法核验身份，请稍后重试。",
            detail_en="Tokens cannot be verified just now; try again later.",
            headers={"Retry-After": "5"},
        ) from error
    request.scope[_SCOPE_KEY] = principal
    return principal


def _at_the_gate(scope: Scope) -> Exception | None:
    """Also where a route asks for nobody: whose headers are not believed is no stranger who may read what is public."""
    try:
        identity(scope)
    except GatewayRefused as refused:
        return _gateway_refused(refused)
    except DATABASE_ERRORS as error:
        return error
    return None


def caller(request: Request) -> Principal | None:
    """Who was found to be calling, for handlers of errors; None where nobody was, or nobody was asked for."""
    known: Principal | None = request.scope.get(_SCOPE_KEY)
    return known


async def identified(scope: Scope) -> Principal | None:
    """Whose call it is, whatever the route asks or refuses: nobody's where the token or a gateway is not believed."""
    known: Principal | None = scope.get(_SCOPE_KEY)
    if known is not None:
        return known
    try:
        if (named := identity(scope)) is not None:
            return named
    except (GatewayRefused, *DATABASE_ERRORS):
        return None
    header = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    scheme, _, token = header.decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        return None
    verifier: Verifier = scope["app"].state.verifier
    try:
        return await verifier.verify(token.strip())
    except (TokenInvalid, IssuerUnavailable):
        return None


async def _owner(request: Request) -> Owner | None:
    principal = await optional_principal(request)
    return None if principal is None else Owner(principal.issuer, principal.subject)


async def current_principal(
    principal: Annotated[Principal | None, Depends(optional_principal)],
) -> Principal:
    if principal is None:
        raise _unauthenticated("no token", invalid=False)
    return principal


OptionalPrincipal = Annotated[Principal | None, Depends(optional_principal)]
CurrentPrincipal = Annotated[Principal, Depends(current_principal)]


def require(principal: Principal, role: str, region: str | None = None) -> None:
    """Raises a 403 problem unless the principal has the role and, where a region is given, covers it."""
    if not principal.has(role, region):
        raise forbidden(principal, role, region)


def forbidden(principal: Principal, right: str, region: str | None = None) -> Problem:
    """The 403 problem, logged; for services whose rights are finer than role and region."""
    _log.warning(
        "access_refused",
        route=current_route(),
        subject=principal.subject,
        organisation_kind=principal.organisation_kind,
        organisation_id=principal.loggable_organisation,
        own_region=principal.region,
        right=right,
        region=region,
    )
    title_zh, title_en = status_titles(403)
    where_zh, where_en = (f"（地区 {region}）", f" in region {region}") if region else ("", "")
    return Problem(
        type="forbidden",
        status=403,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=f"需要权限：{right}{where_zh}。",
        detail_en=f"This needs the right {right}{where_en}.",
        extra={"right": right} | ({"region": region} if region else {}),
    )


def _gateway_refused(refused: GatewayRefused) -> Problem:
    _log.warning("gateway_refused", header=refused.header, reason=refused.reason, route=current_route())
    title_zh, title_en = status_titles(401)
    return Problem(
        type="gateway-refused",
        status=401,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=f"网关请求头 {refused.header} 未通过核验。",
        detail_en=f"The gateway's header {refused.header} was not accepted: {refused.reason}.",
        field=refused.header,
        headers={"WWW-Authenticate": "Bearer"},
    )


def _unauthenticated(reason: str, *, invalid: bool) -> Problem:
    _log.warning("authentication_refused", reason=reason, route=current_route())
    title_zh, title_en = status_titles(401)
    return Problem(
        type="unauthenticated",
        status=401,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh="令牌无效或已过期。" if invalid else "请在 Authorization 头中提供 Bearer 令牌。",
        detail_en="The token is not valid, or no longer." if invalid else "Send a bearer token in Authorization.",
        headers={"WWW-Authenticate": 'Bearer error="invalid_token"' if invalid else "Bearer"},
    )
