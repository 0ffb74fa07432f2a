"""The list of firms as of another day, or as recorded by another instant."""

from typing import Literal, NamedTuple
from uuid import UUID

from common.auth import Principal
from common.database import Tx
from common.http.paging import decode_cursor, encode_cursor
from contracts.registry_events import FirmKind

from registry_api.firms.store import Firms
from registry_api.firms.views import FirmLineView
from registry_api.register.firm import Firm
from registry_api.register.past import Then, search_past
from registry_api.register.store import Register
from registry_api.register.store_history import practising_at
from registry_api.register.times import Asked, PageOnDay

_KIND = "firms-then"


class Wanted(NamedTuple):
    name: str | None
    region: str | None
    kind: FirmKind | None
    status: Literal["active", "ended"] | None
    credit_code: str | None

    def matches(self, then: Then[Firm]) -> bool:
        firm = then.state
        return (
            (self.name is None or firm.name.startswith(self.name))
            and self.region in (None, firm.region)
            and self.kind in (None, firm.kind)
            and (self.status is None or firm.ended == (self.status == "ended"))
            and self.credit_code in (None, firm.credit_code)
        )


async def page_of_the_past(
    tx: Tx, principal: Principal, question: Asked, wanted: Wanted, *, limit: int, cursor: str | None
) -> PageOnDay[FirmLineView]:
    after = decode_cursor(cursor, _KIND, UUID)
    firms, register = Firms(tx.session), await Register.within(tx, question.today)
    connection = await tx.raw()
    found = await search_past(
        connection,
        principal,
        question,
        candidates=lambda last, most: firms.ever(
            last,
            most,
            name=wanted.name,
            region=wanted.region,
            kind=None if wanted.kind is None else wanted.kind.value,
            credit_code=wanted.credit_code,
        ),
        load=lambda ids: register.firms(ids, lock=""),
        wanted=wanted.matches,
        limit=limit,
        after=None if after is None else after[0],
    )
    ids = [then.state.firm_id for then in found.items]
    practising = await practising_at(connection, ids, question.as_of, question.position)
    return PageOnDay[FirmLineView](
        items=[FirmLineView.then(then, practising=practising[then.state.firm_id]) for then in found.items],
        next_cursor=None if found.next_after is None else encode_cursor(_KIND, str(found.next_after)),
        times=question.times,
    )
