"""One chunk of a file in one transaction: read, planned, and, where it is applied, written."""

import asyncio
from collections.abc import Iterable, Sequence
from uuid import UUID

from common.events import Event
from common.outbox import Outbox

from registry_api.imports.domain import Plan, Read, Review, Terms
from registry_api.imports.firms import KnownFirms, code_in, plan_firms, read_firms
from registry_api.imports.lawyers import KnownLawyers, number_in, plan_lawyers, read_lawyers
from registry_api.register.firm import Firm
from registry_api.register.lawyer import Lawyer
from registry_api.register.roles import release
from registry_api.register.store import Register
from registry_api.sheets.cells import Line
from registry_api.sheets.columns import Kind
from registry_api.sheets.rows import LawyerLine


async def work_on_lawyers(
    register: Register, outbox: Outbox, lines: Sequence[Line], terms: Terms, review: Review
) -> Plan:
    rows = await asyncio.to_thread(read_lawyers, lines)  # off the loop: look-ups are served meanwhile
    known = await _know_lawyers(register, rows, review)
    plan = await asyncio.to_thread(plan_lawyers, rows, known, terms, review)
    if not review.diff:
        await register.save_lawyers(plan.lawyers)
        await asyncio.to_thread(_tell, outbox, plan.events, terms)
        _tell(outbox, await release(register, plan.lawyers, on=terms.effective_on), terms)
    return plan


async def _know_lawyers(register: Register, rows: Sequence[Read[LawyerLine]], review: Review) -> KnownLawyers:
    good = [row for _, row, _ in rows if row is not None]
    unread = {number_in(line) for line, row, _ in rows if row is None} if review.diff else set()
    by_number = await register.lawyer_ids_by_number({str(row.number) for row in good} | unread)
    by_serial = await register.lawyer_ids_by_serial({row.number.serial for row in good})
    by_digest = await register.id_digests_in_use({row.id_card.digest for row in good if row.id_card is not None})
    by_code = await register.firm_ids_by_code({row.firm_code for row in good if row.firm_code is not None})
    by_name = await register.firm_ids_by_name({row.institution for row in good if row.firm_code is None})
    firm_ids = {*by_code.values(), *(firm_id for ids in by_name.values() for firm_id in ids)}
    # Firms before lawyers, as every other command locks them.
    firms = await register.firms(firm_ids, lock="" if review.diff else "FOR SHARE")
    lawyer_ids = {*by_number.values(), *(lawyer_id for ids in by_serial.values() for lawyer_id in ids)}
    lawyers = await register.lawyers(lawyer_ids, lock=not review.diff)
    if review.needs_fields:
        left = (lawyer.practice.place.firm_id for lawyer in lawyers.values())
        firms |= await _more_firms(register, firms, left)
    return KnownLawyers(
        firms=firms,
        firm_by_code=by_code,
        firms_by_name=by_name,
        lawyers=lawyers,
        by_number=by_number,
        by_serial=by_serial,
        by_id_digest=by_digest,
    )


async def work_on_firms(
    register: Register, outbox: Outbox, lines: Sequence[Line], terms: Terms, review: Review
) -> Plan:
    rows = await asyncio.to_thread(read_firms, lines)
    good = [row for _, row, _ in rows if row is not None]
    codes = {row.credit_code for row in good} | {row.parent_code for row in good if row.parent_code is not None}
    if review.diff:
        codes |= {code_in(line) for line, row, _ in rows if row is None}
    by_code = await register.firm_ids_by_code(codes)
    firms = await register.firms(by_code.values(), lock="" if review.diff else "FOR UPDATE")
    if review.needs_fields:
        firms |= await _more_firms(register, firms, [firm.period.parent_firm_id for firm in firms.values()])
    known = KnownFirms(
        firms=firms,
        by_code=by_code,
        practising=await register.practising_at(by_code.values()),
        branches=await register.open_branches_of(by_code.values()),
        heads=await _heads(register, {str(row.head_number) for row in good if row.head_number is not None}, firms),
    )
    plan = await asyncio.to_thread(plan_firms, rows, known, terms, review)
    if not review.diff:
        await register.save_firms(plan.firms)
        await register.render_firms(
            [after.firm_id for before, after in plan.firms if before is not None and before.name != after.name]
        )
        await asyncio.to_thread(_tell, outbox, plan.events, terms)
    return plan


def _tell(outbox: Outbox, events: Iterable[Event], terms: Terms) -> None:
    """Every event names the import that caused it."""
    cause = {"case_id": terms.import_id}
    outbox.add_all(event.model_copy(update=cause) for event in events)


async def _heads(register: Register, numbers: set[str], firms: dict[UUID, Firm]) -> dict[str, Lawyer]:
    """Those that the file names, and those on record, whom the diff must name."""
    held = await register.lawyer_ids_by_number(numbers)
    on_record = {firm.head_id for firm in firms.values() if firm.head_id is not None}
    lawyers = await register.lawyers({*held.values(), *on_record}, lock=False)
    named = {number: lawyers[lawyer_id] for number, lawyer_id in held.items()}
    return named | {lawyers[head_id].licence_number: lawyers[head_id] for head_id in on_record}


async def _more_firms(register: Register, known: dict[UUID, Firm], ids: Iterable[UUID | None]) -> dict[UUID, Firm]:
    """Those that the diff must name beside the ones that the rows mean."""
    return await register.firms({firm_id for firm_id in ids if firm_id is not None} - known.keys(), lock="")


WORK = {Kind.LAWYERS: work_on_lawyers, Kind.FIRMS: work_on_firms}
