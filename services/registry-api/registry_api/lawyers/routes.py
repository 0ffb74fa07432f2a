"""HTTP in and out for officers; the public look-up is in `public_lookup`."""

from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.http import Router, Transaction
from common.http.etag import IfMatch, etag_of_version
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.entitlements import may_read_event
from contracts.legal_day import legal_today
from contracts.registry_events import LawyerStandingRecorded
from fastapi import Query, Request, Response, status

from registry_api.lawyers import use_cases
from registry_api.lawyers.requests import (
    ChangeCategory,
    ChangeLawyer,
    EndLicence,
    MoveLawyer,
    RegisterLawyer,
    RelicenseLawyer,
    Somewhere,
)
from registry_api.lawyers.store import Lawyers
from registry_api.lawyers.views import LawyerHistory, LawyerLineView, LawyerView
from registry_api.permissions import Action, demand
from registry_api.register.conditional import entity_response, require_version
from registry_api.register.fields import RegionCode
from registry_api.register.lawyer import Lawyer, Place
from registry_api.register.scope import visible_region
from registry_api.register.sealing import Sealer
from registry_api.register.standing import Standing
from registry_api.register.store import Register

router = Router(prefix="/v1", tags=["律师 Lawyers"])


@router.post("/lawyers", status_code=status.HTTP_201_CREATED, summary="执业登记 Register a lawyer")
async def post_lawyer(
    request: Request, body: RegisterLawyer, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> LawyerView:
    today = legal_today()
    register = await Register.within(tx, today)
    place = await _place(register, body)
    demand(principal, Action.LAWYER_WRITE, place.region)
    number, card = body.number(), body.id_card()
    if card is not None:
        use_cases.check_sex(number, card)
    lawyer = await use_cases.register_lawyer(
        register,
        tx.outbox,
        today=today,
        name=body.name,
        number=number,
        place=place,
        first_licensed_on=body.first_licensed_on,
        from_on=body.practising_from or body.first_licensed_on,
        id_card=None if card is None else _sealer(request).seal(card),
    )
    response.headers["Location"] = f"/v1/lawyers/{lawyer.lawyer_id}"
    return _answer(lawyer, response)


@router.patch("/lawyers/{lawyer_id}", summary="变更个人事项 Change details")
async def patch_lawyer(
    *,
    request: Request,
    lawyer_id: UUID,
    body: ChangeLawyer,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> LawyerView:
    register, before = await _locked(tx, principal, lawyer_id)
    require_version(if_match, before.version)
    card = body.id_card()
    lawyer = await use_cases.change_details(
        register,
        tx.outbox,
        before,
        on=body.effective_on,
        today=legal_today(),
        name=body.name,
        first_licensed_on=body.first_licensed_on,
        id_card=None if card is None else _sealer(request).seal(card),
    )
    return _answer(lawyer, response)


@router.post("/lawyers/{lawyer_id}/moves", summary="变更执业机构 Move to another institution")
async def post_move(
    *,
    lawyer_id: UUID,
    body: MoveLawyer,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> LawyerView:
    today = legal_today()
    register = await Register.within(tx, today)
    place = await _place(register, body)
    # The city the lawyer goes to decides (律师执业管理办法 20); the one he leaves is not asked.
    demand(principal, Action.LAWYER_WRITE, place.region)
    before = await register.lawyer_for_update(lawyer_id)
    if if_match is not None:
        require_version(if_match, before.version)
    lawyer = await use_cases.move_lawyer(
        register,
        tx.outbox,
        before,
        to=place,
        on=body.effective_on,
        today=today,
        number=body.number(),
        category=body.category,
    )
    return _answer(lawyer, response)


@router.post("/lawyers/{lawyer_id}/category-changes", summary="变更执业类别 Change category")
async def post_category_change(
    *,
    lawyer_id: UUID,
    body: ChangeCategory,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> LawyerView:
    register, before = await _locked(tx, principal, lawyer_id)
    if if_match is not None:
        require_version(if_match, before.version)
    lawyer = await use_cases.change_category(
        register,
        tx.outbox,
        before,
        category=body.category,
        on=body.effective_on,
        today=legal_today(),
        number=body.number(),
    )
    return _answer(lawyer, response)


@router.post("/lawyers/{lawyer_id}/licence-end", summary="注销执业证书 End a licence")
async def post_licence_end(
    *,
    lawyer_id: UUID,
    body: EndLicence,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> LawyerView:
    register, before = await _locked(tx, principal, lawyer_id)
    if if_match is not None:
        require_version(if_match, before.version)
    lawyer = await use_cases.end_licence(
        register, tx.outbox, before, body.ground, on=body.ended_on, today=legal_today()
    )
    return _answer(lawyer, response)


@router.post("/lawyers/{lawyer_id}/licences", summary="重新执业登记 License anew after an end")
async def post_licence(
    lawyer_id: UUID, body: RelicenseLawyer, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> LawyerView:
    today = legal_today()
    register = await Register.within(tx, today)
    place = await _place(register, body)
    demand(principal, Action.LAWYER_WRITE, place.region)
    before = await register.lawyer_for_update(lawyer_id)
    lawyer = await use_cases.relicense_lawyer(
        register, tx.outbox, before, today=today, number=body.number(), place=place, on=body.licensed_on
    )
    return _answer(lawyer, response)


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
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[LawyerLineView]:
    region = visible_region(principal, Action.READ, region)
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
    )
    return Page[LawyerLineView].of(
        lines,
        limit=limit,
        item=LawyerLineView.of,
        cursor=lambda line: encode_cursor("lawyers", line.lawyer.licence_number),
    )


@router.get("/lawyers/{lawyer_id}", summary="律师 A lawyer", response_model=LawyerView)
async def get_lawyer(request: Request, lawyer_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    today = legal_today()
    lawyer = await (await Register.within(tx, today)).lawyer(lawyer_id)
    demand(principal, Action.READ, lawyer.region)
    return entity_response(request, LawyerView.of(lawyer, today), lawyer.version)


@router.get("/lawyers/{lawyer_id}/history", summary="执业经历 History of a lawyer", response_model=LawyerHistory)
async def get_lawyer_history(
    request: Request, lawyer_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> Response:
    register = await Register.within(tx, legal_today())
    lawyer = await register.lawyer(lawyer_id)
    demand(principal, Action.READ, lawyer.region)
    numbers = await register.numbers_of(lawyer_id)
    facts = may_read_event(principal, LawyerStandingRecorded.event_type, lawyer.region)
    return entity_response(request, LawyerHistory.of(lawyer, numbers, facts=facts), lawyer.version)


async def _locked(tx: Transaction, principal: Principal, lawyer_id: UUID) -> tuple[Register, Lawyer]:
    register = await Register.within(tx, legal_today())
    lawyer = await register.lawyer_for_update(lawyer_id)
    demand(principal, Action.LAWYER_WRITE, lawyer.region)
    return register, lawyer


async def _place(register: Register, body: Somewhere) -> Place:
    if body.firm_id is not None:
        return Place((await register.firm_for_share(body.firm_id)).region, body.firm_id)
    assert body.region is not None  # noqa: S101 -- the request model demands it with an institution
    return Place(body.region, None, body.institution)


def _answer(lawyer: Lawyer, response: Response) -> LawyerView:
    response.headers["ETag"] = etag_of_version(lawyer.version)
    return LawyerView.of(lawyer, legal_today())


def _sealer(request: Request) -> Sealer:
    sealer: Sealer = request.app.state.sealer
    return sealer
