"""Where a matter would go and when an answer would be due, told before anything is filed (RR02 to RR04, RR13, RR14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.rights_proceedings import rights_clocks
from contracts.rights_taxonomy import ComplaintKind
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.cases.deadlines import FAST_LANE, rule_of
from rights_api.cases.routing import FilingRefused, Matter, Route, check, route
from rights_api.clocks.domain import Dating, Why, date_of
from rights_api.clocks.store import calendar_of
from rights_api.organs import Organ, association_of


@dataclass(frozen=True, slots=True)
class Explained:
    kind: ComplaintKind
    is_open: bool
    goes_to: Route
    organ: Organ | None
    fast_lane: bool
    due: tuple[tuple[str, Dating], ...]


async def explain(session: AsyncSession, matters: Sequence[Matter], now: datetime) -> list[Explained]:
    calendar = await calendar_of(session)
    told = []
    for matter in matters:
        try:
            check(matter)
        except FilingRefused as refused:
            closed = Route(refused.zh, refused.en, refused.code)
            told.append(Explained(matter.kind, False, closed, None, matter.fast_lane, ()))
            continue
        petition = matter.kind is ComplaintKind.PETITION
        names = ("triage", *(FAST_LANE if matter.fast_lane else ()), "handling")
        due = tuple(
            (name, date_of(Why.BEGAN, rule_of(rights_clocks()[name], petition=petition), now, calendar))
            for name in names
        )
        organ = association_of(matter.owner_region)
        told.append(Explained(matter.kind, True, route(matter), organ, matter.fast_lane, due))
    return told
