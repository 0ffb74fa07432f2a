"""HTTP in and out for mergers of duplicate records and for looks at ID numbers."""

from typing import cast
from uuid import UUID, uuid4

from common.auth import CurrentPrincipal
from common.http import Router, Transaction
from common.http.idempotency import secret
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.legal_day import legal_today
from fastapi import Request, Response, status

from registry_api.cases.proposing import Filing, organ_of, propose
from registry_api.cases.views import ProposalView
from registry_api.permissions import Action, demand
from registry_api.persons import changes
from registry_api.persons.requests import MergeRecords, UndoMerger, ViewIdNumber
from registry_api.persons.store import IdNumberViewRow, IdNumberViews, Mergers
from registry_api.persons.views import IdNumberLookView, IdNumberView, PersonMergerView
from registry_api.register.conditional import entity_response
from registry_api.register.refusals import NotFound, Refused
from registry_api.register.sealing import Sealer
from registry_api.register.store import Register

router = Router(prefix="/v1", tags=["人员记录 Persons"])


@router.post(
    "/person-mergers", status_code=status.HTTP_202_ACCEPTED, summary="提出合并重复人员 Propose to merge two records"
)
async def post_person_merger(body: MergeRecords, filing: Filing) -> ProposalView:
    return await propose(filing, changes.MERGE, body)


@router.post(
    "/person-mergers/{merger_id}/undo",
    status_code=status.HTTP_202_ACCEPTED,
    summary="提出撤销人员合并 Propose to undo a merger of records",
)
async def post_undo(merger_id: UUID, body: UndoMerger, filing: Filing) -> ProposalView:
    return await propose(filing, changes.UNDO, body, subject_id=merger_id)


@router.get("/person-mergers/{merger_id}", summary="人员合并 A merger of records", response_model=PersonMergerView)
async def get_person_merger(
    request: Request, merger_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> Response:
    row = await Mergers(tx.session).get(merger_id)
    if row is None:
        raise NotFound("人员合并", "merger of records")
    lawyers = await (await Register.within(tx, legal_today())).lawyers([row.absorbed_id, row.kept_id], lock=False)
    for lawyer in lawyers.values():
        demand(principal, Action.READ_PROPOSALS, lawyer.region)
    view = PersonMergerView.of(row)
    return entity_response(request, view, view.version)


@router.post("/lawyers/{lawyer_id}/id-number-views", summary="查看身份证号（留痕） Look at an ID number; logged")
@secret()
async def post_id_number_view(
    *,
    request: Request,
    lawyer_id: UUID,
    body: ViewIdNumber,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
) -> IdNumberView:
    lawyer = await (await Register.within(tx, legal_today())).lawyer(lawyer_id)
    demand(principal, Action.VIEW_ID_NUMBER, lawyer.region)
    if lawyer.id_card is None:
        raise Refused("id-number-missing", "未登记身份证号", "no ID number is on file", conflict=True)
    row = IdNumberViewRow(
        view_id=uuid4(),
        lawyer_id=lawyer_id,
        purpose=body.purpose.value,
        note=body.note,
        viewed_by=principal.subject,
        viewed_by_organ=organ_of(principal),
    )
    await IdNumberViews(tx.session).add(row)
    response.headers["Cache-Control"] = "no-store"
    sealer = cast(Sealer, request.app.state.sealer)
    return IdNumberView(
        view_id=row.view_id,
        lawyer_id=lawyer_id,
        id_number=sealer.open(lawyer.id_card.sealed).reveal(),
        purpose=body.purpose,
        viewed_at=row.viewed_at,
    )


@router.get("/lawyers/{lawyer_id}/id-number-views", summary="身份证号查看记录 Who has looked at an ID number")
async def get_id_number_views(
    lawyer_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[IdNumberLookView]:
    lawyer = await (await Register.within(tx, legal_today())).lawyer(lawyer_id)
    demand(principal, Action.READ_ID_NUMBER_VIEWS, lawyer.region)
    after = decode_cursor(cursor, "id-number-views", int)
    rows = await IdNumberViews(tx.session).of(lawyer_id, limit=limit + 1, after=None if after is None else after[0])
    return Page[IdNumberLookView].of(
        rows,
        limit=limit,
        item=IdNumberLookView.of,
        cursor=lambda row: encode_cursor("id-number-views", row.ordinal),
    )
