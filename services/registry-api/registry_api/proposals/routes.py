"""HTTP in and out for proposals."""

from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal, Principal, forbidden
from common.http import RequestModel, Router, Transaction
from common.http.etag import IfMatch, etag_of_version
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts import legal_day
from fastapi import Query, Request, Response
from pydantic import Field

from registry_api.cases.change import Changes
from registry_api.cases.competence import ChangeKind, may_decide
from registry_api.cases.proposing import organ_of
from registry_api.cases.store import ProposalRow, Proposals
from registry_api.cases.views import ApprovedView, ProposalState, ProposalView
from registry_api.permissions import Action, demand
from registry_api.proposals import use_cases
from registry_api.proposals.domain import RejectionCode
from registry_api.proposals.store import ProposalList
from registry_api.register.conditional import entity_response, require_version
from registry_api.register.fields import ListRegion
from registry_api.register.refusals import NotFound
from registry_api.register.scope import visible_region

router = Router(prefix="/v1", tags=["提案 Proposals"])


class RejectProposal(RequestModel):
    code: RejectionCode
    text: str | None = Field(default=None, min_length=1, max_length=1000)


@router.get("/proposals", summary="查询提案 Search proposals")
async def get_proposals(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    state: ProposalState | None = None,
    region: Annotated[
        ListRegion | None,
        Query(description="涉及两个以上地区的为 410000 / 410000: those of more than one region."),
    ] = None,
    kind: ChangeKind | None = None,
    subject_id: Annotated[UUID | None, Query(description="firm_id 或 lawyer_id / of a firm or lawyer")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ProposalView]:
    region = visible_region(principal, Action.READ_PROPOSALS, region)
    after = decode_cursor(cursor, "proposals", int)
    rows = await ProposalList(tx.session).search(
        limit=limit + 1,
        after=None if after is None else after[0],
        state=state,
        region=region,
        kind=None if kind is None else kind.value,
        subject_id=subject_id,
    )
    return Page[ProposalView].of(
        rows, limit=limit, item=ProposalView.of, cursor=lambda row: encode_cursor("proposals", row.ordinal)
    )


@router.get("/proposals/{proposal_id}", summary="提案 A proposal", response_model=ProposalView)
async def get_proposal(request: Request, proposal_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    row = await Proposals(tx.session).get(proposal_id) or _none()
    demand(principal, Action.READ_PROPOSALS, row.region)
    return entity_response(request, ProposalView.of(row), row.version)


@router.post("/proposals/{proposal_id}/approve", summary="批准并办理 Approve and carry out")
async def post_approval(
    *,
    request: Request,
    proposal_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> ApprovedView:
    row = await _locked(tx, principal, proposal_id, if_match)
    changes: Changes = request.app.state.changes
    kind = ChangeKind(row.kind)
    done = await use_cases.approve(
        row,
        changes[kind],
        tx=tx,
        sealer=request.app.state.sealer,
        acting=principal.subject,
        organ=organ_of(principal),
        now=legal_day.instant(),
        today=legal_day.legal_today(),
        competent=lambda region: _demand_decision(principal, kind, region),
    )
    response.headers["ETag"] = etag_of_version(row.version)
    return ApprovedView.with_result(row, done.view)


@router.post("/proposals/{proposal_id}/reject", summary="退回 Reject")
async def post_rejection(
    *,
    proposal_id: UUID,
    body: RejectProposal,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> ProposalView:
    row = await _locked(tx, principal, proposal_id, if_match)
    use_cases.reject(
        row,
        code=body.code,
        text=body.text,
        acting=principal.subject,
        organ=organ_of(principal),
        now=legal_day.instant(),
    )
    response.headers["ETag"] = etag_of_version(row.version)
    return ProposalView.of(row)


@router.post("/proposals/{proposal_id}/withdraw", summary="撤回 Withdraw")
async def post_withdrawal(
    *,
    proposal_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> ProposalView:
    row = await Proposals(tx.session).get_for_update(proposal_id) or _none()
    demand(principal, Action.PROPOSE, row.region)
    if if_match is not None:
        require_version(if_match, row.version)
    use_cases.withdraw(row, acting=principal.subject, organ=organ_of(principal), now=legal_day.instant())
    response.headers["ETag"] = etag_of_version(row.version)
    return ProposalView.of(row)


async def _locked(tx: Transaction, principal: Principal, proposal_id: UUID, if_match: str | None) -> ProposalRow:
    """For whoever may decide it."""
    row = await Proposals(tx.session).get_for_update(proposal_id) or _none()
    _demand_decision(principal, ChangeKind(row.kind), row.region)
    if if_match is not None:
        require_version(if_match, row.version)
    return row


def _demand_decision(principal: Principal, kind: ChangeKind, region: str) -> None:
    if not may_decide(principal, kind, region):
        raise forbidden(principal, f"{Action.DECIDE.value}/{kind.value}", region)


def _none() -> ProposalRow:
    raise NotFound("提案", "proposal")
