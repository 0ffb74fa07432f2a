"""设立 of a firm or branch."""

from datetime import date
from typing import Any
from uuid import uuid4

from contracts.registry_events import FirmEstablished, FirmKind

from registry_api.register.counties import check_county
from registry_api.register.firm import Firm, FirmPeriod
from registry_api.register.parents import check_parent
from registry_api.register.refusals import Refused, check_day
from registry_api.register.standing import Standing


def establish_firm(
    *,
    credit_code: str,
    name: str,
    kind: FirmKind,
    region: str,
    from_on: date,
    today: date,
    parent: Firm | None = None,
    parent_credit_code: str | None = None,
    address: str | None = None,
    county: str | None = None,
    in_legal_district: bool = False,
    **details: Any,
) -> tuple[Firm, FirmEstablished]:
    """设立, or entry by import; `details` by the names of DETAILS."""
    check_day(from_on, today, field="established_on")
    check_county(county, region)
    check_parent(kind, parent, parent_credit_code)
    if parent is not None and parent.standing_on(from_on) is Standing.SUSPENDED:
        raise Refused(
            "firm-suspended",
            "停业整顿期间不得设立分所",
            "a suspended firm may not open branches",
            field="parent_firm_id",
        )
    parent_id = parent.firm_id if parent is not None else None
    firm = Firm(
        firm_id=uuid4(),
        credit_code=credit_code,
        name=name,
        periods=(
            FirmPeriod(uuid4(), kind, region, parent_id, from_on, county=county, in_legal_district=in_legal_district),
        ),
        parent_credit_code=parent_credit_code if parent is None else None,
        address=address,
        **details,
    )
    return firm, FirmEstablished(
        version=1,
        region=region,
        firm_id=firm.firm_id,
        period_id=firm.period.period_id,
        kind=kind,
        parent_firm_id=parent_id,
        county=county,
        in_legal_district=in_legal_district,
        outside_parent=firm.outside_parent,
        from_on=from_on,
    )
