"""What is at risk, and how it is counted."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.labels import LabelledEnum

from rights_api.clocks.domain import State
from rights_api.organs import Organ


class Risk(LabelledEnum):
    """Which deadlines are listed."""

    OVERDUE = "overdue", "已逾期", "overdue"
    WARNED = "warned", "已过四分之三", "three quarters of their time are over"
    DUE = "due", "将于所问时间内到期", "due within the time asked about"


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Deadlines of one organ that are neither met nor lapsed nor paused. A warned one may be due soon as well."""

    organ: Organ
    open: int
    warned: int
    due: int
    overdue: int
    urgent_overdue: int
    next_due_at: datetime | None
    """Of those that are not overdue."""


@dataclass(frozen=True, slots=True)
class Open:
    clock_id: UUID
    owner_kind: str
    owner_id: UUID
    organ: Organ
    name: str
    rule_id: str
    urgent: bool
    due_at: datetime
    provisional: bool
    state: State
