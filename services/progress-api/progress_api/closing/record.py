"""What a freeze holds: everything of the plan's last day, typed, as JSON that is the same bytes ever after."""

from datetime import date
from typing import Self

import orjson
from contracts.policy import Frozen

from progress_api.bulletins.domain import Content, LightLine, Number, StateCount, Told
from progress_api.closing.verdicts import Verdict


class Kept(Frozen):
    def as_bytes(self) -> bytes:
        return orjson.dumps(self.model_dump(mode="json"))

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        return cls.model_validate_json(stored)


class RegionValue(Frozen):
    """`reason` stands exactly where `value` is None; code 410000: what the province supervises directly (省直)."""

    code: str
    value: Number | None
    numerator: int | None
    denominator: int | None
    reason: Told | None


class IndicatorValue(Frozen):
    """policy: under which readings it was computed. missing: regions that owe their number.

    tells_standing: beside the other reading, a region's number tells how many are suspended there.
    """

    id: str
    value: Number | None
    numerator: int | None
    denominator: int | None
    reason: Told | None
    missing: tuple[str, ...]
    policy: dict[str, str | bool]
    tells_standing: bool
    regions: tuple[RegionValue, ...]
    evidence: str


class MilestoneThen(Frozen):
    milestone_id: str
    title: str
    due_on: date
    met_on: date | None
    cancelled: bool


class EvidenceThen(Frozen):
    """reference: document number, address, event, indicator or digest of the file, by its kind."""

    evidence_id: str
    kind: str
    dated_on: date
    completes: str | None
    reference: str


class DeliverableThen(Frozen):
    """region: None for the province as a whole; target: whose number speaks instead of a state."""

    id: str
    region: str | None
    state: str | None
    since: date | None
    target: str | None
    owner: str | None
    milestones: tuple[MilestoneThen, ...]
    evidence: tuple[EvidenceThen, ...]


class LightThen(Frozen):
    """colour: as computed; shown: where an override was in force, its colour."""

    of: str
    id: str
    region: str | None
    colour: str
    rule: str
    shown: str
    evidence: str


class GivenLight(Frozen):
    """By an officer: declared beside the computed one, or set in its place until `expires_on`."""

    of: str
    id: str
    region: str | None
    colour: str
    reason: str
    from_on: date
    expires_on: date | None = None
    document_number: str | None = None


class ReadingThen(Frozen):
    """An official choice in force; what was not chosen is read as the plan's file says."""

    parameter: str
    target: str | None
    value: str
    from_on: date
    document_number: str


class RegionTargetThen(Frozen):
    indicator: str
    region: str
    op: str
    value: float
    document_number: str


class FeedThen(Frozen):
    """How many of its events had been applied; incomplete where some wait to be dealt with."""

    topic: str
    position: int
    complete: bool


class Record(Kept):
    """For the department. Numbers of closed indicators stand in it: what a reader sees of it, `views` decides."""

    schema_version: int = 1
    plan_id: str
    as_of: date
    indicators: tuple[IndicatorValue, ...]
    targets: tuple[Verdict, ...]
    region_targets: tuple[RegionTargetThen, ...]
    deliverables: tuple[DeliverableThen, ...]
    lights: tuple[LightThen, ...]
    overrides: tuple[GivenLight, ...]
    declared: tuple[GivenLight, ...]
    readings: tuple[ReadingThen, ...]
    feeds: tuple[FeedThen, ...]


class DeliverableEnd(Frozen):
    """evidence: how many papers or records stand behind it; where: which address opens them for the department."""

    id: str
    title_zh: str
    title_en: str
    states: tuple[StateCount, ...]
    evidence: int
    where: str


class Unknown(Frozen):
    """What nobody knew of it on the last day."""

    id: str
    title_zh: str
    title_en: str
    reason: Told


class SectionEnd(Frozen):
    """A measure or requirement at the end. indicators: ids, whose values stand in the content.

    verified, delivered, open: how many of its deliverables' scopes (a region, or the province) are so far.
    """

    id: str
    group: str | None
    title_zh: str
    title_en: str
    light: LightLine | None
    targets: tuple[str, ...]
    verified: int
    delivered: int
    open: int
    deliverables: tuple[DeliverableEnd, ...]
    indicators: tuple[str, ...]
    unknown: tuple[Unknown, ...]


class FinalReport(Kept):
    """The final report, fit for the public: it says no more than an edition of the day would."""

    schema_version: int = 1
    content: Content
    targets: tuple[Verdict, ...]
    sections: tuple[SectionEnd, ...]
