"""Which sanction of an honoured subject counts: one at a time, and when that one falls, the next from that day on."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from contracts.discipline_events import SanctionHonourNoted


@dataclass(frozen=True, slots=True)
class Held:
    """The registry's answer: whether an honour was held, and every number the subject is or was known by."""

    held: bool
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Noted:
    """What a sanction knows of it. `held` is None until the registry has been asked."""

    case_id: UUID
    version: int
    region: str
    from_on: date
    held: bool | None = None
    counts_from: date | None = None
    withdrawn_on: date | None = None

    @property
    def counts(self) -> bool:
        return self.counts_from is not None and self.withdrawn_on is None

    def counting(self, since: date) -> tuple["Noted", SanctionHonourNoted]:
        counted = replace(self, version=self.version + 1, counts_from=max(self.from_on, since))
        return counted, SanctionHonourNoted(
            version=counted.version,
            region=self.region,
            case_id=self.case_id,
            honoured=True,
            counts_from=counted.counts_from,
        )


def answered(case: Noted, others: Iterable[Noted], held: Held) -> tuple[Noted, SanctionHonourNoted | None]:
    """`others`: the other sanctions of the same subject; all are locked. Asked before, nothing changes."""
    if case.held is not None:
        return case, None
    known = replace(case, held=held.held)
    if not held.held or case.withdrawn_on is not None or any(other.counts for other in others):
        return known, None
    return known.counting(case.from_on)


def next_to_count(
    fallen: Noted, others: Iterable[Noted], withdrawn_on: date
) -> tuple[Noted, SanctionHonourNoted] | None:
    """The earliest of the others, from the day on which the one that counted fell; none where it did not count."""
    others = list(others)
    if fallen.counts_from is None or any(other.counts for other in others):
        return None
    waiting = [other for other in others if other.held and other.counts_from is None and other.withdrawn_on is None]
    if not waiting:
        return None
    return min(waiting, key=lambda other: (other.from_on, other.case_id)).counting(withdrawn_on)
