"""What a row about a lawyer does to the register: nothing, something, or why not.

Pure: no row of a chunk waits for the database.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from common.events import Event
from contracts.identifiers import LicenceCategory, normalise_number
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
    facts_of_lawyer,
    named,
    not_as_approved,
    region_of_others,
    warning_finding,
)
from registry_api.register.firm import Firm
from registry_api.register.lawyer import Lawyer, LicenceEndGround, license_person
from registry_api.register.practice import FIRM_CATEGORIES, Place
from registry_api.register.refusals import Refused, check_day
from registry_api.sheets.cells import Finding, Line
from registry_api.sheets.columns import COLUMNS, Kind
from registry_api.sheets.rows import LawyerLine, Status, read_lawyer

_END_GROUND = {Status.ENDED: LicenceEndGround.OTHER, Status.REVOKED: LicenceEndGround.LICENCE_REVOKED}
_NUMBER = next(i for i, column in enumerate(COLUMNS[Kind.LAWYERS]) if column.field == "licence_number")


def read_lawyers(lines: Iterable[Line]) -> list[Read[LawyerLine]]:
    return [(line, *read_lawyer(line)) for line in lines]


def number_in(line: Line) -> str:
    """Also of a row that cannot be read otherwise: whoever stands in the file is not gone."""
    return normalise_number(line.cells[_NUMBER])


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
    taking: set[UUID] = field(default_factory=set)
    """Firms that have been found to take lawyers in on the import's day: hundreds of rows ask it of the same one."""

    def learn(self, lawyer: Lawyer) -> None:
        self.lawyers[lawyer.lawyer_id] = lawyer
        self.by_number[lawyer.licence_number] = lawyer.lawyer_id
        self.by_serial.setdefault(lawyer.serial, []).append(lawyer.lawyer_id)
        if lawyer.id_card is not None:
            self.by_id_digest[lawyer.id_card.digest] = lawyer.lawyer_id


def plan_lawyers(lines: Iterable[Read[LawyerLine]], known: KnownLawyers, terms: Terms, review: Review) -> Plan:
    plan = Plan()
    for line, row, findings in lines:
        if row is None:
            plan.found(findings, refused=True)
            if (lawyer_id := known.by_number.get(number_in(line))) is not None:
                plan.seen.add(lawyer_id)
            continue
        try:
            before, after, events, warnings = _plan_lawyer(line, row, known, terms)
        except Refused as error:
            _refuse(plan, (line, row, findings), error, known, review)
            continue
        if before is not None:
            plan.seen.add(before.lawyer_id)
        if events and review.needs_fields and not plan.reviewed(_change(line, before, after, known), review):
            plan.found([*findings, not_as_approved(line)], refused=True, conflict=True)
            continue
        plan.found([*findings, *warnings], refused=False)
        if plan.counted(before, events):
            plan.events.extend(events)
            plan.lawyers.append((before, after))
            known.learn(after)
    return plan


def _refuse(
    plan: Plan, read: tuple[Line, LawyerLine, list[Finding]], error: Refused, known: KnownLawyers, review: Review
) -> None:
    line, row, findings = read
    meant = _meant(row, known)
    conflict = contradicts(error, known=meant is not None)
    plan.found([*findings, error_finding(Kind.LAWYERS, line, error)], refused=True, conflict=conflict)
    if meant is not None:
        plan.seen.add(meant.lawyer_id)
    if conflict and review.diff:
        plan.changes.append(_conflict(line, row, meant, known))


def _change(line: Line, before: Lawyer | None, after: Lawyer, known: KnownLawyers) -> Change:
    entity_id = None if before is None else before.lawyer_id
    number = after.licence_number if before is None else before.licence_number
    cls = Class.NEW if before is None else Class.CHANGED
    return Change(line.row_number, cls, entity_id, number, after.name, _fields(before, after, known))


def _fields(before: Lawyer | None, after: Lawyer, known: KnownLawyers) -> list[list[str | None]]:
    was = None if before is None else facts_of_lawyer(before, known.firms)
    fields = differences(was, facts_of_lawyer(after, known.firms))
    held, given = None if before is None else before.id_card, after.id_card
    if held is not None and given is not None and held.digest != given.digest:
        fields.append(["id_number", "***", "*** ***"])  # another one: both stay hidden
    return fields


