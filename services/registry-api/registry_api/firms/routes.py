"""HTTP in and out for firms and mergers."""

from typing import Annotated, Literal
from uuid import UUID

from common.auth import CurrentPrincipal
from common.http import Router, Transaction
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from contracts.legal_day import legal_today
from contracts.registry_events import FirmKind
from fastapi import Query, Request, Response, status

from registry_api.cases.proposing import Filing, propose
from registry_api.cases.views import ProposalView
from registry_api.firms import changes
from registry_api.firms.past import Wanted, page_of_the_past
from registry_api.firms.requests import ChangeFirm, CorrectFirm, EndFirm, MergeFirms, RegisterFirm, SplitFirm
from registry_api.firms.store import Firms
from registry_api.firms.views import FirmLineView, FirmOnDay
from registry_api.permissions import Action
from registry_api.register.conditional import entity_response
from registry_api.register.fields import RegionCode
from registry_api.register.reading import see
from registry_api.register.scope import visible_region
from registry_api.register.store import Register
from registry_api.register.store_history import practising_at
from registry_api.register.times import AsOf, PageOnDay, RecordedAsOf, asked

router = Router(prefix="/v1", tags=["律师事务所 Firms"])


_PROPOSED = status.HTTP_202_ACCEPTED


@router.post("/firms", status_code=_PROPOSED, summary="提出设立登记 Propose to register a firm")
async def post_firm(body: RegisterFirm, filing: Filing) -> ProposalView:
    return await propose(filing, changes.REGISTER, body)


@router.patch("/firms/{firm_id}", status_code=_PROPOSED, summary="提出变更 Propose to change a firm")
async def patch_firm(firm_id: UUID, body: ChangeFirm, filing: Filing) -> ProposalView:
    change = changes.CHANGE if body.needs_approval else changes.FILE
    return await propose(filing, change, body, subject_id=firm_id)


@router.post("/firms/{firm_id}/end", status_code=_PROPOSED, summary="提出终止登记 Propose to end a firm")
async def post_firm_end(firm_id: UUID, body: EndFirm, filing: Filing) -> ProposalView:
    return await propose(filing, changes.END, body, subject_id=firm_id)


@router.post("/mergers", status_code=_PROPOSED, summary="提出合并登记 Propose a merger")
async def post_merger(body: MergeFirms, filing: Filing) -> ProposalView:
    return await propose(filing, changes.MERGE, body)


@router.post("/firms/{firm_id}/splits", status_code=_PROPOSED, summary="提出分立登记 Propose to divide a firm")
async def post_split(firm_id: UUID, body: SplitFirm, filing: Filing) -> ProposalView:
    return await propose(filing, changes.SPLIT, body, subject_id=firm_id)


@router.post("/firms/{firm_id}/corrections", status_code=_PROPOSED, summary="提出更正 Propose a correction")
async def post_firm_correction(firm_id: UUID, body: CorrectFirm, filing: Filing) -> ProposalView:
    return await propose(filing, changes.CORRECT, body, subject_id=firm_id)


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
    as_of: AsOf = None,
    recorded_as_of: RecordedAsOf = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> PageOnDay[FirmLineView]:
    region = visible_region(principal, Action.READ, region)
    question = await asked(await tx.raw(), principal, as_of, recorded_as_of)
    if not question.current:
        wanted = Wanted(name, region, kind, status, credit_code)
        return await page_of_the_past(tx, principal, question, wanted, limit=limit, cursor=cursor)
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
    page = PageOnDay[FirmLineView].of(
        lines,
        limit=limit,
        item=FirmLineView.of,
        cursor=lambda line: encode_cursor("firms", line.firm.credit_code),
    )
    return page.model_copy(update={"times": question.times})


@router.get("/firms/{firm_id}", summary="律师事务所 A firm", response_model=FirmOnDay)
async def get_firm(
    *,
    request: Request,
    firm_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    as_of: AsOf = None,
    recorded_as_of: RecordedAsOf = None,
) -> Response:
    connection = await tx.raw()
    firm = await (await Register.within(tx, legal_today())).firm(firm_id)
    seen = await see(connection, principal, firm, as_of, recorded_as_of)
    if seen.asked.current:
        practising = await Firms(tx.session).practising_at(firm_id)
    else:
        practising = (await practising_at(connection, [firm_id], seen.times.as_of, seen.asked.position))[firm_id]
    return entity_response(request, FirmOnDay.seen(seen, practising=practising), seen.state.version)
