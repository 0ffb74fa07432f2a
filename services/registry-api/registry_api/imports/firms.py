"""What a row about a firm does to the register: nothing, something, or why not. Pure, as with lawyers."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from common.events import Event
from contracts.identifiers import normalise_number
from contracts.regions import REGIONS

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
)
from registry_api.register.establishing import establish_firm
from registry_api.register.firm import KIND_ZH, Firm, FirmEndGround
from registry_api.register.refusals import Refused
from registry_api.sheets.cells import Line
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
            before, after, events = _plan_firm(line, row, known, terms)
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
        plan.found(findings, refused=False)
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
    return facts_of_firm(firm, None if parent_id is None else known.firms.get(parent_id))


def _facts_of_row(row: FirmLine) -> Facts:
    return {
        "name": row.name,
        "credit_code": row.credit_code,
        "kind": KIND_ZH[row.kind],
        "region": REGIONS[row.region].name_zh,
        "established_on": row.established_on.isoformat(),
        "licence": "已终止 ended" if row.status in _ENDED else "有效 held",
    }


def _plan_firm(line: Line, row: FirmLine, known: KnownFirms, terms: Terms) -> tuple[Firm | None, Firm, list[Event]]:
    if line.duplicate_of is not None:
        raise duplicate(line)
    if not terms.covers(row.region):
        raise region_of_others()
    parent_id = None if row.parent_code is None else known.by_code.get(row.parent_code)
    parent = None if parent_id is None else known.firms[parent_id]
    if row.parent_code is not None and parent is None and row.parent_code[2:4] == "41":
        raise Refused("parent-unknown", "总所未登记", "the head office is not registered", field="parent_firm_id")
    on, today = row.effective_on or terms.effective_on, terms.effective_on
    ended = row.status in _ENDED
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
