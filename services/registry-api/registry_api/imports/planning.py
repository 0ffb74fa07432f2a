"""What a row does to the register: nothing, something, or why not. Pure: no row of a chunk waits for the database."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias, TypeVar
from uuid import UUID

from common.auth import Principal
from common.events import Event

from registry_api.register.firm import Firm, FirmEndGround, establish_firm
from registry_api.register.lawyer import (
    FIRM_CATEGORIES,
    Lawyer,
    LicenceEndGround,
    Place,
    license_person,
)
from registry_api.register.refusals import Refused, check_day
from registry_api.sheets.cells import Finding, Line, Severity, column_and_value
from registry_api.sheets.columns import Kind
from registry_api.sheets.rows import FirmLine, LawyerLine, Status, read_firm, read_lawyer

_END_GROUND = {Status.ENDED: LicenceEndGround.OTHER, Status.REVOKED: LicenceEndGround.LICENCE_REVOKED}
_Row = TypeVar("_Row")
Read: TypeAlias = tuple[Line, _Row | None, list[Finding]]
"""A row, what it says if it can be read, and what was found on the way."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Of one import: on which day changes without a day of their own take effect, and whose rows it may hold."""

    effective_on: date
    region: str

    def covers(self, region: str) -> bool:
        return Principal(subject="import", region=self.region).covers(region)


@dataclass(slots=True)
class Tally:
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: int = 0
    warnings: int = 0


@dataclass(slots=True)
class Plan:
    """What a chunk comes to."""

    tally: Tally = field(default_factory=Tally)
    findings: list[Finding] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    lawyers: list[tuple[Lawyer | None, Lawyer]] = field(default_factory=list)
    firms: list[tuple[Firm | None, Firm]] = field(default_factory=list)

    def found(self, findings: Iterable[Finding], *, refused: bool) -> None:
        found = list(findings)
        self.findings.extend(found)
        if refused:
            self.tally.errors += 1
        elif found:
            self.tally.warnings += 1


@dataclass(slots=True)
class KnownLawyers:
    """What the register holds about the rows of a chunk; kept current while they are planned."""

    firms: dict[UUID, Firm]
    firm_by_code: dict[str, UUID]
    firms_by_name: dict[str, list[UUID]]
    lawyers: dict[UUID, Lawyer]
    by_number: dict[str, UUID]
    by_serial: dict[str, list[UUID]]
    by_id_digest: dict[bytes, UUID]


@dataclass(slots=True)
class KnownFirms:
    firms: dict[UUID, Firm]
    by_code: dict[str, UUID]
    practising: dict[UUID, int]
    branches: dict[UUID, int]


def plan_lawyers(lines: Iterable[Read[LawyerLine]], known: KnownLawyers, terms: Terms) -> Plan:
    plan = Plan()
    for line, row, findings in lines:
        if row is None:
            plan.found(findings, refused=True)
            continue
        try:
            before, after, events, warnings = _plan_lawyer(line, row, known, terms)
        except Refused as error:
            plan.found([*findings, _error(Kind.LAWYERS, line, error)], refused=True)
            continue
        plan.found([*findings, *warnings], refused=False)
        if not events:
            plan.tally.unchanged += 1
            continue
        if before is None:
            plan.tally.created += 1
        else:
            plan.tally.changed += 1
        plan.events.extend(events)
        plan.lawyers.append((before, after))
        known.lawyers[after.lawyer_id] = after
        known.by_number[after.licence_number] = after.lawyer_id
        known.by_serial.setdefault(after.serial, []).append(after.lawyer_id)
        if after.id_card is not None:
            known.by_id_digest[after.id_card.digest] = after.lawyer_id
    return plan


def _plan_lawyer(
    line: Line, row: LawyerLine, known: KnownLawyers, terms: Terms
) -> tuple[Lawyer | None, Lawyer, list[Event], list[Finding]]:
    if line.duplicate_of is not None:
        raise _duplicate(line)
    warnings: list[Finding] = []
    before = _who(row, known, line, warnings)
    if before is not None and before.licence_number != str(row.number) and str(row.number) in known.by_number:
        warnings.append(
            _warning(
                line,
                "licence_number",
                "该证号为曾用证号，本行视为旧资料，未处理",
                "a former number: the row is taken for old and left aside",
            )
        )
        return before, before, [], warnings
    place = _place(row, known, line, warnings)
    if not terms.covers(place.region):
        raise Refused("region-of-others", "不属于本机关管辖的地区", "is not a region of your organ", field="region")
    # A move is registered by the city he goes to; an end only by the one where he practises.
    if before is not None and row.status in _END_GROUND and not terms.covers(before.region):
        raise Refused("region-of-others", "该律师在其他地区执业", "practises in another region", field="region")
    card = row.id_card
    if card is not None:
        holder = known.by_id_digest.get(card.digest)
        if holder is not None and (before is None or holder != before.lawyer_id):
            raise Refused("id-number-taken", "该身份证号已属另一名律师", "belongs to another lawyer", field="id_number")
    if before is None:
        return (None, *_enter(row, place, known, terms), warnings)
    return (before, *_compare(row, before, place, known, terms), warnings)


