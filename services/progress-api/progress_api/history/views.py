"""What is shown of a history."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from progress_api.history.domain import Step
from progress_api.views import ReasonView


class ShownView(BaseModel):
    """What was shown that day; it has stood so since `shown_on`."""

    shown_on: date
    value: float | None
    numerator: int | None
    denominator: int | None


class PointView(BaseModel):
    """as_of's value as known now; `revised` where facts that came later have changed what was shown then."""

    as_of: date
    value: int | float | None
    numerator: int | None
    denominator: int | None
    reason: ReasonView | None
    shown: ShownView | None = Field(description="当日展示过的数值，系统启用前没有 / what was shown that day")
    revised: bool
    evidence: str = Field(description="该日数值的依据 / where the rows behind it are")


class HistoryView(BaseModel):
    id: str
    title_zh: str
    title_en: str
    unit: str
    region: str | None
    step: Step
    points: list[PointView]


class EventsView(BaseModel):
    """Where the events behind a record are: the owner's feed, as far as the reader's rights reach."""

    topic: str
    href: str


class ChangedView(BaseModel):
    """before, after: the record as it counted on either day; null where it did not stand in the number at all."""

    row_id: UUID
    region: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    events: EventsView | None


class ChangesView(BaseModel):
    """Records that make the difference between the two days, as known now."""

    id: str
    from_on: date
    until_on: date
    region: str | None
    before: int | float | None
    after: int | float | None
    items: list[ChangedView]
    next_cursor: str | None
    columns_withheld: list[str]


class MovedView(BaseModel):
    """An indicator of the province on two days."""

    id: str
    title_zh: str
    title_en: str
    unit: str
    before: int | float | None
    after: int | float | None
    changes: str


class PlanChangesView(BaseModel):
    from_on: date
    until_on: date
    items: list[MovedView]
    unchanged: int
    closed: int = Field(description="无权逐日查看的指标数 / indicators that this reader may not see from day to day")
