"""Rows of the tables as entities, and entities as rows; the order of the values is that of the columns."""

from typing import Any
from uuid import UUID

import asyncpg
from contracts.registry_events import FirmKind

from registry_api.register.firm import Firm, FirmPeriod
from registry_api.register.lawyer import Lawyer, Place, Practice

LAWYER_COLUMNS = (
    "lawyer_id", "name", "licence_number", "serial", "first_licensed_on", "licensed", "current_practice_id",
    "id_sealed", "id_digest", "version",
)  # fmt: skip
PRACTICE_COLUMNS = (
    "practice_id", "lawyer_id", "ordinal", "firm_id", "institution", "region", "category", "from_on", "to_on",
    "end_ground",
)  # fmt: skip
FIRM_COLUMNS = (
    "firm_id", "credit_code", "name", "parent_credit_code", "address", "merged_into", "version", "current_period_id",
)  # fmt: skip
PERIOD_COLUMNS = (
    "period_id", "firm_id", "ordinal", "kind", "region", "parent_firm_id", "from_on", "to_on", "end_ground",
)  # fmt: skip


def practice_of(row: asyncpg.Record) -> Practice:
    return Practice(
        practice_id=row["practice_id"],
        place=Place(row["region"], row["firm_id"], row["institution"]),
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
    )


def practice_values(lawyer_id: UUID, ordinal: int, p: Practice) -> tuple[Any, ...]:
    place = p.place
    return (
        p.practice_id, lawyer_id, ordinal, place.firm_id, place.institution, place.region, p.category, p.from_on,
        p.to_on, p.end_ground,
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
    )


def period_values(firm_id: UUID, ordinal: int, p: FirmPeriod) -> tuple[Any, ...]:
    return (
        p.period_id, firm_id, ordinal, p.kind.value, p.region, p.parent_firm_id, p.from_on, p.to_on, p.end_ground,
    )  # fmt: skip
