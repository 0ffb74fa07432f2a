"""What an import comes to: counts, findings, changes; and what an officer has approved of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias, TypeVar
from uuid import UUID

from common.auth import Principal
from common.events import Event
from contracts.counties import COUNTIES
from contracts.identifiers import LicenceCategory
from contracts.regions import REGIONS

from registry_api.register.firm import KIND_ZH, Firm
from registry_api.register.lawyer import Lawyer
from registry_api.register.refusals import Refused
from registry_api.sheets.cells import Finding, Line, Severity, column_and_value
from registry_api.sheets.columns import Kind

_Row = TypeVar("_Row")
Read: TypeAlias = tuple[Line, _Row | None, list[Finding]]
"""A row, what it says if it can be read, and what was found on the way."""

Field: TypeAlias = list[str | None]
"""Name of a field, before, after: as it is kept and compared."""

Facts: TypeAlias = Mapping[str, str | None]


class Phase(StrEnum):
    """A file is first checked, and applied once another officer has approved."""

    CHECK = "check"
    APPLY = "apply"


class Class(StrEnum):
    """What a row, or the lack of one, would do."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"
    CONFLICTING = "conflicting"


@dataclass(frozen=True, slots=True)
class Terms:
    """Of one import: on which day changes without a day of their own take effect, and whose rows it may hold."""

    effective_on: date
    region: str
    import_id: UUID | None = None

    def covers(self, region: str) -> bool:
        return Principal(subject="import", region=self.region).covers(region)


@dataclass(slots=True)
class Tally:
    """`errors` counts conflicts too."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: int = 0
    warnings: int = 0
    conflicts: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the diff; `identity` is the licence number or credit code."""

    row_number: int
    cls: Class
    entity_id: UUID | None
    identity: str
    name: str
    fields: list[Field]


@dataclass(frozen=True, slots=True)
class Review:
    """How a chunk is looked at: `diff` for the officer who will decide, `approved` what he has seen, by row.

    Without either it is applied as it stands: the daily export of the licensing system.
    """

    diff: bool = False
    approved: Mapping[int, list[Field]] | None = None

    @property
    def needs_fields(self) -> bool:
        return self.diff or self.approved is not None


@dataclass(slots=True)
class Plan:
    """What a chunk comes to."""

    tally: Tally = field(default_factory=Tally)
    findings: list[Finding] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    lawyers: list[tuple[Lawyer | None, Lawyer]] = field(default_factory=list)
    firms: list[tuple[Firm | None, Firm]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    seen: set[UUID] = field(default_factory=set)

    def found(self, findings: Iterable[Finding], *, refused: bool, conflict: bool = False) -> None:
        found = list(findings)
        self.findings.extend(found)
        if refused:
            self.tally.errors += 1
            self.tally.conflicts += conflict
        elif found:
            self.tally.warnings += 1

    def reviewed(self, change: Change, review: Review) -> bool:
        """Shown to the officer who will decide, or compared with what he has approved: False where it is not that."""
        if review.approved is not None:
            return review.approved.get(change.row_number) == change.fields
        self.changes.append(change)
        return True

    def counted(self, before: object, events: Sequence[Event]) -> bool:
        """Whether there is anything to do."""
        if not events:
            self.tally.unchanged += 1
        elif before is None:
            self.tally.created += 1
        else:
            self.tally.changed += 1
        return bool(events)


_ABOUT_THE_ROW = frozenset({"row-duplicate", "region-of-others", "firm-unknown", "firm-ambiguous", "parent-unknown"})


def contradicts(error: Refused, *, known: bool) -> bool:
    """Whether the register says otherwise, so that an officer must look at both; else the row itself is at fault."""
    return error.code in {"serial-taken", "id-number-taken"} or (known and error.code not in _ABOUT_THE_ROW)


def differences(before: Facts | None, after: Facts) -> list[Field]:
    """Field by field; all fields of somebody new."""
    return [
        [name, None if before is None else before.get(name), value]
        for name, value in after.items()
        if (before.get(name) if before is not None else None) != value
    ]


def facts_of_lawyer(lawyer: Lawyer, firms: Mapping[UUID, Firm]) -> Facts:
    """As the diff shows them. That there is an ID number is shown, never the number."""
    practice = lawyer.practice
    firm = None if practice.place.firm_id is None else firms.get(practice.place.firm_id)
    return {
        "name": lawyer.name,
        "licence_number": lawyer.licence_number,
        "category": LicenceCategory(practice.category).zh,
        "institution": practice.place.institution if firm is None else named(firm.name, firm.credit_code),
        "region": REGIONS[practice.place.region].name_zh,
        "county": county_name(practice.place.county),
        "specialities": "、".join(lawyer.specialities) or None,
        "first_licensed_on": lawyer.first_licensed_on.isoformat(),
        "licence": "有效 held" if lawyer.licensed else "已注销 ended",
        "id_number": None if lawyer.id_card is None else "***",
    }


def facts_of_firm(firm: Firm, parent: Firm | None, head: Lawyer | None) -> Facts:
    period = firm.period
    return {
        "name": firm.name,
        "credit_code": firm.credit_code,
        "kind": KIND_ZH[firm.kind],
        "region": REGIONS[firm.region].name_zh,
        "established_on": firm.established_on.isoformat(),
        "parent": firm.parent_credit_code if parent is None else named(parent.name, parent.credit_code),
        "address": firm.address,
        "county": county_name(period.county),
        "in_legal_district": "是 yes" if period.in_legal_district else "否 no",
        "supervising_organ": firm.supervising_organ,
        "capital_yuan": None if firm.capital_yuan is None else str(firm.capital_yuan),
        "charter_on": None if firm.charter_on is None else firm.charter_on.isoformat(),
        "head": None if head is None else named(head.name, head.licence_number),
        "licence": "已终止 ended" if firm.ended else "有效 held",
    }


def county_name(code: str | None) -> str | None:
    return None if code is None else COUNTIES[code].name_zh


def named(name: str, code: str | None) -> str:
    return name if code is None else f"{name} {code}"


def duplicate(line: Line) -> Refused:
    return Refused(
        "row-duplicate", f"与第{line.duplicate_of}行重复", f"repeats row {line.duplicate_of}", field="licence_number"
    )


def region_of_others() -> Refused:
    return Refused("region-of-others", "不属于本机关管辖的地区", "is not a region of your organ", field="region")


def error_finding(kind: Kind, line: Line, error: Refused) -> Finding:
    title, value = column_and_value(kind, line, error.field)
    return Finding(line.row_number, Severity.ERROR, title, value, error.zh, error.en)


def warning_finding(kind: Kind, line: Line, field_name: str, zh: str, en: str) -> Finding:
    title, value = column_and_value(kind, line, field_name)
    return Finding(line.row_number, Severity.WARNING, title, value, zh, en)


def not_as_approved(line: Line) -> Finding:
    return Finding(
        line.row_number,
        Severity.ERROR,
        None,
        None,
        "登记在核对之后已变化，本行的变更与审批时所见不同，未处理",
        "the register has changed since the check: this row would not do what was approved, and was left aside",
    )
