"""What a row about a firm does to the register: nothing, something, or why not. Pure, as with lawyers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from common.events import Event
from contracts.conditions import Need, conditions_of
from contracts.identifiers import normalise_number
from contracts.regions import PROVINCE_DIGITS, REGIONS

from registry_api.imports.domain import (
    Change,
    Class,
    Facts,
    Plan,
    Read,
    Review,
    Terms,
    contradicts,
    differences,
    duplicate,
    error_finding,
    facts_of_firm,
    not_as_approved,
    region_of_others,
    warning_finding,
)
from registry_api.register.conditions import Means, check_may_lead, unmet
from registry_api.register.establishing import establish_firm
from registry_api.register.firm import KIND_ZH, Firm, FirmEndGround
from registry_api.register.lawyer import Lawyer
from registry_api.register.refusals import Refused
from registry_api.sheets.cells import Finding, Line
from registry_api.sheets.columns import COLUMNS, Kind
from registry_api.sheets.rows import FirmLine, Status, read_firm

_ENDED = frozenset({Status.ENDED, Status.REVOKED})
_CODE = next(i for i, column in enumerate(COLUMNS[Kind.FIRMS]) if column.field == "credit_code")


def read_firms(lines: Iterable[Line]) -> list[Read[FirmLine]]:
    return [(line, *read_firm(line)) for line in lines]


def code_in(line: Line) -> str:
    return normalise_number(line.cells[_CODE])


@dataclass(slots=True)
class KnownFirms:
    firms: dict[UUID, Firm]
    by_code: dict[str, UUID]
    practising: dict[UUID, int]
    branches: dict[UUID, int]
    heads: dict[str, Lawyer] = field(default_factory=dict)
    """By any number they hold or held."""


def plan_firms(lines: Iterable[Read[FirmLine]], known: KnownFirms, terms: Terms, review: Review) -> Plan:
    plan = Plan()
    for line, row, findings in lines:
        meant = known.by_code.get(code_in(line) if row is None else row.credit_code)
        before = None if meant is None else known.firms.get(meant)
        if meant is not None:
            plan.seen.add(meant)
        if row is None:
            plan.found(findings, refused=True)
            continue
        try:
            before, after, events, warnings = _plan_firm(line, row, known, terms)
        except Refused as error:
            conflict = contradicts(error, known=before is not None)
            plan.found([*findings, error_finding(Kind.FIRMS, line, error)], refused=True, conflict=conflict)
            if conflict and review.diff and before is not None:
                fields = differences(_facts(before, known), _facts_of_row(row))
                cls = Class.CONFLICTING
                plan.changes.append(Change(line.row_number, cls, before.firm_id, row.credit_code, row.name, fields))
            continue
        if events and review.needs_fields and not plan.reviewed(_change(line, before, after, known), review):
            plan.found([*findings, not_as_approved(line)], refused=True, conflict=True)
            continue
        plan.found([*findings, *warnings], refused=False)
        if not plan.counted(before, events):
            continue
        plan.events.extend(events)
        plan.firms.append((before, after))
        known.firms[after.firm_id] = after
        known.by_code[after.credit_code] = after.firm_id
    return plan


def _change(line: Line, before: Firm | None, after: Firm, known: KnownFirms) -> Change:
    fields = differences(None if before is None else _facts(before, known), _facts(after, known))
    cls = Class.NEW if before is None else Class.CHANGED
    entity_id = None if before is None else before.firm_id
    return Change(line.row_number, cls, entity_id, after.credit_code, after.name, fields)


def _facts(firm: Firm, known: KnownFirms) -> Facts:
    parent_id = firm.period.parent_firm_id
    heads = (head for head in known.heads.values() if head.lawyer_id == firm.head_id)
    return facts_of_firm(firm, None if parent_id is None else known.firms.get(parent_id), next(heads, None))


def _facts_of_row(row: FirmLine) -> Facts:
    return {
        "name": row.name,
        "credit_code": row.credit_code,
        "kind": KIND_ZH[row.kind],
        "region": REGIONS[row.region].name_zh,
        "established_on": row.established_on.isoformat(),
        "licence": "已终止 ended" if row.status in _ENDED else "有效 held",
    }


def _plan_firm(
    line: Line, row: FirmLine, known: KnownFirms, terms: Terms
) -> tuple[Firm | None, Firm, list[Event], list[Finding]]:
    if line.duplicate_of is not None:
        raise duplicate(line)
    if not terms.covers(row.region):
        raise region_of_others()
    parent_id = None if row.parent_code is None else known.by_code.get(row.parent_code)
    parent = None if parent_id is None else known.firms[parent_id]
    if row.parent_code is not None and parent is None and row.parent_code[2:4] == PROVINCE_DIGITS:
        raise Refused("parent-unknown", "总所未登记", "the head office is not registered", field="parent_firm_id")
    warnings: list[Finding] = []
    events: list[Event] = []
    firm_id = known.by_code.get(row.credit_code)
    before = None if firm_id is None else known.firms[firm_id]
    if before is None:
        firm, established = _establish(row, parent, terms)
        events.append(established)
        warnings.extend(_unmet_conditions(line, row, parent, known))
    else:
        try:
            head_id = _head(row, before, known, row.effective_on or terms.effective_on)
        except Refused as error:
            head_id = None
            warnings.append(warning_finding(Kind.FIRMS, line, "head_id", error.zh, error.en))
        firm, changed = _compare(row, before, parent, head_id, terms)
        events.extend(changed)
    if row.status in _ENDED and not firm.ended:
        firm, end = firm.end(
            FirmEndGround.LICENCE_REVOKED if row.status is Status.REVOKED else FirmEndGround.OTHER,
            on=row.effective_on or terms.effective_on,
            today=terms.effective_on,
            practising=known.practising.get(firm.firm_id, 0),
            branches=known.branches.get(firm.firm_id, 0),
        )
        events.append(end)
    return before, firm, events, warnings


def _establish(row: FirmLine, parent: Firm | None, terms: Terms) -> tuple[Firm, Event]:
    return establish_firm(
        credit_code=row.credit_code,
        name=row.name,
        kind=row.kind,
        region=row.region,
        from_on=row.established_on,
        today=terms.effective_on,
        parent=parent,
        parent_credit_code=row.parent_code,
        address=row.address,
        county=row.county,
        in_legal_district=bool(row.in_legal_district),
        supervising_organ=row.supervising_organ,
        capital_yuan=row.capital_yuan,
        charter_on=row.charter_on,
    )


def _compare(
    row: FirmLine, before: Firm, parent: Firm | None, head_id: UUID | None, terms: Terms
) -> tuple[Firm, list[Event]]:
    """What differs becomes the change that it is. What a file leaves empty stays as it is."""
    if before.ended and row.status not in _ENDED:
        raise Refused("firm-ended", "该机构已终止", "the firm has ended", field="status")
    if row.region != before.region:
        raise Refused(
            "region-change-by-import",
            "迁移地区涉及全部律师证号，请办理变更登记",
            "a move to another region renumbers all its lawyers: register the change",
            field="region",
        )
    if before.ended:
        return before, []
    on, today = row.effective_on or terms.effective_on, terms.effective_on
    firm, details = before.change_details(
        on=on,
        today=today,
        name=row.name,
        address=row.address,
        capital_yuan=row.capital_yuan,
        head_id=head_id,
        supervising_organ=row.supervising_organ,
        charter_on=row.charter_on,
    )
    completed = None
    if before.period.county is None and row.county is not None:
        firm, completed = firm.correct(today=today, county=row.county)  # not known so far, which is no change of seat
    firm, changed = firm.change(
        on=on, today=today, kind=row.kind, parent=parent, county=row.county, in_legal_district=row.in_legal_district
    )
    return firm, [event for event in (details, completed, changed) if event is not None]


def _head(row: FirmLine, firm: Firm, known: KnownFirms, on: date) -> UUID | None:
    """负责人, where he practises at the firm and nothing bars him."""
    if row.head_number is None:
        return None
    head = known.heads.get(str(row.head_number))
    if head is None or not head.licensed or head.practice.place.firm_id != firm.firm_id:
        raise Refused(
            "head-elsewhere",
            "负责人未在该所登记执业，未登记",
            "the head is not on record as practising there: left out",
        )
    check_may_lead(head, on, field="head_id")
    return head.lawyer_id


def _unmet_conditions(line: Line, row: FirmLine, parent: Firm | None, known: KnownFirms) -> list[Finding]:
    """Of what the file tells; whoever registers a firm by hand is refused for the same."""
    # So many practise there today: at the time of an old branch it may have been more.
    practising = 0 if parent is None else known.practising.get(parent.firm_id, 0)
    means = Means(
        capital_yuan=row.capital_yuan,
        parent=parent,
        parent_practising=practising or None,
        parent_elsewhere=parent is None and row.parent_code is not None,
    )
    found = [
        warning_finding(Kind.FIRMS, line, condition.field, condition.zh, condition.en)
        for condition in unmet(row.kind, means, row.established_on, lenient=True)
    ]
    for condition in conditions_of(row.kind):
        if condition.needs is Need.PARTNERS and row.partners is not None and row.partners < condition.at_least:
            zh = f"{condition.needs.zh}不少于{condition.at_least}，现为{row.partners}：{condition.source}"
            en = f"{condition.needs.en}: at least {condition.at_least}, there are {row.partners}: {condition.source}"
            found.append(warning_finding(Kind.FIRMS, line, "partners", zh, en))
    return found
