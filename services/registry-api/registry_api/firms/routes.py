"""HTTP in and out for firms and mergers."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID, uuid4

from common.auth import CurrentPrincipal
from common.http import RequestModel, Router, Transaction
from common.http.etag import IfMatch, etag_of_version
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.legal_day import legal_today
from contracts.registry_events import FirmKind
from fastapi import Query, Request, Response, status
from pydantic import Field

from registry_api.firms.store import Firms
from registry_api.firms.use_cases import change_firm, end_firm, merge_firms, register_firm
from registry_api.firms.views import FirmHistory, FirmLineView, FirmView, MergerView
from registry_api.permissions import Action, demand
from registry_api.register.conditional import entity_response, require_version
from registry_api.register.fields import AnyCreditCode, FirmCreditCode, FirmNameText, RegionCode
from registry_api.register.firm import FirmEndGround
from registry_api.register.refusals import Refused
from registry_api.register.scope import visible_region
from registry_api.register.store import Register

router = Router(prefix="/v1", tags=["律师事务所 Firms"])


class RegisterFirm(RequestModel):
    credit_code: FirmCreditCode
    name: FirmNameText
    kind: FirmKind
    region: RegionCode
    established_on: date
    parent_firm_id: UUID | None = None
    parent_credit_code: AnyCreditCode | None = Field(
        default=None, description="总所在省外时填写 / of a head office in another province."
    )
    address: str | None = Field(default=None, max_length=300)


class ChangeFirm(RequestModel):
    effective_on: date
    name: FirmNameText | None = None
    address: str | None = Field(default=None, max_length=300)
    kind: FirmKind | None = None
    region: RegionCode | None = None
    parent_firm_id: UUID | None = None


class EndFirm(RequestModel):
    ground: FirmEndGround
    ended_on: date


class MergeFirms(RequestModel):
    absorbed_firm_id: UUID
    absorbing_firm_id: UUID
    effective_on: date
    document_number: str = Field(min_length=1, max_length=100)


@router.post("/firms", status_code=status.HTTP_201_CREATED, summary="设立登记 Register a firm")
async def post_firm(body: RegisterFirm, principal: CurrentPrincipal, tx: Transaction, response: Response) -> FirmView:
    demand(principal, Action.FIRM_WRITE, body.region)
    today = legal_today()
    register = await Register.within(tx, today)
    firm = await register_firm(register, tx.outbox, today=today, **dict(body))
    response.headers["ETag"] = etag_of_version(firm.version)
    response.headers["Location"] = f"/v1/firms/{firm.firm_id}"
    return FirmView.of(firm, today, practising=0)


@router.patch("/firms/{firm_id}", summary="变更登记 Change a firm")
async def patch_firm(
    *,
    firm_id: UUID,
    body: ChangeFirm,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> FirmView:
    today = legal_today()
    register = await Register.within(tx, today)
    before = await register.firm_for_update(firm_id)
    demand(principal, Action.FIRM_WRITE, before.region)
    if body.region is not None:
        demand(principal, Action.FIRM_WRITE, body.region)
    require_version(if_match, before.version)
    firm = await change_firm(
        register,
        tx.outbox,
        before,
        today=today,
        on=body.effective_on,
        name=body.name,
        address=body.address,
        kind=body.kind,
        region=body.region,
        parent_firm_id=body.parent_firm_id,
    )
    response.headers["ETag"] = etag_of_version(firm.version)
    return FirmView.of(firm, today, practising=await Firms(tx.session).practising_at(firm_id))


@router.post("/firms/{firm_id}/end", summary="终止登记 End a firm")
async def post_firm_end(
    *,
    firm_id: UUID,
    body: EndFirm,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> FirmView:
    today = legal_today()
    register = await Register.within(tx, today)
    before = await register.firm_for_update(firm_id)
    demand(principal, Action.FIRM_WRITE, before.region)
    if if_match is not None:
        require_version(if_match, before.version)
    firm = await end_firm(register, tx.outbox, before, body.ground, on=body.ended_on, today=today)
    response.headers["ETag"] = etag_of_version(firm.version)
    return FirmView.of(firm, today, practising=0)


@router.post("/mergers", status_code=status.HTTP_201_CREATED, summary="合并登记 Register a merger")
async def post_merger(body: MergeFirms, principal: CurrentPrincipal, tx: Transaction) -> MergerView:
    today = legal_today()
    register = await Register.within(tx, today)
    firms = await register.firms({body.absorbed_firm_id, body.absorbing_firm_id})
    for field in ("absorbed_firm_id", "absorbing_firm_id"):
        if getattr(body, field) not in firms:
            raise Refused("firm-unknown", "没有这家律师事务所", "there is no such firm", field=field)
    absorbed, absorbing = firms[body.absorbed_firm_id], firms[body.absorbing_firm_id]
    demand(principal, Action.MERGE, absorbed.region)
    demand(principal, Action.MERGE, absorbing.region)
    merger_id = uuid4()
    moved = await merge_firms(
        register, tx.outbox, absorbed, absorbing, on=body.effective_on, today=today, merger_id=merger_id
    )
    Firms(tx.session).add_merger(
        merger_id,
        absorbed=absorbed.firm_id,
        absorbing=absorbing.firm_id,
        on=body.effective_on,
        document_number=body.document_number,
        moved=moved,
    )
    return MergerView(merger_id=merger_id, lawyers_moved=moved, **body.model_dump())


@router.get("/firms", summary="查询律师事务所 Search firms")
async def get_firms(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    name: Annotated[str | None, Query(max_length=200, description="名称开头 / beginning of the name")] = None,
    region: RegionCode | None = None,
    kind: FirmKind | None = None,
    status: Literal["active", "ended"] | None = None,
    credit_code: Annotated[str | None, Query(max_length=18)] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[FirmLineView]:
    region = visible_region(principal, Action.READ, region)
    after = decode_cursor(cursor, "firms", str)
    lines = await Firms(tx.session).search(
        limit=limit + 1,
        after=None if after is None else after[0],
        name=name,
        region=region,
        kind=None if kind is None else kind.value,
        active=None if status is None else status == "active",
        credit_code=credit_code,
    )
    return Page[FirmLineView].of(
        lines,
        limit=limit,
        item=FirmLineView.of,
        cursor=lambda line: encode_cursor("firms", line.firm.credit_code),
    )


@router.get("/firms/{firm_id}", summary="律师事务所 A firm", response_model=FirmView)
async def get_firm(request: Request, firm_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    today = legal_today()
    firm = await (await Register.within(tx, today)).firm(firm_id)
    demand(principal, Action.READ, firm.region)
    view = FirmView.of(firm, today, practising=await Firms(tx.session).practising_at(firm_id))
    return entity_response(request, view, view.version)


@router.get("/firms/{firm_id}/history", summary="变更历史 History of a firm", response_model=FirmHistory)
async def get_firm_history(request: Request, firm_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    firm = await (await Register.within(tx, legal_today())).firm(firm_id)
    demand(principal, Action.READ, firm.region)
    return entity_response(request, FirmHistory.of(firm), firm.version)
