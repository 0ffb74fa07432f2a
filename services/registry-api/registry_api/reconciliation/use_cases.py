"""A run of the reconciliation, and what becomes of its lines."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID, uuid4

from common.auth import PROVINCE
from common.outbox import Outbox
from contracts import legal_day
from contracts.deadlines import rule
from contracts.registry_events import ReconciledKind, ReconciliationCompleted

from registry_api.reconciliation.domain import (
    Comparing,
    Comparison,
    Difference,
    Found,
    Here,
    Known,
    LineState,
    Outcome,
    Reason,
    firm_there,
    is_of_the_army,
    lawyer_there,
    state_of,
)
from registry_api.register.refusals import Refused
from registry_api.sheets.cells import Finding, Line, Severity
from registry_api.sheets.columns import Kind
from registry_api.sheets.rows import read_firm, read_lawyer


@dataclass(frozen=True, slots=True)
class Export:
    """A full export as it was received."""

    kind: Kind
    file_name: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run; the numbers of differences count persons or firms, those of lines their single differences."""

    reconciliation_id: UUID
    export: Export
    requested_by: str
    on: date
    comparison: Comparison
    lines_new: int
    lines_continued: int
    lines_disappeared: int


@dataclass(frozen=True, slots=True)
class Settlement:
    outcome: Outcome
    reason: Reason
    note: str | None
    by: str
    on: date


class Reconciliations(Protocol):
    async def lock(self) -> None:
        """One run at a time."""

    async def here(self, kind: Kind) -> tuple[list[Here], Mapping[str, UUID]]: ...
    async def known(self, keys: Collection[str]) -> Mapping[str, Known]: ...
    async def keep(self, run_id: UUID, kind: Kind, on: date, lines: Sequence[tuple[Found, LineState]]) -> None: ...
    async def disappear(self, run_id: UUID, kind: Kind, on: date) -> int: ...
    async def forget(self, disappeared_before: int, on: date) -> None: ...
    async def begin(self, run_id: UUID, export: Export, requested_by: str, on: date) -> None: ...
    async def complete(self, run: Run) -> None: ...
    async def settle(self, line_id: UUID, settlement: Settlement) -> bool: ...


async def reconcile(
    reconciliations: Reconciliations, outbox: Outbox, export: Export, *, requested_by: str, today: date
) -> Run:
    """All in one transaction: a run is there with all its lines, or not at all."""
    await reconciliations.lock()
    here, former = await reconciliations.here(export.kind)
    comparison = await asyncio.to_thread(compare, export, here, former)
    known = await reconciliations.known([found.key for found in comparison.found])
    grace = rule("registry.reconciliation-correction").value
    lines = [(found, state_of(found, known.get(found.key), today, grace)) for found in comparison.found]
    run_id = uuid4()
    await reconciliations.begin(run_id, export, requested_by, today)
    await reconciliations.keep(run_id, export.kind, today, lines)
    run = Run(
        reconciliation_id=run_id,
        export=export,
        requested_by=requested_by,
        on=today,
        comparison=comparison,
        lines_new=len(lines) - len(known),
        lines_continued=len(known),
        lines_disappeared=await reconciliations.disappear(run_id, export.kind, today),
    )
    await reconciliations.forget(rule("registry.import-reports").value, today)
    await reconciliations.complete(run)
    outbox.add(
        ReconciliationCompleted(
            version=1,
            region=PROVINCE,
            reconciliation_id=run_id,
            kind=ReconciledKind(export.kind.value),
            reconciled_on=today,
            reconciled_at=legal_day.instant(),
            here=comparison.here,
            there=comparison.there,
            only_here=comparison.number(Difference.ONLY_HERE),
            only_there=comparison.number(Difference.ONLY_THERE),
            different=comparison.number(Difference.DIFFERENT),
            unreadable=comparison.number(Difference.UNREADABLE),
        )
    )
    return run


def compare(export: Export, here: Sequence[Here], former: Mapping[str, UUID]) -> Comparison:
    comparing = Comparing(export.kind, here, former)
    for line in export.lines:
        if is_of_the_army(line, export.kind):
            continue
        if line.duplicate_of is not None:
            comparing.unreadable(line, [_duplicate(line)])
            continue
        if export.kind is Kind.LAWYERS:
            lawyer, findings = read_lawyer(line)
            there = None if lawyer is None else lawyer_there(lawyer)
        else:
            firm, findings = read_firm(line)
            there = None if firm is None else firm_there(firm)
        if there is None:
            comparing.unreadable(line, [finding for finding in findings if finding.severity is Severity.ERROR])
        else:
            comparing.row(there)
    return comparing.rest()


async def settle_line(reconciliations: Reconciliations, line_id: UUID, settlement: Settlement) -> None:
    if settlement.reason is Reason.OTHER and not settlement.note:
        raise Refused("note-required", "原因为其他时须填写说明", "say what other reason it is", field="note")
    if not await reconciliations.settle(line_id, settlement):
        raise Refused("line-not-open", "该差异已消失，无须处理", "the difference is no longer found", conflict=True)


def _duplicate(line: Line) -> Finding:
    zh, en = f"与第{line.duplicate_of}行重复", f"repeats row {line.duplicate_of}"
    return Finding(line.row_number, Severity.ERROR, None, None, zh, en)
