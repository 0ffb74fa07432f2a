"""HTTP of linkages, for officers of associations and of justice organs."""

from datetime import date
from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.clock import now_of, today_of
from common.http import Router, Transaction
from common.http.etag import IfMatch, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.discipline_events import Penalty
from fastapi import Query, Response
from starlette.requests import Request

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.linkages.domain import Linkage
from discipline_api.linkages.store import SqlLinkages
from discipline_api.linkages.use_cases import undo_by_decision
from discipline_api.linkages.views import LinkageLine, LinkageView, UndoLinkage
from discipline_api.permissions import Action, demand, demand_any, visible

router = Router(prefix="/v1", tags=["联动 Linkages"])
_NO_STORE = {"Cache-Control": "no-store"}
_Region = Annotated[str | None, Query(pattern=r"^41\d{4}$")]


@router.get("/linkages", summary="处罚与会员资格联动 Consequences of penalties for membership")
async def get_linkages(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    region: _Region = None,
    consequence: Penalty | None = None,
    in_force: Annotated[bool, Query(description="仅今日生效中的 / only those in force today")] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[LinkageLine]:
    """Nobody is named here; the single linkage tells whom it is about, and the look is audited."""
    today = today_of(request)
    before = decode_cursor(cursor, "linkages", date, UUID)
    found = await SqlLinkages(tx).search(
        visible(principal, Action.READ_LINKAGES),
        region=region,
        consequence=consequence,
        in_force_on=today if in_force else None,
        before=before,
        limit=limit + 1,
    )
    response.headers.update(_NO_STORE)
    return Page[LinkageLine].of(
        [explained.linkage for explained in found],
        limit=limit,
        item=lambda linkage: LinkageLine.line(linkage, today),
        cursor=lambda linkage: encode_cursor("linkages", linkage.from_on, linkage.linkage_id),
    )


@router.get("/linkages/{linkage_id}", summary="一条联动及其依据 A linkage, explained")
async def get_linkage(
    request: Request, linkage_id: UUID, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> LinkageView:
    demand_any(principal, Action.READ_LINKAGES)
    explained = await SqlLinkages(tx).get(linkage_id)
    _demand_for(principal, Action.READ_LINKAGES, explained.linkage)
    await append(tx, Entry.by(principal, Action.READ_LINKAGES.value, "linkage", linkage_id, at=now_of(request)))
    response.headers.update(_NO_STORE | {"ETag": etag_of_version(explained.linkage.version)})
    return LinkageView.of(explained, today_of(request))


@router.post("/linkages/{linkage_id}/undo", summary="律师协会决定解除 Undo by the association's decision")
async def post_undo(
    *,
    request: Request,
    linkage_id: UUID,
    body: UndoLinkage,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> LinkageLine:
    """The penalty itself stands: it is another organ's."""
    demand_any(principal, Action.UNDO_LINKAGE)
    linkages, today = SqlLinkages(tx), today_of(request)
    locked = await linkages.get_for_update(linkage_id)
    _demand_for(principal, Action.UNDO_LINKAGE, locked)
    require_match(if_match, etag_of_version(locked.version))
    undone = await undo_by_decision(
        linkages,
        tx.outbox,
        locked,
        on=today,
        document_number=body.document_number,
        reason=body.reason,
        by=principal.subject,
    )
    await append(tx, Entry.by(principal, Action.UNDO_LINKAGE.value, "linkage", linkage_id, at=now_of(request)))
    response.headers.update(_NO_STORE | {"ETag": etag_of_version(undone.version)})
    return LinkageLine.line(undone, today)


def _demand_for(principal: Principal, action: Action, linkage: Linkage) -> None:
    demand(principal, action, linkage.keeper, linkage.region, "")
