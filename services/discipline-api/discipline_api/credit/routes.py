"""HTTP in and out for credit files and identity numbers."""

import base64
import hashlib
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from common.auth import PROVINCE, CurrentPrincipal
from common.clock import now_of, today_of
from common.http import Invalid, RequestModel, Router, Transaction
from common.http.etag import IfMatch, etag_of_version, require_match
from contracts.conduct import OrganKind
from contracts.identifiers import IdCard, InvalidIdentifier
from cryptography.hazmat.primitives import hashes
from fastapi import Query, Request, Response, status
from pydantic import AfterValidator, Field

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.clocks.store import SqlClocks
from discipline_api.credit.domain import CreditFile, Identity, IdentityKind, summary, why_left_out
from discipline_api.credit.encoding import FileFormat, encode
from discipline_api.credit.store import SqlCreditFiles, SqlIdentities
from discipline_api.credit.use_cases import enter_identity, make_file, told_platform
from discipline_api.permissions import Action, demand, demand_any
from discipline_api.record.store import SqlSanctions
from discipline_api.record.store_publicity import SqlImpactAssessments
from discipline_api.record.store_recusals import demand_unbiased

router = Router(prefix="/v1", tags=["信用平台 Credit platform"])

From = Annotated[date, Query(alias="from", description="首日 / first day.")]
To = Annotated[date, Query(alias="to", description="末日，不晚于今日 / last day, today at the latest.")]
_PLATFORM = "credit-platform"


def _id_number(text: str) -> str:
    try:
        return IdCard.parse(text).reveal()
    except InvalidIdentifier as error:
        raise Invalid(error.zh, error.en) from error


class EnterIdentity(RequestModel):
    kind: IdentityKind = IdentityKind.RESIDENT
    number: Annotated[str, Field(max_length=40), AfterValidator(_id_number)]


@router.get(
    "/credit-files",
    summary="双公示文件 The double-publicity file",
    description="期间内新增、更新及应删除的行政处罚；条数与摘要见响应头。"
    " What was shown, changed or taken down in these days; counts and digests are in the headers.",
    response_class=Response,
    responses={200: {"content": {kind.media_type: {} for kind in FileFormat}}},
)
async def get_file(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    from_on: From,
    to_on: To,
    format: Annotated[FileFormat, Query()] = FileFormat.XLSX,  # noqa: A002 -- the parameter's public name
) -> Response:
    _demand(principal)
    now, today = now_of(request), today_of(request)
    files = SqlCreditFiles(tx, request.app.state.vault)
    file, gone = await make_file(files, from_on, to_on, now=now, today=today)
    if _PLATFORM in principal.roles:
        await told_platform(SqlClocks(tx), gone, today)
    held = f"{len(file.rows)} rows, {file.identities} identity numbers"
    window = f"{from_on.isoformat()}/{to_on.isoformat()}"
    await append(tx, Entry.by(principal, "credit-file-made", "credit-file", window, at=now, reason=held))
    body = encode(file, format, today)
    return Response(body, headers=_headers(file, body, format), media_type=format.media_type)


@router.get("/credit-files/summary", summary="文件条数 How much a file would hold")
async def get_summary(
    *, request: Request, principal: CurrentPrincipal, tx: Transaction, response: Response, from_on: From, to_on: To
) -> dict[str, Any]:
    _demand(principal)
    file, _ = await make_file(SqlCreditFiles(tx), from_on, to_on, now=now_of(request), today=today_of(request))
    response.headers["Cache-Control"] = "no-store"
    return {"rows": len(file.rows), "by_fate": summary(file), "left_out": file.left_out, "why": why_left_out()}


@router.post(
    "/sanctions/{case_id}/identity",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="录入证件号码（密封） Enter an identity number, sealed",
)
async def post_identity(
    *,
    request: Request,
    case_id: UUID,
    body: EnterIdentity,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> Response:
    demand_any(principal, Action.PUBLISH)
    now = now_of(request)
    locked = await SqlSanctions(tx.session).get_for_update(case_id)
    organ = locked.decision.organ
    demand(principal, Action.PUBLISH, organ.kind, organ.region, organ.code)
    await demand_unbiased(tx.session, principal, Action.PUBLISH, case_id)
    require_match(if_match, etag_of_version(locked.version))
    await enter_identity(
        SqlIdentities(tx, request.app.state.vault),
        SqlImpactAssessments(tx.session),
        locked,
        Identity(body.kind, body.number),
        by=principal.subject,
        now=now,
        today=today_of(request),
    )
    kind = body.kind.value
    await append(tx, Entry.by(principal, "identity-sealed", "sanction", case_id, at=now, reason=kind))
    return Response(status_code=status.HTTP_204_NO_CONTENT, headers={"Cache-Control": "no-store"})


def _demand(principal: CurrentPrincipal) -> None:
    demand(principal, Action.READ_CREDIT_FILE, OrganKind.DEPARTMENT, PROVINCE, principal.organisation_id)


def _headers(file: CreditFile, body: bytes, format_: FileFormat) -> dict[str, str]:
    sha256 = hashlib.sha256(body)
    sm3 = hashes.Hash(hashes.SM3())
    sm3.update(body)
    name = f"credit-{file.from_on.isoformat()}-{file.to_on.isoformat()}.{format_.value}"
    counts = {f"Credit-File-{fate}": str(number) for fate, number in summary(file).items()}
    return {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Digest": f"sha-256=:{base64.b64encode(sha256.digest()).decode()}:",
        "Credit-File-SHA256": sha256.hexdigest(),
        "Credit-File-SM3": sm3.finalize().hex(),
        "Credit-File-Rows": str(len(file.rows)),
        "Credit-File-Left-Out": f"{file.left_out}; rule={why_left_out()['rule']}",
        **counts,
    }