def _who(row: LawyerLine, known: KnownLawyers, line: Line, warnings: list[Finding]) -> Lawyer | None:
    """By number, else by serial and name: the serial is the person's until practice ends."""
    number = str(row.number)
    if (lawyer_id := known.by_number.get(number)) is not None:
        lawyer = known.lawyers[lawyer_id]
        if lawyer.name != row.name:
            raise Refused(
                "name-differs",
                "与该执业证号登记的姓名不符；确已更名的，请先办理变更",
                "differs from the name registered under this number; if it changed, register the change first",
                field="name",
            )
        return lawyer
    for lawyer_id in known.by_serial.get(row.number.serial, ()):
        lawyer = known.lawyers[lawyer_id]
        if lawyer.name == row.name:
            warnings.append(
                _warning(
                    line,
                    "licence_number",
                    "按序列号和姓名认定为已登记的律师",
                    "matched to a known person by serial and name",
                )
            )
            return lawyer
        if lawyer.licensed:
            raise Refused(
                "serial-taken",
                "序列号（第12至17位）已属另一名执业律师",
                "the serial (digits 12-17) belongs to another licensed lawyer",
                field="licence_number",
            )
    return None


def _place(row: LawyerLine, known: KnownLawyers, line: Line, warnings: list[Finding]) -> Place:
    if row.category not in FIRM_CATEGORIES:
        return Place(row.region, None, row.institution)
    if row.firm_code is not None:
        firm_id = known.firm_by_code.get(row.firm_code)
        if firm_id is None:
            raise Refused("firm-unknown", "该机构未登记", "no such firm is registered", field="credit_code")
        if known.firms[firm_id].name != row.institution:
            warnings.append(
                _warning(
                    line,
                    "firm_id",
                    "与该信用代码登记的名称不符，以代码为准",
                    "differs from the name registered under the code",
                )
            )
    else:
        candidates = known.firms_by_name.get(row.institution, [])
        if len(candidates) != 1:
            raise Refused(
                "firm-unknown" if not candidates else "firm-ambiguous",
                "该机构未登记" if not candidates else "同名机构不止一家，请填写统一社会信用代码",
                "no such firm is registered"
                if not candidates
                else "several firms have this name: give the credit code",
                field="firm_id",
            )
        firm_id = candidates[0]
    firm = known.firms[firm_id]
    if firm.region != row.region:
        raise Refused(
            "region-differs",
            "与执业机构登记的地区不符",
            "is not the region in which the firm is registered",
            field="region",
        )
    return Place(firm.region, firm_id)


def _enter(row: LawyerLine, place: Place, known: KnownLawyers, terms: Terms) -> tuple[Lawyer, list[Event]]:
    """A person the register does not know. Since when he is at this firm, older files do not say."""
    ended = row.status in _END_GROUND
    if place.firm_id is not None and not ended:
        known.firms[place.firm_id].check_takes_lawyers(terms.effective_on)
    lawyer, licensed = license_person(
        name=row.name,
        number=row.number,
        place=place,
        first_licensed_on=row.first_licensed_on,
        from_on=row.from_on or row.first_licensed_on,
        today=terms.effective_on,
        id_card=row.id_card,
    )
    if not ended:
        return lawyer, [licensed]
    closed, event = lawyer.end_licence(
        _END_GROUND[row.status], on=row.effective_on or terms.effective_on, today=terms.effective_on
    )
    return closed, [licensed, event]


def _compare(
    row: LawyerLine, before: Lawyer, place: Place, known: KnownLawyers, terms: Terms
) -> tuple[Lawyer, list[Event]]:
    """What differs becomes the change that it is; what does not, is left alone."""
    on, today = row.effective_on or terms.effective_on, terms.effective_on
    ended = row.status in _END_GROUND
    if not before.licensed and not ended:
        raise Refused(
            "licence-ended",
            "该律师已注销；重新执业须办理登记",
            "this licence has ended; practising again needs a registration of its own",
            field="status",
        )
    events: list[Event] = []
    lawyer, details = before.change_details(on=on, first_licensed_on=row.first_licensed_on, id_card=row.id_card)
    if details is not None:
        check_day(max(on, row.first_licensed_on), today)
        events.append(details)
    if ended:
        if before.licensed:
            lawyer, end = lawyer.end_licence(_END_GROUND[row.status], on=on, today=today)
            events.append(end)
        return lawyer, events
    number_differs = str(row.number) != lawyer.licence_number
    number = row.number if number_differs else None
    if place != lawyer.practice.place:
        if place.firm_id is not None:
            known.firms[place.firm_id].check_takes_lawyers(on)
        lawyer, moved = lawyer.move(place, on=on, today=today, number=number, category=row.category)
        events.append(moved)
    elif row.category != lawyer.practice.category:
        lawyer, changed = lawyer.change_category(row.category, on=on, today=today, number=number)
        events.append(changed)
    elif number_differs:
        lawyer, corrected = lawyer.change_details(on=on, number=row.number)
        if corrected is not None:
            events.append(corrected)
    return lawyer, events


