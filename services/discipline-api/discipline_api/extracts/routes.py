"""HTTP of query results and extracts. A result needs no account; its code is the only way back to it."""

import asyncio
from datetime import datetime
from typing import Annotated
from uuid import uuid4

from common.auth import CurrentPrincipal, Principal
from common.clock import now_of, today_of
from common.http import Problem, Router, Transaction
from common.http.idempotency import secret
from common.http.rate_limit import RateLimit
from common.secrecy.receipts import parse_client_key
from contracts.deadlines import rule
from contracts.discipline_events import SubjectKind
from fastapi import Depends, Header, status
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.extracts.codes import ResultCodes, tidy
from discipline_api.extracts.domain import Asked
from discipline_api.extracts.page import HEADERS, render_page
from discipline_api.extracts.pdf import ElectronicSeal, render
from discipline_api.extracts.registered import ask_registry
from discipline_api.extracts.store import PublicDisclosures, SqlAuthorisations, SqlResults, conduct_of
from discipline_api.extracts.use_cases import Result, make_result, since, still_shown
from discipline_api.extracts.views import (
    AskExtract,
    AskResult,
    AuthorisationView,
    CheckedView,
    ExtractLine,
    ExtractView,
    OtherLine,
    ResultView,
)
from discipline_api.permissions import Action, demand_any
from discipline_api.record.store import SqlSanctions
from discipline_api.refusals import NotFound, Refused

router = Router(prefix="/v1", tags=["公示信息查询结果 Query results"])

AUTHORISED_FOR = "discipline.extract-authorisation"
_NO_STORE = {"Cache-Control": "no-store"}
_SELF_KINDS = {"lawyer": SubjectKind.LAWYER, "firm": SubjectKind.FIRM}


def _limit(request: Request) -> None:
    limit: RateLimit = request.app.state.result_limit
    limit.check(request)


ClientKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="Required: 128 random bits, 32 hex digits or a UUID.")
]


@router.post(
    "/public/query-results",
    status_code=status.HTTP_201_CREATED,
    summary="出具公示信息查询结果 Make a query result",
    description="无需账户。同一 Idempotency-Key 重复请求得到同一结果。"
    " Without an account; a repetition with the same key gets the same result.",
    dependencies=[Depends(_limit)],
)
async def post_result(
    request: Request, body: AskResult, response: Response, idempotency_key: ClientKey = None
) -> ResultView:
    key = parse_client_key(idempotency_key or "")
    if key is None:
        raise _key_problem(missing=idempotency_key is None)
    asked, codes = body.asked(), _codes(request)
    code = codes.derive(key, f"{asked.kind.value} {asked.number}".encode())
    result = await _kept(request, code)
    if result is None:
        # Asked outside any transaction: the registry may be slow.
        registered = await ask_registry(request.app.state.registry, asked)
        now, disclosures = now_of(request), PublicDisclosures(request.app.state.database)
        made = await make_result(
            disclosures, request.app.state.signer, asked, registered, issuer=_base(request), now=now
        )
        async with request.app.state.database.begin() as tx:
            kept = await SqlResults(tx).keep(codes.digest(code), codes.seal(code, made.plain()), now, made.ends_on)
        # A concurrent repetition was faster: both get what it has kept.
        result = made if kept else await _kept(request, code) or made
    response.headers.update(_NO_STORE)
    response.headers["Location"] = f"/v1/public/query-results/{code}"
    return await _view(request, result, code)


@router.get(
    "/public/query-results/{code}",
    summary="核验查询结果，并查看出具以来的变化 Check a result, and what has changed since",
    response_model=CheckedView,
    dependencies=[Depends(_limit)],
    responses={200: {"content": {"text/html": {}}}},
)
async def get_result(request: Request, code: str) -> Response:
    result, known = await _demand(request, code)
    disclosures = PublicDisclosures(request.app.state.database)
    checked = CheckedView.checked(
        await _view(request, result, known), await since(disclosures, result, now_of(request))
    )
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(render_page(checked), headers=HEADERS)
    return Response(checked.model_dump_json(), headers=HEADERS, media_type="application/json")


@router.get(
    "/public/query-results/{code}/pdf",
    summary="查询结果 PDF The result as PDF",
    response_class=Response,
    dependencies=[Depends(_limit)],
    responses={200: {"content": {"application/pdf": {}}}},
)
async def get_pdf(request: Request, code: str) -> Response:
    result, known = await _demand(request, code)
    found, _ = await PublicDisclosures(request.app.state.database).on_display(result.asked, now_of(request))
    seal: ElectronicSeal = request.app.state.seal
    pdf = await asyncio.to_thread(render, result, still_shown(result, found), known, _verify_url(request, known), seal)
    disposition = 'attachment; filename="query-result.pdf"'
    return Response(pdf, headers=HEADERS | {"content-disposition": disposition}, media_type="application/pdf")


