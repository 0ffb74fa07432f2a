"""Consent (单独同意): the complainant gives it and takes it back in his own case; officers see what stands."""

from datetime import datetime
from typing import Self
from uuid import UUID

from common.auth import CurrentPrincipal
from common.clock import now_of
from common.database import Database
from common.http import RequestModel, Router, Transaction
from common.secrecy.receipts import Receipts, parse_client_key
from fastapi import Request, Response
from pydantic import BaseModel

from rights_api.cases.access import case_for, demand
from rights_api.cases.consents import Consent, ConsentFor, ConsentTo, SqlConsents
from rights_api.cases.own import ClientKey, SessionToken, own_case
from rights_api.cases.problems import key_problem, key_reused
from rights_api.permissions import Action

own_router = Router(prefix="/v1/receipts/case/consents", tags=["维权申请 For complainants"])
router = Router(prefix="/v1/complaints/{complaint_id}/consents", tags=["维权办理 For officers"])


class GiveConsent(RequestModel):
    """`given` false takes it back; what was told before stays told, and the record says when."""

    to: ConsentTo
    purpose: ConsentFor
    given: bool


class ConsentView(BaseModel):
    to: ConsentTo
    to_zh: str
    purpose: ConsentFor
    purpose_zh: str
    given: bool
    at: datetime

    @classmethod
    def of(cls, consent: Consent) -> Self:
        return cls(
            to=consent.to,
            to_zh=consent.to.zh,
            purpose=consent.purpose,
            purpose_zh=consent.purpose.zh,
            given=consent.given,
            at=consent.at,
        )


@own_router.get("", summary="同意情况 One's consents as they stand")
async def get_own_consents(request: Request, response: Response, session: SessionToken = None) -> list[ConsentView]:
    database: Database = request.app.state.database
    response.headers["Cache-Control"] = "no-store"
    async with database.begin() as tx:
        complaint = await own_case(request, tx, session)
        return [ConsentView.of(each) for each in await SqlConsents(tx.session, complaint.complaint_id).standing()]


@own_router.post("", summary="同意或撤回同意 Consent, or take it back", status_code=200)
async def post_own_consent(
    *,
    request: Request,
    response: Response,
    body: GiveConsent,
    session: SessionToken = None,
    idempotency_key: ClientKey = None,
) -> list[ConsentView]:
    """个人信息保护法 15, 23: to each recipient and purpose apart; no case is handled worse for want of it."""
    key = parse_client_key(idempotency_key or "")
    if key is None:
        raise key_problem(missing=idempotency_key is None)
    receipts: Receipts = request.app.state.receipts
    database: Database = request.app.state.database
    digest = receipts.key_digest(key)
    response.headers["Cache-Control"] = "no-store"
    async with database.begin() as tx:
        complaint = await own_case(request, tx, session, lock=True)
        consents = SqlConsents(tx.session, complaint.complaint_id)
        known = await consents.by_key(digest)
        if known is None:
            await consents.act(body.to, body.purpose, given=body.given, at=now_of(request), key_digest=digest)
        elif (known.complaint_id, known.recipient, known.purpose, known.given) != (
            complaint.complaint_id,
            body.to.value,
            body.purpose.value,
            body.given,
        ):
            raise key_reused()
        return [ConsentView.of(each) for each in await consents.standing()]


@router.get("", summary="申请人同意情况 To whom the complainant consents to be named")
async def get_consents(
    request: Request, complaint_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> list[ConsentView]:
    complaint = await case_for(request, tx, complaint_id, principal, lock=False)
    demand(principal, Action.LIST, complaint)
    return [ConsentView.of(each) for each in await SqlConsents(tx.session, complaint_id).standing()]
