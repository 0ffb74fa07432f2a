"""Rows of the tables as entities, and entities as rows; the order of the values is that of the columns."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import orjson
from contracts.registry_events import FirmKind

from registry_api.register.firm import Firm, FirmPeriod
from registry_api.register.lawyer import Lawyer, SealedIdCard
from registry_api.register.partners import special_partners_of
from registry_api.register.practice import Place, Practice
from registry_api.register.standing import StandingFact

_Interval = TypeVar("_Interval", Practice, FirmPeriod)

LAWYER_COLUMNS = (
    "lawyer_id", "name", "licence_number", "serial", "first_licensed_on", "licensed", "current_practice_id",
    "id_sealed", "id_digest", "version", "merged_into", "specialities",
)  # fmt: skip
PRACTICE_COLUMNS = (
    "practice_id", "lawyer_id", "ordinal", "firm_id", "institution", "region", "category", "from_on", "to_on",
    "end_ground", "county",
)  # fmt: skip
FIRM_COLUMNS = (
    "firm_id", "credit_code", "name", "parent_credit_code", "address", "merged_into", "version", "current_period_id",
    "capital_yuan", "head_id", "supervising_organ", "charter_on", "special_partners",
    "partner_ids",
)  # fmt: skip
PERIOD_COLUMNS = (
    "period_id", "firm_id", "ordinal", "kind", "region", "parent_firm_id", "from_on", "to_on", "end_ground", "county",
    "in_legal_district",
)  # fmt: skip


def practice_of(row: asyncpg.Record) -> Practice:
    return Practice(
        practice_id=row["practice_id"],
        place=Place(row["region"], row["firm_id"], row["institution"], row["county"]),
        category=row["category"],
        from_on=row["from_on"],
        to_on=row["to_on"],
        end_ground=row["end_ground"],
    )


def period_of(row: asyncpg.Record) -> FirmPeriod:
    return FirmPeriod(
        period_id=row["period_id"],
        kind=FirmKind(row["kind"]),
        region=row["region"],
        parent_firm_id=row["parent_firm_id"],
        from_on=row["from_on"],
        to_on=row["to_on"],
        end_ground=row["end_ground"],
        county=row["county"],
        in_legal_district=row["in_legal_district"],
    )


def lawyer_of(row: asyncpg.Record, practices: Sequence[Practice], facts: Sequence[StandingFact]) -> Lawyer:
    return Lawyer(
        lawyer_id=row["lawyer_id"],
        name=row["name"],
        licence_number=row["licence_number"],
        first_licensed_on=row["first_licensed_on"],
        practices=tuple(practices),
        facts=tuple(facts),
        id_card=None if row["id_sealed"] is None else SealedIdCard(row["id_sealed"], row["id_digest"]),
        specialities=tuple(row["specialities"]),
        merged_into=row["merged_into"],
        version=row["version"],
    )


def firm_of(row: asyncpg.Record, periods: Sequence[FirmPeriod], facts: Sequence[StandingFact]) -> Firm:
    return Firm(
        firm_id=row["firm_id"],
        credit_code=row["credit_code"],
        name=row["name"],
        periods=tuple(periods),
        parent_credit_code=row["parent_credit_code"],
        address=row["address"],
        merged_into=row["merged_into"],
        capital_yuan=row["capital_yuan"],
        head_id=row["head_id"],
        supervising_organ=row["supervising_organ"],
        charter_on=row["charter_on"],
        partner_ids=tuple(row["partner_ids"]),
        special_partners=special_partners_of(row["special_partners"]),
        facts=tuple(facts),
        version=row["version"],
    )


def lawyer_values(lawyer: Lawyer) -> tuple[Any, ...]:
    card = lawyer.id_card
    return (
        lawyer.lawyer_id,
        lawyer.name,
        lawyer.licence_number,
        lawyer.serial,
        lawyer.first_licensed_on,
        lawyer.licensed,
        lawyer.practice.practice_id,
        None if card is None else card.sealed,
        None if card is None else card.digest,
        lawyer.version,
        lawyer.merged_into,
        lawyer.specialities,
    )


def practice_values(lawyer_id: UUID, ordinal: int, p: Practice) -> tuple[Any, ...]:
    place = p.place
    return (
        p.practice_id, lawyer_id, ordinal, place.firm_id, place.institution, place.region, p.category, p.from_on,
        p.to_on, p.end_ground, place.county,
    )  # fmt: skip


def firm_values(firm: Firm) -> tuple[Any, ...]:
    return (
        firm.firm_id,
        firm.credit_code,
        firm.name,
        firm.parent_credit_code,
        firm.address,
        firm.merged_into,
        firm.version,
        firm.period.period_id,
        firm.capital_yuan,
        firm.head_id,
        firm.supervising_organ,
        firm.charter_on,
        orjson.dumps(firm.special_partners).decode(),
        firm.partner_ids,
    )


def period_values(firm_id: UUID, ordinal: int, p: FirmPeriod) -> tuple[Any, ...]:
    return (
        p.period_id, firm_id, ordinal, p.kind.value, p.region, p.parent_firm_id, p.from_on, p.to_on, p.end_ground,
        p.county, p.in_legal_district,
    )  # fmt: skip


def changed_last(before: Sequence[_Interval], after: Sequence[_Interval]) -> Iterator[tuple[int, _Interval]]:
    """The interval that was current, with its place, if a change closed or corrected it: no other can have changed."""
    last = len(before) - 1
    if before[last] != after[last]:
        yield last, after[last]
