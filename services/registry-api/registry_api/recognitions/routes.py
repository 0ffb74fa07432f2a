"""HTTP in and out for recognitions."""

from datetime import date
from uuid import UUID

from common.auth import PROVINCE, CurrentPrincipal
from common.http import RequestModel, Router, Transaction
from common.http.etag import IfMatch, etag_of_version
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.legal_day import legal_today
from contracts.registry_events import RecognitionKind
from fastapi import Response, status
from pydantic import BaseModel, Field

from registry_api.permissions import Action, demand
from registry_api.recognitions.domain import Recognition
from registry_api.recognitions.store import SqlRecognitions
from registry_api.recognitions.use_cases import grant_recognition, withdraw_recognition
from registry_api.register.conditional import require_version
from registry_api.register.fields import RegionCode
from registry_api.register.scope import visible_region
from registry_api.register.store import Register

router = Router(prefix="/v1", tags=["名录 Recognitions"])


class GrantRecognition(RequestModel):
    kind: RecognitionKind
    issuer: str = Field(min_length=1, max_length=100)
    document_number: str = Field(min_length=1, max_length=100)
    member_id: UUID = Field(description="firm_id 或 lawyer_id，依名录而定 / by the kind of list.")
    from_on: date
    to_on: date | None = None


class WithdrawRecognition(RequestModel):
    withdrawn_on: date


class RecognitionView(BaseModel):
    recognition_id: UUID
    kind: RecognitionKind
    issuer: str
    document_number: str
    member_id: UUID
    region: str
    from_on: date
    to_on: date | None
    withdrawn_on: date | None
    version: int

    @classmethod
    def of(cls, recognition: Recognition) -> "RecognitionView":
        return cls.model_validate(recognition, from_attributes=True)


@router.post("/recognitions", status_code=status.HTTP_201_CREATED, summary="列入名录 Put on a list")
async def post_recognition(
    body: GrantRecognition, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> RecognitionView:
    demand(principal, Action.RECOGNISE, PROVINCE)
    today = legal_today()
    register = await Register.within(tx, today)
    recognition = await grant_recognition(register, SqlRecognitions(tx.session), tx.outbox, today=today, **dict(body))
    response.headers["ETag"] = etag_of_version(recognition.version)
    return RecognitionView.of(recognition)


@router.post("/recognitions/{recognition_id}/withdraw", summary="撤销认定 Take off a list")
async def post_withdrawal(
    *,
    recognition_id: UUID,
    body: WithdrawRecognition,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> RecognitionView:
    demand(principal, Action.RECOGNISE, PROVINCE)
    recognitions = SqlRecognitions(tx.session)
    if if_match is not None:
        require_version(if_match, (await recognitions.get_for_update(recognition_id)).version)
    recognition = await withdraw_recognition(
        recognitions, tx.outbox, recognition_id, on=body.withdrawn_on, today=legal_today()
    )
    response.headers["ETag"] = etag_of_version(recognition.version)
    return RecognitionView.of(recognition)


@router.get("/recognitions", summary="查询名录 Search lists")
async def get_recognitions(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    kind: RecognitionKind | None = None,
    region: RegionCode | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[RecognitionView]:
    region = visible_region(principal, Action.READ, region)
    after = decode_cursor(cursor, "recognitions", UUID)
    found = await SqlRecognitions(tx.session).search(
        region=region, kind=kind, limit=limit + 1, after=None if after is None else after[0]
    )
    return Page[RecognitionView].of(
        found,
        limit=limit,
        item=RecognitionView.of,
        cursor=lambda recognition: encode_cursor("recognitions", str(recognition.recognition_id)),
    )
