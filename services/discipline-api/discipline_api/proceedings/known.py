"""What a step must know beside the case itself; asked only where one of its guards wants to."""

from dataclasses import dataclass
from uuid import UUID

from discipline_api.record.domain import Sanction
from discipline_api.record.store_benchmarks import BenchmarkTable


@dataclass(frozen=True, slots=True)
class Known:
    fined_for_same_day: tuple[UUID, ...] = ()
    """Other cases of this subject with a fine in force for an act of the same day."""
    fined_for_named_act: tuple[UUID, ...] = ()
    """Those of `same_act_as` in which there is a fine in force."""
    benchmark: BenchmarkTable | None = None
    history: tuple[Sanction, ...] | None = None
    """Of this subject, all that is on record; None where nobody asked."""
    cause: Sanction | None = None
    cause_is_of_subject: bool = False


NOTHING = Known()
