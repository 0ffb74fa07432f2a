"""Taking a table in, and deciding on what it would override; each stored and told in one transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid4

from common.outbox import Outbox

from progress_api.backfills.domain import Conflict, Difference, Entry, difference
from progress_api.refusals import NotCompetent, Refused
from progress_api.reporting.domain import Report
from progress_api.reporting.use_cases import Told, requested, value_confirmed


@dataclass(frozen=True, slots=True)
class Backfill:
    """A table that was taken in. `file_digest`: SHA-256 of the file. decided: on its conflicts, once, by another.

    late: of periods inside the frozen plan; it reaches what is computed now and an addendum, never the freeze.
    """

    backfill_id: UUID
    file_digest: bytes
    uploaded_by: str
    uploaded_at: datetime
    rows: int
    confirmed: int
    unchanged: int
    conflicts: int
    late: bool = False
    overrides: bool | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None


class Backfills(Protocol):
    """As they are stored; `prepare` comes before anything is written."""

    async def prepare(self, entries: Collection[Entry], at: datetime, *, late: bool) -> list[Report]:
        """Locks the reports of the entries, and makes those that were never asked for; those newly asked for are
        returned. Raises Refused where an existing report has no such row, or a period lies inside the frozen plan
        (late: where one does not).
        """

    async def told(self, entries: Iterable[Entry]) -> dict[UUID, Told]:
        """By value_id, as the events told them last."""

    async def being_corrected(self, entries: Iterable[Entry]) -> set[UUID]:
        """Ids of reports in which another number may be on its way."""

    async def add(self, backfill: Backfill, conflicts: Sequence[Conflict]) -> None: ...

    async def save_values(
        self, backfill: Backfill, values: Mapping[UUID, tuple[Entry, Told]], at: datetime
    ) -> None: ...

    async def save_decision(self, backfill: Backfill, overridden: Collection[UUID]) -> None: ...


async def take_in(
    store: Backfills, outbox: Outbox, entries: Sequence[Entry], file_digest: bytes, *, by: str, at: datetime,
    late: bool = False,
) -> tuple[Backfill, Difference]:  # fmt: skip
    """New numbers are confirmed and told; what contradicts a confirmed one waits for another officer."""
    outbox.add_all(requested(report) for report in await store.prepare(entries, at, late=late))
    found = difference(entries, await store.told(entries))
    backfill = Backfill(
        uuid4(), file_digest, by, at, len(entries), len(found.new), len(found.unchanged), len(found.conflicts), late
    )
    await store.add(backfill, found.conflicts)
    await _confirm(store, outbox, backfill, {entry.value_id: (entry, 1) for entry in found.new}, at)
    return backfill, found


async def decide(
    store: Backfills, outbox: Outbox, backfill: Backfill, waiting: Sequence[Conflict], *, overrides: bool, by: str,
    at: datetime,
) -> Backfill:  # fmt: skip
    """`waiting`: as they were shown. A number that was corrected meanwhile is left as it is, and so is one whose report
    is being corrected: that began from the number before, and would put it back without anybody's decision.
    """
    if backfill.conflicts == 0 or backfill.decided_by is not None:
        raise Refused("nothing-to-decide", "没有待决定的冲突", "no conflict waits for a decision", conflict=True)
    if backfill.uploaded_by == by:
        raise NotCompetent(
            "own-backfill",
            "上传人不得决定自己补录中的冲突，须由另一名经办人决定",
            "whoever uploaded the table cannot decide on its conflicts: another officer must",
        )
    decided = replace(backfill, overrides=overrides, decided_by=by, decided_at=at)
    values: dict[UUID, tuple[Entry, int]] = {}
    if overrides:
        entries = [conflict.entry for conflict in waiting]
        outbox.add_all(requested(report) for report in await store.prepare(entries, at, late=backfill.late))
        # A correction under way in a frozen period ends no more.
        corrected = set() if backfill.late else await store.being_corrected(entries)
        told = await store.told(entries)
        values = {
            conflict.entry.value_id: (conflict.entry, conflict.told.version + 1)
            for conflict in waiting
            if told[conflict.entry.value_id].version == conflict.told.version
            and conflict.entry.report.report_id not in corrected
        }
    await store.save_decision(decided, values.keys())
    await _confirm(store, outbox, decided, values, at)
    return decided


async def _confirm(
    store: Backfills, outbox: Outbox, backfill: Backfill, values: Mapping[UUID, tuple[Entry, int]], at: datetime
) -> None:
    told = {key: (entry, Told(version, entry.value)) for key, (entry, version) in values.items()}
    await store.save_values(backfill, told, at)
    outbox.add_all(value_confirmed(entry.report, entry.item, each) for entry, each in told.values())
