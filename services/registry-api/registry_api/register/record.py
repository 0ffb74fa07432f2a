"""The record of a lawyer or firm as files and `/v1/changes` show it: one dict, always the same keys in the same order.

A record is a function of the entity's own state alone, so that a file and the changes after it make the same bytes as
a later file. Hence other entities stand in it by id (a renamed firm changes its own record, not those of its lawyers),
and standing never does: it is no version of the entity, begins and ends by itself, and is asked for by day.
"""

from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson

from registry_api.register.firm import Firm
from registry_api.register.lawyer import Lawyer
from registry_api.register.public import in_public_register

RECORD_SCHEMA: Final = 1
"""Raised when a key is added, renamed or leaves; files and changes name it."""

Record = dict[str, Any]


def internal_record(entity: Lawyer | Firm) -> Record:
    """For officers. The ID number is in no state; the ground of an end may tell of a sanction and is left out."""
    return _lawyer(entity) if isinstance(entity, Lawyer) else _firm(entity)


def public_record(entity: Lawyer | Firm) -> Record | None:
    """None where the public does not see this lawyer or firm: not licensed (any more), or of a closed category."""
    if not in_public_files(entity):
        return None
    full = internal_record(entity)
    return {key: full[key] for key in (_PUBLIC_LAWYER if isinstance(entity, Lawyer) else _PUBLIC_FIRM)}


def in_public_files(entity: Lawyer | Firm) -> bool:
    if isinstance(entity, Firm):
        return not entity.ended
    return entity.licensed and in_public_register(entity) and not merged_away(entity)


def merged_away(entity: Lawyer | Firm) -> bool:
    """A person found to be registered twice; an absorbed firm keeps its record, for it did exist."""
    return isinstance(entity, Lawyer) and entity.merged_into is not None


def tombstone(kind: str, entity_id: UUID, version: int, *, since: date | None, reason: str) -> Record:
    """What is left for a reader who may not see the record (any more): dated, nameless."""
    return {
        "kind": kind,
        "id": str(entity_id),
        "version": version,
        "gone": True,
        "since": _day(since),
        "reason": reason,
    }


def record_bytes(record: Record) -> bytes:
    """One line of a file: UTF-8 JSON without spaces, keys in the record's order."""
    return orjson.dumps(record)


def _lawyer(lawyer: Lawyer) -> Record:
    practice = lawyer.practice
    place = practice.place
    return {
        "kind": "lawyer",
        "id": str(lawyer.lawyer_id),
        "version": lawyer.version,
        "name": lawyer.name,
        "licence_number": lawyer.licence_number,
        "category": practice.category,
        "firm_id": _id(place.firm_id),
        "institution": place.institution,
        "region": place.region,
        "county": place.county,
        "first_licensed_on": _day(lawyer.first_licensed_on),
        "practising_from": _day(practice.from_on),
        "licensed": lawyer.licensed,
        "ended_on": _day(practice.to_on),
        "specialities": [str(code) for code in lawyer.specialities],
    }


_PUBLIC_LAWYER = (
    "kind", "id", "version", "name", "licence_number", "category", "firm_id", "region", "first_licensed_on",
    "licensed", "specialities",
)  # fmt: skip


def _firm(firm: Firm) -> Record:
    period = firm.period
    return {
        "kind": "firm",
        "id": str(firm.firm_id),
        "version": firm.version,
        "credit_code": firm.credit_code,
        "name": firm.name,
        "firm_kind": period.kind.value,
        "region": period.region,
        "county": period.county,
        "in_legal_district": period.in_legal_district,
        "parent_firm_id": _id(period.parent_firm_id),
        "parent_credit_code": firm.parent_credit_code,
        "address": firm.address,
        "established_on": _day(firm.established_on),
        "head_id": _id(firm.head_id),
        "partner_ids": [str(partner) for partner in firm.partner_ids],
        "capital_yuan": firm.capital_yuan,
        "supervising_organ": firm.supervising_organ,
        "active": not firm.ended,
        "ended_on": _day(period.to_on),
        "merged_into": _id(firm.merged_into),
    }


_PUBLIC_FIRM = (
    "kind", "id", "version", "credit_code", "name", "firm_kind", "region", "county", "in_legal_district",
    "parent_firm_id", "parent_credit_code", "address", "established_on", "head_id", "active",
)  # fmt: skip


def _id(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()