def plan_firms(lines: Iterable[Read[FirmLine]], known: KnownFirms, terms: Terms) -> Plan:
    plan = Plan()
    for line, row, findings in lines:
        if row is None:
            plan.found(findings, refused=True)
            continue
        try:
            before, after, events = _plan_firm(line, row, known, terms)
        except Refused as error:
            plan.found([*findings, _error(Kind.FIRMS, line, error)], refused=True)
            continue
        plan.found(findings, refused=False)
        if not events:
            plan.tally.unchanged += 1
            continue
        if before is None:
            plan.tally.created += 1
        else:
            plan.tally.changed += 1
        plan.events.extend(events)
        plan.firms.append((before, after))
        known.firms[after.firm_id] = after
        known.by_code[after.credit_code] = after.firm_id
    return plan


def _plan_firm(line: Line, row: FirmLine, known: KnownFirms, terms: Terms) -> tuple[Firm | None, Firm, list[Event]]:
    if line.duplicate_of is not None:
        raise _duplicate(line)
    if not terms.covers(row.region):
        raise Refused("region-of-others", "不属于本机关管辖的地区", "is not a region of your organ", field="region")
    parent_id = None if row.parent_code is None else known.by_code.get(row.parent_code)
    parent = None if parent_id is None else known.firms[parent_id]
    if row.parent_code is not None and parent is None and row.parent_code[2:4] == "41":
        raise Refused("parent-unknown", "总所未登记", "the head office is not registered", field="parent_firm_id")
    on, today = row.effective_on or terms.effective_on, terms.effective_on
    ended = row.status in _END_GROUND
    events: list[Event] = []
    firm_id = known.by_code.get(row.credit_code)
    if firm_id is None:
        before = None
        firm, established = establish_firm(
            credit_code=row.credit_code,
            name=row.name,
            kind=row.kind,
            region=row.region,
            from_on=row.established_on,
            today=today,
            parent=parent,
            parent_credit_code=row.parent_code,
            address=row.address,
        )
        events.append(established)
    else:
        firm = before = known.firms[firm_id]
        if before.ended and not ended:
            raise Refused("firm-ended", "该机构已终止", "the firm has ended", field="status")
        if row.region != before.region:
            raise Refused(
                "region-change-by-import",
                "迁移地区涉及全部律师证号，请办理变更登记",
                "a move to another region renumbers all its lawyers: register the change",
                field="region",
            )
    if before is not None and not before.ended:
        firm, details = firm.change_details(on=on, today=today, name=row.name, address=row.address)
        firm, changed = firm.change(on=on, today=today, kind=row.kind, parent=parent)
        events.extend(event for event in (details, changed) if event is not None)
    if ended and not firm.ended:
        firm, end = firm.end(
            FirmEndGround.LICENCE_REVOKED if row.status is Status.REVOKED else FirmEndGround.OTHER,
            on=on,
            today=today,
            practising=known.practising.get(firm.firm_id, 0),
            branches=known.branches.get(firm.firm_id, 0),
        )
        events.append(end)
    return before, firm, events


def read_lawyers(lines: Iterable[Line]) -> list[Read[LawyerLine]]:
    return [(line, *read_lawyer(line)) for line in lines]


def read_firms(lines: Iterable[Line]) -> list[Read[FirmLine]]:
    return [(line, *read_firm(line)) for line in lines]


def _duplicate(line: Line) -> Refused:
    return Refused(
        "row-duplicate", f"与第{line.duplicate_of}行重复", f"repeats row {line.duplicate_of}", field="licence_number"
    )


def _error(kind: Kind, line: Line, error: Refused) -> Finding:
    title, value = column_and_value(kind, line, error.field)
    return Finding(line.row_number, Severity.ERROR, title, value, error.zh, error.en)


def _warning(line: Line, field_name: str, zh: str, en: str) -> Finding:
    title, value = column_and_value(Kind.LAWYERS, line, field_name)
    return Finding(line.row_number, Severity.WARNING, title, value, zh, en)
