"""Credit repair: a command in, rows, clocks, the shorter display and its event out."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Protocol
from uuid import uuid4

from common.outbox import Outbox
from contracts.working_days import local_date

from discipline_api.clocks.domain import begin
from discipline_api.display.shown import Shown
from discipline_api.record.domain import Sanction
from discipline_api.record.publicity import REPAIR
from discipline_api.record.revisions import shorten
from discipline_api.refusals import Refused
from discipline_api.remarks import repair as rules
from discipline_api.remarks.domain import HasOrgan, check_received, owner
from discipline_api.remarks.repair import Duties, RefusalGround, Repair
from discipline_api.remarks.use_cases import Clocks, Sanctions

ACCEPTANCE, DECISION, EXTENDED = "repair-acceptance", "repair-decision", "repair-decision-extended"
SITE_ANSWER = "repair-site-answer"
_EXTENSION = "discipline.repair-extension"


class Repairs(Protocol):
    async def add(self, repair: Repair, /) -> None: ...
    async def save(
        self, repair: Repair, /, *, reasons: str | None = None, extension_reason: str | None = None
    ) -> None: ...


class Display(Protocol):
    async def shorten(self, shown: Shown, sanction: Sanction, marks: dict[str, Any], at: datetime) -> Shown:
        """To the end that the sanction now has."""


async def apply_for_repair(
    repairs: Repairs,
    clocks: Clocks,
    shown: Shown,
    sanction: Sanction | None,
    earlier: Sequence[Repair],
    *,
    commitment_version: str,
    received_on: date | None,
    by_officer: bool,
    now: datetime,
) -> Repair:
    """`shown` is locked."""
    today = local_date(now)
    if received_on is not None:
        check_received(received_on, shown, today)
    repair = rules.apply(
        uuid4(),
        sanction,
        earlier,
        commitment_version=commitment_version,
        filed_on=received_on or today,
        today=today,
        at=now,
        by_officer=by_officer,
    )
    await repairs.add(repair)
    of = owner("repair", repair.repair_id, shown)
    await clocks.begin(begin(of, ACCEPTANCE, "discipline.repair-acceptance", repair.filed_on))
    return repair


async def accept_repair(repairs: Repairs, clocks: Clocks, locked: Repair, record: HasOrgan, today: date) -> Repair:
    accepted = rules.accept(locked, today)
    await repairs.save(accepted)
    await clocks.meet(accepted.repair_id, ACCEPTANCE, today)
    await clocks.begin(begin(owner("repair", accepted.repair_id, record), DECISION, REPAIR, today))
    return accepted


async def turn_away(
    repairs: Repairs, clocks: Clocks, locked: Repair, ground: RefusalGround, reasons: str, *, today: date
) -> Repair:
    """不予受理."""
    turned = rules.not_accept(locked, ground, today)
    await repairs.save(turned, reasons=reasons)
    await clocks.meet(turned.repair_id, ACCEPTANCE, today)
    return turned


async def extend_repair(
    repairs: Repairs, clocks: Clocks, locked: Repair, record: HasOrgan, *, reason: str, today: date
) -> Repair:
    """The longer time begins where the first would have ended; that deadline stands as it was told, and lapses."""
    extended = rules.extend(locked, today)
    await repairs.save(extended, extension_reason=reason)
    await clocks.lapse(extended.repair_id, today, DECISION)
    of = owner("repair", extended.repair_id, record)
    await clocks.begin(begin(of, EXTENDED, _EXTENSION, rules.decision_due(extended)))
    return extended


async def refuse_repair(
    repairs: Repairs, clocks: Clocks, locked: Repair, ground: RefusalGround, reasons: str, *, today: date
) -> Repair:
    refused = rules.refuse(locked, ground, today)
    await repairs.save(refused, reasons=reasons)
    await _decided(clocks, refused, today)
    return refused


async def grant_repair(
    repairs: Repairs,
    clocks: Clocks,
    display: Display,
    sanctions: Sanctions,
    outbox: Outbox,
    *,
    locked: Repair,
    sanction: Sanction,
    shown: Shown | None,
    duties: Duties,
    reasons: str,
    now: datetime,
) -> Repair:
    """`sanction` and `shown` are locked, in this order."""
    today = local_date(now)
    if shown is None:
        raise Refused("record-not-shown", "记录已不在公示", "it is no longer on display", conflict=True)
    granted = rules.grant(locked, sanction, shown, duties, today)
    await repairs.save(granted, reasons=reasons)
    await _decided(clocks, granted, today)
    of = owner("repair", granted.repair_id, shown)
    await clocks.begin(begin(of, SITE_ANSWER, "discipline.repair-site-answer", today))
    shortened, event = shorten(sanction, today, granted.display_to_on or shown.gone_on)
    await sanctions.save(shortened)
    await display.shorten(shown, shortened, {rules.MARK: rules.mark(granted)}, now)
    outbox.add(event)
    return granted


async def retract_repair(repairs: Repairs, clocks: Clocks, locked: Repair, today: date) -> Repair:
    retracted = rules.retract(locked, today)
    await repairs.save(retracted)
    await clocks.lapse(retracted.repair_id, today)
    return retracted


async def note_site_answer(repairs: Repairs, clocks: Clocks, locked: Repair, answered_on: date, today: date) -> Repair:
    noted = rules.note_site(locked, answered_on, today)
    await repairs.save(noted)
    await clocks.meet(noted.repair_id, SITE_ANSWER, answered_on)
    return noted


async def _decided(clocks: Clocks, repair: Repair, today: date) -> None:
    for name in (DECISION, EXTENDED):
        await clocks.meet(repair.repair_id, name, today)
