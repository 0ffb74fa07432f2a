"""Content of a bulletin or an edition: typed and frozen, already fit for the public, and the same bytes ever after."""

from datetime import date
from typing import Self

import orjson
from contracts.plan import Bilingual
from contracts.policy import Frozen
from progress_store.queries import Reason

Number = int | float


class Told(Frozen):
    """Why there is no number."""

    code: str
    zh: str
    en: str

    @classmethod
    def of(cls, reason: Reason | None) -> Self | None:
        return None if reason is None else cls(code=reason.code, zh=reason.zh, en=reason.en)


class LightByHand(Frozen):
    """What the department has set in a light's place, until a day; the words of its reason stay inside."""

    colour: str
    zh: str
    en: str
    document_number: str | None
    expires_on: date


class LightLine(Frozen):
    """The province's light as computed, with the sentence of the rule behind it; beside it what was set by hand."""

    colour: str
    zh: str
    en: str
    reason_zh: str
    reason_en: str
    by_hand: LightByHand | None


class RegionLine(Frozen):
    """`reason` stands exactly where `value` is None."""

    code: str
    zh: str
    en: str
    value: Number | None
    reason: Told | None


class IndicatorLine(Frozen):
    """as_of: of closed indicators the end of a month, whatever the day of the whole.

    reading: the policy parameters it uses, as officially read. missing: how many regions owe their number.
    regions_reason: why no region is shown. evidence: path of the rows.
    """

    id: str
    section: str | None
    title_zh: str
    title_en: str
    unit: str
    unit_zh: str
    source: str
    reading: dict[str, str | bool]
    as_of: date
    value: Number | None
    numerator: int | None
    denominator: int | None
    reason: Told | None
    missing: int
    regions: tuple[RegionLine, ...]
    regions_reason: Told | None
    evidence: str


class TargetLine(Frozen):
    """asked_zh, asked_en: the number in the plan's own sense; bound: the whole number that attains it, None for 一批.

    downwards: a rank, of which less is more.
    """

    id: str
    indicator: str
    title_zh: str
    title_en: str
    asked_zh: str
    asked_en: str
    unit_zh: str
    due: str
    level: str
    bound: int | None
    downwards: bool
    value: Number | None
    attained: bool | None
    gap: int | None
    reason: Told | None
    light: LightLine | None
    evidence: str


class StateCount(Frozen):
    """How many scopes of a deliverable are in a state; None: nobody has said one, or its target's number speaks."""

    state: str | None
    zh: str
    en: str
    count: int


class DeliverableLine(Frozen):
    """states: of the province, or counted over the regions whose work it is."""

    id: str
    section: str
    title_zh: str
    title_en: str
    states: tuple[StateCount, ...]


class SectionLine(Frozen):
    """A measure or requirement."""

    id: str
    group: str | None
    title_zh: str
    title_en: str
    light: LightLine | None


class GroupLine(Frozen):
    id: str
    title_zh: str
    title_en: str
    light: LightLine | None


class TrendPoint(Frozen):
    on: date
    value: Number | None


class Trend(Frozen):
    """A target's value at the ends of past months and on the day itself."""

    target: str
    points: tuple[TrendPoint, ...]


class ForecastLine(Frozen):
    """What becomes of a target by a day if nothing changes, as it was forecast and kept before the content's own day.

    from_on: the month end that it goes out from. low, high: what comes lies between them `level_percent` times of 100.
    """

    target: str
    title_zh: str
    title_en: str
    from_on: date
    for_on: date
    value: int
    low: int
    high: int
    level_percent: int
    method_zh: str
    method_en: str
    outlook: str
    outlook_zh: str
    outlook_en: str
    evidence: str


class Feed(Frozen):
    """How far a feed had been applied; `position` is left out where its length would tell of cases."""

    topic: str
    position: int | None
    complete: bool


class Content(Frozen):
    """Everything of the plan that may be told on a day."""

    schema_version: int = 1
    plan_id: str
    plan_zh: str
    plan_en: str
    issuer_zh: str
    issuer_en: str
    period: str
    as_of: date
    plan_light: LightLine | None
    targets: tuple[TargetLine, ...]
    groups: tuple[GroupLine, ...]
    sections: tuple[SectionLine, ...]
    deliverables: tuple[DeliverableLine, ...]
    indicators: tuple[IndicatorLine, ...]
    trends: tuple[Trend, ...]
    feeds: tuple[Feed, ...]
    notes: tuple[Bilingual, ...]
    forecasts: tuple[ForecastLine, ...] = ()
    """Of the province. Contents of before forecasts were made have none."""

    def as_bytes(self) -> bytes:
        return orjson.dumps(self.model_dump(mode="json"))

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        return cls.model_validate_json(stored)

    def indicator(self, indicator_id: str) -> IndicatorLine:
        [found] = [line for line in self.indicators if line.id == indicator_id]
        return found
