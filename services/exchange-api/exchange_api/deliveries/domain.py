"""An edition noted for a subscription, and what became of it: answered with counts, compared, or late."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import UUID

from contracts.deadlines import rule
from contracts.labels import LabelledEnum
from contracts.register_counts import RegisterCounts, RowState
from contracts.working_days import Deadline, local_date
from pydantic import BaseModel, ConfigDict

from exchange_api.refusals import Refused

TERM: Final = "sharing.reconciliation"
KINDS: Final[Mapping[str, str]] = MappingProxyType({"lawyer-register": "lawyers", "firm-register": "firms"})
"""Resource of the directory that the registry publishes in editions → the kind of its files."""

STATES: Final[Mapping[str, frozenset[RowState]]] = MappingProxyType(
    {
        "lawyer-register": frozenset({RowState.LICENSED, RowState.UNLICENSED}),
        "firm-register": frozenset({RowState.ACTIVE, RowState.ENDED}),
    }
)
"""In which a row of the resource can be."""


class Cadence(LabelledEnum):
    """How often an edition is noted."""

    DAILY = "daily", "每日", "daily"
    WEEKLY = "weekly", "每周", "weekly"

    def period(self, made_at: datetime) -> date:
        """The day, or the Monday of the week, on the clock of China: of each the first edition seen is noted."""
        day = local_date(made_at)
        return day if self is Cadence.DAILY else day - timedelta(days=day.weekday())


class State(LabelledEnum):
    """Where a delivery stands."""

    AWAITED = "awaited", "待回执", "not answered yet"
    LATE = "late", "逾期未回执", "not answered in time"
    RECONCILED = "reconciled", "已对平", "both count the same"
    DIFFERENT = "different", "有差异", "the counts differ"
    SETTLED = "settled", "差异已由后一版对平", "they differed, and a later delivery was reconciled"


class Dimension(LabelledEnum):
    """Of what a difference is one."""

    ROWS = "rows", "总数", "all rows"
    REGION = "region", "地区", "rows of a region"
    STATE = "state", "状态", "rows in a state"


class Difference(NamedTuple):
    """`code`: the region or state; None of all rows."""

    dimension: Dimension
    code: str | None
    ours: int
    theirs: int


class File(BaseModel):
    """`name` at the registry, under the edition."""

    name: str
    kind: str
    format: str
    rows: int
    bytes: int
    sha256: str
    sm3: str


class Manifest(BaseModel):
    """What the registry has signed of an edition of its public files, as far as it is needed here."""

    model_config = ConfigDict(frozen=True)

    edition: UUID
    created_at: datetime
    cursor: str
    files: Sequence[File]
    counts: Mapping[str, RegisterCounts] | None = None

    @classmethod
    def of(cls, jws: str) -> "Manifest":
        """Raises ValueError of what is none. Whoever uses the files verifies the signature: it is the registry's."""
        payload = jws.split(".")[1]
        return cls.model_validate_json(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@dataclass(frozen=True, slots=True)
class Subscription:
    """One connected system's standing order of one resource."""

    subscription_id: UUID
    version: int
    client_id: UUID
    resource: str
    cadence: Cadence
    subscribed_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """`jws`: the manifest as the registry has signed it. theirs: what the receiver has counted, in its answer."""

    delivery_id: UUID
    version: int
    subscription_id: UUID
    client_id: UUID
    organ_code: str
    resource: str
    period: date
    jws: str
    state: State
    noted_at: datetime
    due_at: datetime
    late_at: datetime | None = None
    answered_at: datetime | None = None
    theirs: RegisterCounts | None = None
    settled_by: UUID | None = None

    @property
    def manifest(self) -> Manifest:
        return Manifest.of(self.jws)

    @property
    def ours(self) -> RegisterCounts:
        counts = self.manifest.counts
        if counts is None:
            raise ValueError("a manifest without counts is never noted")
        return counts[KINDS[self.resource]]

    @property
    def deadline(self) -> Deadline:
        return rule(TERM).deadline(local_date(self.noted_at))

    @property
    def differences(self) -> Sequence[Difference]:
        """Reckoned from the two answers; none before there is one."""
        return () if self.theirs is None else differences(self.ours, self.theirs)


def differences(ours: RegisterCounts, theirs: RegisterCounts) -> Sequence[Difference]:
    """What one of both does not name, it counts as none."""
    found = [Difference(Dimension.ROWS, None, ours.rows, theirs.rows)]
    for dimension, left, right in (
        (Dimension.REGION, ours.by_region, theirs.by_region),
        (Dimension.STATE, ours.by_state, theirs.by_state),
    ):
        found += [
            Difference(dimension, str(code), left.get(code, 0), right.get(code, 0)) for code in sorted({*left, *right})
        ]
    return [one for one in found if one.ours != one.theirs]


def answered(delivery: Delivery, theirs: RegisterCounts, *, at: datetime, settled_by: UUID | None = None) -> Delivery:
    """settled_by: a later delivery that is reconciled already, if there is one. Raises Refused of a second answer, and
    of states that rows of this resource do not have."""
    if delivery.answered_at is not None:
        raise Refused(
            "delivery-answered", "该次交付已回执", "This delivery has been answered already", field="rows",
            conflict=True,
        )  # fmt: skip
    if not STATES[delivery.resource].issuperset(theirs.by_state):
        raise Refused(
            "state-out-of-place", "该资源的记录没有这种状态", "Rows of this resource are in no such state",
            field="by_state",
        )  # fmt: skip
    equal = not differences(delivery.ours, theirs)
    state = State.RECONCILED if equal else State.DIFFERENT if settled_by is None else State.SETTLED
    return replace(
        delivery,
        version=delivery.version + 1,
        state=state,
        theirs=theirs,
        answered_at=at,
        late_at=delivery.due_at if at >= delivery.due_at else delivery.late_at,
        settled_by=None if equal else settled_by,
    )
