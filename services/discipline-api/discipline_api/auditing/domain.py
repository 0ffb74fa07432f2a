"""What an auditor asks of the log, and what is found wrong with it."""

from dataclasses import dataclass
from datetime import date, datetime

from discipline_api.refusals import Refused


@dataclass(frozen=True, slots=True)
class Asked:
    """`actor` is an account of the issuer; times are half open."""

    object_id: str | None = None
    actor: str | None = None
    outcome: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.from_at is not None and self.to_at is not None and self.from_at >= self.to_at:
            raise Refused("time-range-empty", "起始时间应早于截止时间", "from must lie before to", field="to")


@dataclass(frozen=True, slots=True)
class Head:
    """The chain's end when its day's head was taken."""

    day: date
    seq: int
    hash: bytes
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Verified:
    """`first_break`: the first entry that does not follow; `head_broken`: the first kept head the chain contradicts."""

    entries: int
    hash: bytes
    first_break: int | None
    head_broken: Head | None
    oldest_unlinked_at: datetime | None

    @property
    def whole(self) -> bool:
        return self.first_break is None and self.head_broken is None