@router.post(
    "/extract-authorisations",
    status_code=status.HTTP_201_CREATED,
    summary="授权他人查询本人信息 Authorise somebody to ask for one's extract",
)
@secret()
async def post_authorisation(
    request: Request, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> AuthorisationView:
    asked, now = _self(principal), now_of(request)
    codes = _codes(request)
    authorisation_id = uuid4()
    code = codes.derive(authorisation_id.bytes, b"authorisation")
    ends_on = rule(AUTHORISED_FOR).ends_on(now)
    sealed = codes.seal(code, f"{asked.kind.value} {asked.number}".encode())
    await SqlAuthorisations(tx).authorise(authorisation_id, codes.digest(code), sealed, given_at=now, ends_on=ends_on)
    await append(tx, Entry.by(principal, Action.EXTRACT.value, "authorisation", authorisation_id, at=now))
    response.headers.update(_NO_STORE)
    return AuthorisationView(authorisation=code, usable_until=ends_on)


@router.post(
    "/extracts",
    summary="本人或者经本人授权查询 An extract, for the person itself or by its authorisation",
    description="免费（河南省社会信用条例第四十条）。含未公开但仍有效的记录。"
    "Free; also holds effective records that are not public.",
)
@secret()
async def post_extract(
    request: Request, body: AskExtract, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> ExtractView:
    now = now_of(request)
    if body.authorisation is None:
        asked, reason = _self(principal), "self"
    else:
        asked, reason = await _authorised(request, SqlAuthorisations(tx), body.authorisation, now), "authorised"
    sanctions = await SqlSanctions(tx.session).of_subject(asked.kind, asked.number)
    await append(tx, Entry.by(principal, Action.EXTRACT.value, "extract", uuid4(), at=now, reason=reason))
    response.headers.update(_NO_STORE)
    return ExtractView(
        at=now,
        number=asked.number,
        items=[ExtractLine.of(each) for each in sanctions],
        others=[OtherLine.of(each) for each in await conduct_of(tx, asked, today_of(request))],
    )


async def _authorised(request: Request, authorisations: SqlAuthorisations, text: str, now: datetime) -> Asked:
    codes, code = _codes(request), tidy(text)
    sealed = None if code is None else await authorisations.use_authorisation(codes.digest(code), now)
    if code is None or sealed is None:
        raise Refused(
            "authorisation-not-usable",
            "授权码不存在、已使用或者已过期",
            "there is no such authorisation, or it was used or is over",
            field="authorisation",
        )
    kind, _, number = codes.open(code, sealed).decode().partition(" ")
    return Asked(SubjectKind(kind), number)


def _self(principal: Principal) -> Asked:
    """Whom a lawyer's or a firm's own token is about; raises the 403 problem for everybody else."""
    demand_any(principal, Action.EXTRACT)
    return Asked(_SELF_KINDS[principal.organisation_kind], principal.organisation_id)


async def _kept(request: Request, code: str) -> Result | None:
    codes = _codes(request)
    async with request.app.state.database.begin() as tx:
        sealed = await SqlResults(tx).get(codes.digest(code), today_of(request))
    return None if sealed is None else Result.read(codes.open(code, sealed))


async def _demand(request: Request, text: str) -> tuple[Result, str]:
    code = tidy(text)
    result = None if code is None else await _kept(request, code)
    if code is None or result is None:
        raise NotFound(
            "没有此核验码的查询结果，或者已超过可核验期限。", "No result has this code, or its time is over."
        )
    return result, code


async def _view(request: Request, result: Result, code: str) -> ResultView:
    found, _ = await PublicDisclosures(request.app.state.database).on_display(result.asked, now_of(request))
    seal: ElectronicSeal = request.app.state.seal
    return ResultView.of(result, still_shown(result, found), code, _verify_url(request, code), seal=seal.connected)


def _codes(request: Request) -> ResultCodes:
    codes: ResultCodes = request.app.state.result_codes
    return codes


def _base(request: Request) -> str:
    base: str = request.app.state.settings.public_url
    return base


def _verify_url(request: Request, code: str) -> str:
    """On paper and in the QR code: a page of the portal, for people."""
    portal: str = request.app.state.settings.portal_url
    return f"{portal.rstrip('/')}/query-results/{code}"


def _key_problem(*, missing: bool) -> Problem:
    return Problem(
        type="idempotency-key-missing" if missing else "idempotency-key-invalid",
        status=400,
        title_zh="缺少幂等键" if missing else "幂等键不符合要求",
        title_en="The idempotency key is missing" if missing else "The idempotency key is not valid",
        detail_zh="请在 Idempotency-Key 头中给出随机生成的128位密钥（32位十六进制或UUID）。",
        detail_en="Send 128 random bits in Idempotency-Key (32 hex digits or a UUID).",
        field="Idempotency-Key",
    )
