"""What officers and what the public see of the closing."""

from datetime import date
from typing import Self
from uuid import UUID

import orjson
from common.auth import Principal
from contracts.entitlements import IndicatorScope, indicator_scope, may_read_feed, may_read_standing_of
from pydantic import BaseModel

from progress_api.closing.domain import Closing, ClosingKind
from progress_api.closing.lateness import Addendum, Difference, DifferenceOf
from progress_api.closing.record import FinalReport, IndicatorValue, Record
from progress_api.closing.use_cases import Written
from progress_api.editions.views import StepView
from progress_api.papers.domain import Form


class ClosingView(BaseModel):
    """For the department. digest_sm3: of the whole record; report_digest_sm3: of what is published."""

    closing_id: UUID
    plan_id: str
    kind: str
    kind_zh: str
    kind_en: str
    as_of: date
    number: int | None
    state: str
    state_zh: str
    state_en: str
    digest_sm3: str
    report_digest_sm3: str
    drafted: StepView | None
    reviewed: StepView | None
    returned: StepView | None
    signed: StepView | None
    signed_on: date | None
    document_number: str | None
    version: int
    papers: dict[str, str]

    @classmethod
    def of(cls, closing: Closing) -> Self:
        signed = closing.signature
        return cls(
            closing_id=closing.closing_id,
            plan_id=closing.plan_id,
            kind=closing.kind.value,
            kind_zh=closing.kind.zh,
            kind_en=closing.kind.en,
            as_of=closing.as_of,
            number=closing.number,
            state=closing.state.value,
            state_zh=closing.state.zh,
            state_en=closing.state.en,
            digest_sm3=closing.digest,
            report_digest_sm3=closing.report_digest,
            drafted=StepView.of(closing.drafted),
            reviewed=StepView.of(closing.reviewed),
            returned=StepView.of(closing.returned),
            signed=None if signed is None else StepView(by=signed.by, at=signed.at, reason=None),
            signed_on=signed and signed.on,
            document_number=signed and signed.document_number,
            version=closing.version,
            papers={form.value: f"/v1/closing/{closing.closing_id}/paper.{form.value}" for form in Form},
        )


class PublicClosing(BaseModel):
    """Without any officer. digest_sm3: of the bytes at `json`."""

    plan_id: str
    kind: str
    kind_zh: str
    kind_en: str
    as_of: date
    number: int | None
    document_number: str
    signed_on: date
    digest_sm3: str
    record_digest_sm3: str
    links: dict[str, str]

    @classmethod
    def of(cls, closing: Closing) -> Self:
        at = f"/v1/closing/{closing.plan_id}"
        at = f"{at}/report" if closing.number is None else f"{at}/addenda/{closing.number}"
        return cls(
            plan_id=closing.plan_id,
            kind=closing.kind.value,
            kind_zh=closing.kind.zh,
            kind_en=closing.kind.en,
            as_of=closing.as_of,
            number=closing.number,
            document_number=closing.signed.document_number,
            signed_on=closing.signed.on,
            digest_sm3=closing.report_digest,
            record_digest_sm3=closing.digest,
            links={"json": f"{at}.json"} | {form.value: f"{at}.{form.value}" for form in Form},
        )


class PublicClosings(BaseModel):
    """freeze: null until it is signed."""

    plan_id: str
    freeze: PublicClosing | None
    addenda: list[PublicClosing]


class DifferencesView(BaseModel):
    """withheld: how many there are beside these that the reader may not see."""

    plan_id: str
    as_of: date
    known_on: date
    items: list[Difference]
    withheld: int

    @classmethod
    def of(cls, found: Addendum, principal: Principal) -> Self:
        shown = [each for each in found.differences if _may_see(principal, each)]
        return cls(
            plan_id=found.plan_id,
            as_of=found.as_of,
            known_on=found.known_on,
            items=shown,
            withheld=len(found.differences) - len(shown),
        )


def for_officers(closing: Closing, written: Written, principal: Principal) -> bytes:
    """With the record as far as this reader's rights reach, and what is published of it."""
    record: Record | Addendum
    if closing.kind is ClosingKind.FREEZE:
        record = _seen(Record.from_bytes(written.record), FinalReport.from_bytes(written.report), principal)
    else:
        whole = Addendum.from_bytes(written.record)
        shown = tuple(each for each in whole.differences if _may_see(principal, each))
        record = whole.model_copy(update={"differences": shown})
    return orjson.dumps(
        ClosingView.of(closing).model_dump(mode="json")
        | {"record": orjson.Fragment(record.as_bytes()), "report": orjson.Fragment(written.report)}
    )


def _seen(record: Record, report: FinalReport, principal: Principal) -> Record:
    return record.model_copy(
        update={
            "indicators": tuple(_seen_indicator(line, report, principal) for line in record.indicators),
            "feeds": tuple(feed for feed in record.feeds if may_read_feed(principal, feed.topic)),
        }
    )


def _seen_indicator(line: IndicatorValue, report: FinalReport, principal: Principal) -> IndicatorValue:
    """Of closed ones a reader without the right sees what is published; what tells who is suspended is left out."""
    if indicator_scope(principal, line.id) is not IndicatorScope.ALL_REGIONS:
        shown = report.content.indicator(line.id)
        return line.model_copy(
            update={
                "value": shown.value,
                "numerator": shown.numerator,
                "denominator": shown.denominator,
                "reason": shown.reason,
                "regions": (),
            }
        )
    if not line.tells_standing:
        return line
    shown_regions = tuple(each for each in line.regions if may_read_standing_of(principal, each.code))
    return line.model_copy(update={"regions": shown_regions})


def _may_see(principal: Principal, found: Difference) -> bool:
    if found.of is not DifferenceOf.INDICATOR:
        return True
    if indicator_scope(principal, found.id) is not IndicatorScope.ALL_REGIONS:
        return False
    return found.region is None or not found.tells_standing or may_read_standing_of(principal, found.region)
