"""The public row of a lawyer: bytes rendered at write time, and the instant until which they are true."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson
from contracts.assessment import Grade
from contracts.identifiers import LicenceCategory
from contracts.legal_day import midnight
from contracts.public_register import PUBLIC_CATEGORIES
from contracts.regions import REGIONS

from registry_api.register.disclosure import disclose
from registry_api.register.lawyer import Lawyer
from registry_api.register.standing import Standing, next_change_after
from registry_api.register.store_disclosures import NONE_DISCLOSED, Disclosed

STANDING_LABELS = {
    Standing.NOT_YET: ("尚未执业", "not yet licensed"),
    Standing.PRACTISING: ("执业", "practising"),
    Standing.SUSPENDED: ("停止执业", "suspended"),
    Standing.ENDED: ("已注销", "licence ended"),
    Standing.REVOKED: ("吊销", "licence revoked"),
}

CATEGORY_EN = {
    1: "full-time", 2: "part-time", 3: "Hong Kong resident", 4: "Macao resident", 5: "Taiwan resident",
    6: "government", 7: "company", 8: "legal aid",
}  # fmt: skip

_CATEGORIES = {
    code: {"code": code, "zh": LicenceCategory(code).zh, "en": CATEGORY_EN[code]} for code in PUBLIC_CATEGORIES
}
_REGIONS = {code: {"code": code, "zh": region.name_zh, "en": region.name_en} for code, region in REGIONS.items()}
_STANDINGS = {key: {"code": key.value, "zh": zh, "en": en} for key, (zh, en) in STANDING_LABELS.items()}
_GRADES = {grade: {"code": grade.value, "zh": grade.zh, "en": grade.en} for grade in Grade}


@dataclass(frozen=True, slots=True)
class FirmName:
    """What the public row says of the firm."""

    firm_id: UUID
    name: str
    credit_code: str


@dataclass(frozen=True, slots=True)
class Assessed:
    """The latest assessment that has been published (律师执业年度考核)."""

    year: int
    grade: Grade


@dataclass(frozen=True, slots=True)
class PublicRow:
    lawyer_id: UUID
    body: bytes
    etag: str
    valid_until: datetime | None


def on_a_day(number: str) -> dict[str, Any]:
    """The schema of what the public is told of another day; `number`: the name of what it was asked by."""
    return {
        "type": "object",
        "description": "给出 as_of 时 where as_of is given",
        "required": [number, "as_of", "licensed"],
        "properties": {
            number: {"type": "string"},
            "as_of": {"type": "string", "format": "date"},
            "licensed": {"type": "boolean"},
        },
        "additionalProperties": False,
    }


def in_public_register(lawyer: Lawyer) -> bool:
    """Lawyers of closed categories (public_register.yaml) are not shown, nor is a duplicate record of somebody."""
    return lawyer.merged_into is None and lawyer.practice.category in PUBLIC_CATEGORIES


def render(
    lawyer: Lawyer,
    firm: FirmName | None,
    today: date,
    *,
    assessed: Assessed | None = None,
    disclosed: Disclosed = NONE_DISCLOSED,
) -> PublicRow:
    """Name, number, category, firm, region, status, first licence, assessment, number of records on public display.

    Never a sanction's cause, nor that one will come.
    """
    practice = lawyer.practice
    change = next_change_after(today, lawyer.practices, lawyer.facts) if lawyer.facts else None
    shown = disclose(lawyer, today, today=today, entitled=False)
    body = orjson.dumps(
        {
            "name": lawyer.name,
            "licence_number": lawyer.licence_number,
            "category": _CATEGORIES[practice.category],
            "firm": None if firm is None else {"name": firm.name, "credit_code": firm.credit_code},
            "region": _REGIONS[practice.place.region],
            "status": _STANDINGS[shown.standing or lawyer.standing_on(today)],
            "first_licensed_on": lawyer.first_licensed_on,
            "assessment": assessment_view(assessed),
            "disclosures": disclosed.number,
        }
    )
    etag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    changes = [day for day in (change, disclosed.changes_on) if day is not None]
    return PublicRow(lawyer.lawyer_id, body, etag, midnight(min(changes)) if changes else None)


def assessment_view(assessed: Assessed | None) -> dict[str, Any] | None:
    return None if assessed is None else {"year": assessed.year, "grade": _GRADES[assessed.grade]}
