"""HTTP out: timelines of lawyers and firms."""

from datetime import date
from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.http import Router, Transaction
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from contracts.entitlements import REGISTRY, may_read_feed
from fastapi import Request, Response

from registry_api.register.conditional import entity_response
from registry_api.register.history import Entity
from registry_api.register.reading import SeenHistory
from registry_api.register.times import AsOf, RecordedAsOf
from registry_api.timeline.store import Timelines
from registry_api.timeline.use_cases import facts_of, page_of
from registry_api.timeline.views import ChangeView, FactVersionView, Timeline

router = Router(prefix="/v1", tags=["沿革 Timelines"])


@router.get("/lawyers/{lawyer_id}/timeline", summary="律师登记沿革 Timeline of a lawyer", response_model=Timeline)
async def get_lawyer_timeline(
    *,
    request: Request,
    lawyer_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    as_of: AsOf = None,
    recorded_as_of: RecordedAsOf = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    seen = await Timelines(tx, principal, as_of, recorded_as_of).lawyer(lawyer_id)
    return _answer(
        request, principal=principal, entity_id=lawyer_id, seen=seen, as_of=as_of, limit=limit, cursor=cursor
    )


@router.get("/firms/{firm_id}/timeline", summary="律师事务所登记沿革 Timeline of a firm", response_model=Timeline)
async def get_firm_timeline(
    *,
    request: Request,
    firm_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    as_of: AsOf = None,
    recorded_as_of: RecordedAsOf = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    seen = await Timelines(tx, principal, as_of, recorded_as_of).firm(firm_id)
    return _answer(request, principal=principal, entity_id=firm_id, seen=seen, as_of=as_of, limit=limit, cursor=cursor)


def _answer(
    request: Request,
    *,
    principal: Principal,
    entity_id: UUID,
    seen: SeenHistory[Entity],
    as_of: date | None,
    limit: int,
    cursor: str | None,
) -> Response:
    kind = f"timeline:{entity_id}"
    after = decode_cursor(cursor, kind, int)
    found = page_of(seen, after=0 if after is None else after[0], limit=limit, until_as_of=as_of is not None)
    shown = found[:limit]
    facts = facts_of(seen, until_as_of=as_of is not None)
    positions = may_read_feed(principal, REGISTRY)
    view = Timeline(
        id=entity_id,
        items=[ChangeView.of(change, entitled=facts is not None, positions=positions) for change in shown],
        next_cursor=encode_cursor(kind, shown[-1].version) if len(found) > limit else None,
        standing=None if facts is None else [FactVersionView.of(fact, positions=positions) for fact in facts],
        times=seen.asked.times,
    )
    return entity_response(request, view, seen.history.latest.version)
