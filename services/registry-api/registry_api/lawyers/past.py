"""The list of lawyers as of another day, or as recorded by another instant."""

from typing import NamedTuple
from uuid import UUID

from common.auth import Principal
from common.database import Tx
from common.http.paging import decode_cursor, encode_cursor

from registry_api.lawyers.store import Lawyers
from registry_api.lawyers.views import LawyerLineView
from registry_api.register.lawyer import Lawyer
from registry_api.register.past import Then, firm_names, search_past
from registry_api.register.standing import Standing
from registry_api.register.store import Register
from registry_api.register.times import Asked, PageOnDay

_KIND = "lawyers-then"


class Wanted(NamedTuple):
    """What was asked for; a firm's name is the one it has now."""

    name: str | None
    firm_id: UUID | None
    firm: str | None
    region: str | None
    category: int | None
    status: Standing | None
    licence_number: str | None

    def matches(self, then: Then[Lawyer], firm_ids: set[UUID] | None) -> bool:
        lawyer, place = then.state, then.state.practice.place
        return (
            lawyer.merged_into is None
            and (self.name is None or lawyer.name.startswith(self.name))
            and self.firm_id in (None, place.firm_id)
            and (firm_ids is None or place.firm_id in firm_ids)
            and self.region in (None, lawyer.region)
            and self.category in (None, lawyer.practice.category)
            and self.status in (None, then.shown.standing)
        )


async def page_of_the_past(
    tx: Tx, principal: Principal, question: Asked, wanted: Wanted, *, limit: int, cursor: str | None
) -> PageOnDay[LawyerLineView]:
    after = decode_cursor(cursor, _KIND, UUID)
    lawyers, register = Lawyers(tx.session), await Register.within(tx, question.today)
    firm_ids = None if wanted.firm is None else await lawyers.firms_named(wanted.firm)
    found = await search_past(
        await tx.raw(),
        principal,
        question,
        candidates=lambda last, most: lawyers.ever(
            last,
            most,
            name=wanted.name,
            firm_id=wanted.firm_id,
            firm_name=wanted.firm,
            region=wanted.region,
            category=wanted.category,
            licence_number=wanted.licence_number,
        ),
        load=lambda ids: register.lawyers(ids, lock=False),
        wanted=lambda then: wanted.matches(then, firm_ids),
        limit=limit,
        after=None if after is None else after[0],
    )
    at = [firm_id for then in found.items if (firm_id := then.state.practice.place.firm_id) is not None]
    names = await firm_names(await tx.raw(), register, at, question.as_of, question.position)
    return PageOnDay[LawyerLineView](
        items=[LawyerLineView.then(then, names) for then in found.items],
        next_cursor=None if found.next_after is None else encode_cursor(_KIND, str(found.next_after)),
        times=question.times,
    )
