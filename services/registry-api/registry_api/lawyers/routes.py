"""HTTP in and out for officers; the public look-up is in `public_lookup`."""

from typing import Annotated
from uuid import UUID

from common.auth import PROVINCE, CurrentPrincipal
from common.http import Router, Transaction
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from contracts.legal_day import legal_today
from fastapi import Query, Request, Response, status

from registry_api.cases.proposing import Filing, propose
from registry_api.cases.views import ProposalView
from registry_api.lawyers import changes
from registry_api.lawyers.past import Wanted, page_of_the_past
from registry_api.lawyers.requests import (
    ChangeCategory,
    ChangeLawyer,
    CorrectLawyer,
    EndLicence,
    MoveLawyer,
    RegisterLawyer,
    RelicenseLawyer,
)
from registry_api.lawyers.store import Lawyers
from registry_api.lawyers.views import LawyerLineView, LawyerOnDay
from registry_api.permissions import Action, allowed, demand
from registry_api.register.conditional import entity_response
from registry_api.register.fields import RegionCode
from registry_api.register.reading import see
from registry_api.register.scope import visible_region
from registry_api.register.standing import Standing
from registry_api.register.store import Register
from registry_api.register.times import AsOf, PageOnDay, RecordedAsOf, asked

router = Router(prefix="/v1", tags=["律师 Lawyers"])


_PROPOSED = status.HTTP_202_ACCEPTED


@router.post("/lawyers", status_code=_PROPOSED, summary="提出执业登记 Propose to register a lawyer")
async def post_lawyer(body: RegisterLawyer, filing: Filing) -> ProposalView:
    return await propose(filing, changes.REGISTER, body)


@router.patch("/lawyers/{lawyer_id}", status_code=_PROPOSED, summary="提出变更个人事项 Propose to change details")
async def patch_lawyer(lawyer_id: UUID, body: ChangeLawyer, filing: Filing) -> ProposalView:
    return await propose(filing, changes.CHANGE_DETAILS, body, subject_id=lawyer_id)


@router.post("/lawyers/{lawyer_id}/corrections", status_code=_PROPOSED, summary="提出更正 Propose a correction")
async def post_lawyer_correction(lawyer_id: UUID, body: CorrectLawyer, filing: Filing) -> ProposalView:
    return await propose(filing, changes.CORRECT, body, subject_id=lawyer_id)


@router.post("/lawyers/{lawyer_id}/moves", status_code=_PROPOSED, summary="提出变更执业机构 Propose a move")
async def post_move(lawyer_id: UUID, body: MoveLawyer, filing: Filing) -> ProposalView:
    return await propose(filing, changes.MOVE, body, subject_id=lawyer_id)


@router.post(
    "/lawyers/{lawyer_id}/category-changes",
    status_code=_PROPOSED,
    summary="提出变更执业类别 Propose another category",
)
async def post_category_change(lawyer_id: UUID, body: ChangeCategory, filing: Filing) -> ProposalView:
    return await propose(filing, changes.CHANGE_CATEGORY, body, subject_id=lawyer_id)


@router.post(
    "/lawyers/{lawyer_id}/licence-end", status_code=_PROPOSED, summary="提出注销执业证书 Propose to end a licence"
)
async def post_licence_end(lawyer_id: UUID, body: EndLicence, filing: Filing) -> ProposalView:
    return await propose(filing, changes.END_LICENCE, body, subject_id=lawyer_id)


@router.post(
    "/lawyers/{lawyer_id}/licences",
    status_code=_PROPOSED,
    summary="提出重新执业登记 Propose a licence anew after an end",
)
async def post_licence(lawyer_id: UUID, body: RelicenseLawyer, filing: Filing) -> ProposalView:
    return await propose(filing, changes.RELICENSE, body, subject_id=lawyer_id)


@router.get("/lawyers", summary="查询律师 Search lawyers")
async def get_lawyers(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    name: Annotated[str | None, Query(max_length=100, description="姓名开头 / beginning of the name")] = None,
    firm_id: UUID | None = None,
    firm: Annotated[str | None, Query(max_length=200, description="机构名称开头 / beginning of its name")] = None,
    region: RegionCode | None = None,
    category: Annotated[int | None, Query(ge=1, le=8)] = None,
    status: Standing | None = None,
    licence_number: Annotated[
        str | None, Query(max_length=20, description="现证号或曾用证号 / also a former one")
    ] = None,
    as_of: AsOf = None,
    recorded_as_of: RecordedAsOf = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> PageOnDay[LawyerLineView]:
    region = visible_region(principal, Action.READ, region)
    question = await asked(await tx.raw(), principal, as_of, recorded_as_of)
    if not question.current:
        if status is not None:
            demand(principal, Action.READ_STANDING, region or PROVINCE)
        wanted = Wanted(name, firm_id, firm, region, category, status, licence_number)
        return await page_of_the_past(tx, principal, question, wanted, limit=limit, cursor=cursor)
    after = decode_cursor(cursor, "lawyers", str)
    lines = await Lawyers(tx.session).search(
        day=legal_today(),
        limit=limit + 1,
        after=None if after is None else after[0],
        name=name,
        firm_id=firm_id,
        firm_name=firm,
        region=region,
        category=category,
        standing=status,
        licence_number=licence_number,
        grounds_told=allowed(principal, Action.READ_STANDING, region or PROVINCE),
    )
    page = PageOnDay[LawyerLineView].of(
        lines,
        limit=limit,
        item=LawyerLineView.of,
        cursor=lambda line: encode_cursor("lawyers", line.lawyer.licence_number),
    )
    return page.model_copy(update={"times": question.times})


@router.get("/lawyers/{lawyer_id}", summary="律师 A lawyer", response_model=LawyerOnDay)
async def get_lawyer(
    *,
    request: Request,
    lawyer_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    as_of: AsOf = None,
    recorded_as_of: RecordedAsOf = None,
) -> Response:
    lawyer = await (await Register.within(tx, legal_today())).lawyer(lawyer_id)
    seen = await see(await tx.raw(), principal, lawyer, as_of, recorded_as_of)
    return entity_response(request, LawyerOnDay.seen(seen), seen.state.version)
