"""The desk as it is shown."""

from datetime import datetime
from typing import Self
from uuid import UUID

from contracts.rights_proceedings import rights_clocks
from pydantic import BaseModel

from rights_api.clocks.domain import State
from rights_api.desk.domain import AtRisk, Open


class AtRiskView(BaseModel):
    """Counts of one organ; `due` and `warned` may hold the same deadline."""

    organ_kind: str
    region: str
    organ_zh: str
    open: int
    warned: int
    due: int
    overdue: int
    urgent_overdue: int
    next_due_at: datetime | None

    @classmethod
    def of(cls, risk: AtRisk) -> Self:
        return cls(
            organ_kind=risk.organ.kind.value,
            region=risk.organ.region,
            organ_zh=risk.organ.name_zh,
            open=risk.open,
            warned=risk.warned,
            due=risk.due,
            overdue=risk.overdue,
            urgent_overdue=risk.urgent_overdue,
            next_due_at=risk.next_due_at,
        )


class DeskView(BaseModel):
    at: datetime
    within_hours: int
    organs: list[AtRiskView]


class OpenView(BaseModel):
    """Metadata: which deadline of which case; never who or what happened."""

    clock_id: UUID
    owner_kind: str
    owner_id: UUID
    organ_kind: str
    region: str
    organ_zh: str
    name: str
    name_zh: str
    rule_id: str
    urgent: bool
    due_at: datetime
    provisional: bool
    state: State
    state_zh: str

    @classmethod
    def of(cls, clock: Open) -> Self:
        named = rights_clocks().get(clock.name)
        return cls(
            clock_id=clock.clock_id,
            owner_kind=clock.owner_kind,
            owner_id=clock.owner_id,
            organ_kind=clock.organ.kind.value,
            region=clock.organ.region,
            organ_zh=clock.organ.name_zh,
            name=clock.name,
            name_zh=clock.name if named is None else named.zh,
            rule_id=clock.rule_id,
            urgent=clock.urgent,
            due_at=clock.due_at,
            provisional=clock.provisional,
            state=clock.state,
            state_zh=clock.state.zh,
        )
