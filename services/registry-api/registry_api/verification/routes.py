"""HTTP of verification, and the public keys with which signed answers and files are checked."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

from common.auth import CurrentPrincipal, OptionalPrincipal, Principal
from common.http import Problem, Router, json_response
from common.http.body_limit import body_limit
from common.http.rate_limit import public_rate_limit
from common.signing import Signer
from contracts import entitlements, legal_day
from contracts.identifiers import InvalidIdentifier
from fastapi import Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from registry_api.permissions import Action, allowed, demand_anywhere
from registry_api.verification.answers import meanings, plain, signed
from registry_api.verification.domain import NOBODY, Question, Reader
from registry_api.verification.reading import (
    MOST_QUESTIONS,
    SCHEMA,
    AtFault,
    read_batch,
    read_question,
    reference_of,
)
from registry_api.verification.store import SqlVerification
from registry_api.verification.use_cases import Outcome, verify

router = Router(tags=["核验 Verification"])

_BATCH_BYTES = 12_000_000
_JOSE = "application/jose"
Signed = Annotated[
    bool, Query(description="同 Accept: application/jose：答复为紧凑 JWS / the answer as a compact JWS.")
]
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "登记信息核验结果，不是证明 / the result of a check, not a certificate",
        "content": {"application/json": {}, _JOSE: {}},
    }
}


def _body(schema: Any) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


@router.post(
    "/v1/verifications",
    summary="核验一名律师 Verify one lawyer",
    description="无需账户。只答所问各项是否一致。Without an account; tells only whether what was given agrees.",
    dependencies=[Depends(public_rate_limit)],
    responses=_ANSWERS,
    openapi_extra=_body(SCHEMA),
)
async def post_verification(request: Request, principal: OptionalPrincipal, signed: Signed = False) -> Response:
    today = legal_day.legal_today()
    try:
        question = read_question(await _json(request), today)
    except AtFault as fault:
        raise fault.problem() from fault
    (outcome,), position = await verify(
        SqlVerification(request.app.state.database),
        [question],
        _reader(principal),
        today,
        with_position=_sees_positions(principal),
    )
    if isinstance(outcome, InvalidIdentifier):
        raise AtFault.because(outcome, "licence_number").problem() from outcome
    answer = plain(question, outcome)
    return await _answered(request, answer | {"meanings": meanings([answer])}, position, wants_signed=signed)


@router.post(
    "/v1/verifications/batch",
    summary=f"批量核验，每次最多 {MOST_QUESTIONS} 条 Verify up to {MOST_QUESTIONS} at once",
    description=(
        "按次序逐条作答；有误的一条单独给出问题，不影响其他各条。"
        "Answered in order; a question at fault gets a problem of its own and spoils no other."
    ),
    responses=_ANSWERS,
    openapi_extra=_body(
        {
            "type": "object",
            "required": ["items"],
            "additionalProperties": False,
            "properties": {"items": {"type": "array", "minItems": 1, "maxItems": MOST_QUESTIONS, "items": SCHEMA}},
        }
    ),
)
@body_limit(_BATCH_BYTES)
async def post_verifications(request: Request, principal: CurrentPrincipal, signed: Signed = False) -> Response:
    demand_anywhere(principal, Action.VERIFY_BATCH)
    today = legal_day.legal_today()
    try:
        items = read_batch(await _json(request))
    except AtFault as fault:
        raise fault.problem() from fault
    read = [_read(item, today) for item in items]
    questions = [each for each in read if isinstance(each, Question)]
    outcomes, position = await verify(
        SqlVerification(request.app.state.database),
        questions,
        _reader(principal),
        today,
        with_position=_sees_positions(principal),
    )
    told = iter(outcomes)
    results = [
        _line(place, item, each, next(told) if isinstance(each, Question) else None)
        for place, (item, each) in enumerate(zip(items, read, strict=True))
    ]
    answer = {"results": results, "meanings": meanings(results)}
    return await _answered(request, answer, position, wants_signed=signed)


@router.get(
    "/.well-known/jwks.json",
    summary="签名公钥 Public keys of signatures",
    description="用于核对签名答复与文件清单。To check signed answers and manifests of files.",
    dependencies=[Depends(public_rate_limit)],
)
async def read_keys(request: Request) -> Response:
    signer: Signer = request.app.state.signer
    return json_response(signer.jwks, headers={"Cache-Control": "public, max-age=300"})


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except (ValueError, RecursionError) as error:
        raise Problem(
            type="malformed-json",
            status=400,
            title_zh="请求正文不是有效的 JSON",
            title_en="The body is not valid JSON",
            field="body",
        ) from error


def _read(item: object, today: Any) -> Question | AtFault:
    try:
        return read_question(item, today)
    except AtFault as fault:
        return fault


def _line(place: int, item: object, read: Question | AtFault, outcome: Outcome | None) -> dict[str, Any]:
    if isinstance(read, Question) and outcome is not None and not isinstance(outcome, InvalidIdentifier):
        return plain(read, outcome)
    fault = read if isinstance(read, AtFault) else None
    if isinstance(outcome, InvalidIdentifier):
        fault = AtFault.because(outcome, "licence_number")
    problem = {} if fault is None else fault.problem(f"items.{place}").body()
    reference = reference_of(item)
    return {"problem": problem} | ({} if reference is None else {"reference": reference})


def _reader(principal: Principal | None) -> Reader:
    if principal is None:
        return NOBODY

    def within(action: Action) -> Callable[[str], bool]:
        return cache(lambda region: allowed(principal, action, region))

    return Reader(may_see_closed=within(Action.READ), may_see_standing=within(Action.READ_STANDING))


def _sees_positions(principal: Principal | None) -> bool:
    return entitlements.may_read_feed(principal, entitlements.REGISTRY)


async def _answered(request: Request, answer: Any, position: int | None, *, wants_signed: bool) -> Response:
    headers = {"Cache-Control": "no-store"}
    if not wants_signed and _JOSE not in request.headers.get("accept", ""):
        return json_response(answer, headers=headers)
    token = signed(
        request.app.state.signer,
        issuer=request.app.state.settings.registry_url,
        asked=await request.body(),
        answer=answer,
        now=legal_day.instant(),
        position=position,
    )
    return Response(token, headers=headers, media_type=_JOSE)