def _meant(row: LawyerLine, known: KnownLawyers) -> Lawyer | None:
    """Whom the row is about, as far as the register can tell."""
    if (lawyer_id := known.by_number.get(str(row.number))) is not None:
        return known.lawyers[lawyer_id]
    same = (known.lawyers[lawyer_id] for lawyer_id in known.by_serial.get(row.number.serial, ()))
    return next((lawyer for lawyer in same if lawyer.name == row.name), None)


def _conflict(line: Line, row: LawyerLine, meant: Lawyer | None, known: KnownLawyers) -> Change:
    """What the file and the register say, side by side."""
    if meant is None:
        others = known.by_serial.get(row.number.serial, ())
        meant = next((known.lawyers[lawyer_id] for lawyer_id in others), None)
    if meant is None and row.id_card is not None:
        holder = known.by_id_digest.get(row.id_card.digest)
        meant = None if holder is None else known.lawyers.get(holder)
    there: Facts = {
        "name": row.name,
        "licence_number": str(row.number),
        "category": LicenceCategory(row.category).zh,
        "institution": named(row.institution, row.firm_code),
        "region": REGIONS[row.region].name_zh,
        "first_licensed_on": row.first_licensed_on.isoformat(),
        "licence": "已注销 ended" if row.status in _END_GROUND else "有效 held",
    }
    here = None if meant is None else facts_of_lawyer(meant, known.firms)
    entity_id = None if meant is None else meant.lawyer_id
    fields = differences(here, there)
    return Change(line.row_number, Class.CONFLICTING, entity_id, str(row.number), row.name, fields)


def _plan_lawyer(
    line: Line, row: LawyerLine, known: KnownLawyers, terms: Terms
) -> tuple[Lawyer | None, Lawyer, list[Event], list[Finding]]:
    if line.duplicate_of is not None:
        raise duplicate(line)
    warnings: list[Finding] = []
    before = _who(row, known, line, warnings)
    if before is not None and before.licence_number != str(row.number) and str(row.number) in known.by_number:
        warnings.append(
            warning_finding(
                Kind.LAWYERS,
                line,
                "licence_number",
                "该证号为曾用证号，本行视为旧资料，未处理",
                "a former number: the row is taken for old and left aside",
            )
        )
        return before, before, [], warnings
    place = _place(row, known, line, warnings)
    if not terms.covers(place.region):
        raise region_of_others()
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
                warning_finding(
                    Kind.LAWYERS,
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
        return Place(row.region, None, row.institution, row.county)
    if row.firm_code is not None:
        firm_id = known.firm_by_code.get(row.firm_code)
        if firm_id is None:
            raise Refused("firm-unknown", "该机构未登记", "no such firm is registered", field="credit_code")
        if known.firms[firm_id].name != row.institution:
            warnings.append(
                warning_finding(
                    Kind.LAWYERS,
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
    if place.firm_id is not None and not ended and place.firm_id not in known.taking:
        known.firms[place.firm_id].check_takes_lawyers(terms.effective_on)
        known.taking.add(place.firm_id)
    lawyer, licensed = license_person(
        name=row.name,
        number=row.number,
        place=place,
        first_licensed_on=row.first_licensed_on,
        from_on=row.from_on or row.first_licensed_on,
        today=terms.effective_on,
        id_card=row.id_card,
        specialities=row.specialities or (),
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
    lawyer, details = before.change_details(
        on=on, first_licensed_on=row.first_licensed_on, id_card=row.id_card, specialities=row.specialities
    )
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
    lawyer, place, completed = _with_county(lawyer, place, today)
    events.extend(completed)
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


def _with_county(lawyer: Lawyer, place: Place, today: date) -> tuple[Lawyer, Place, list[Event]]:
    """A county that the file does not tell, or that was not known so far, is no move."""
    held = lawyer.practice.place
    if place.county is None and replace(place, county=held.county) == held:
        return lawyer, held, []
    if held.county is None and replace(held, county=place.county) == place:
        lawyer, corrected = lawyer.correct_practice(today=today, place=place)
        return lawyer, place, [] if corrected is None else [corrected]
    return lawyer, place, []
