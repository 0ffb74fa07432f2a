"""Watches and notices as requests and answers. No answer repeats a number: it may be stored for a repetition."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from common.http import Invalid, RequestModel
from contracts.discipline_events import SubjectKind
from contracts.identifiers import CreditCode, InvalidIdentifier, recognise_licence, unchanging
from contracts.regions import PROVINCE, REGIONS
from pydantic import BaseModel, Field, field_validator

from discipline_api.display.shown import RecordKind
from discipline_api.refusals import Refused
from discipline_api.watches.domain import Notice, Watch, What, term_of

_NEEDS = {
    What.RECORD: ("record_id",),
    What.SUBJECT: ("licence_number", "credit_code"),
    What.REGION: ("region",),
    What.KIND: ("record_kind",),
    What.ALL: (),
}


class BeginWatch(RequestModel):
    what: What
    record_id: UUID | None = None
    licence_number: str | None = Field(default=None, max_length=64, description="曾用证号亦可 / former ones too.")
    credit_code: str | None = Field(default=None, max_length=64)
    region: str | None = Field(default=None, max_length=6, description="410000 为省级机关 / organs of the province.")
    record_kind: RecordKind | None = None

    @field_validator("region")
    @classmethod
    def _known(cls, region: str | None) -> str | None:
        if region is not None and region != PROVINCE and region not in REGIONS:
            raise Invalid("没有这个地区代码", "is no region of this province")
        return region

    def check_fields(self, *, itself: bool) -> None:
        """Raises Refused where a value is missing, or does not belong to what is watched. `itself`: for a lawyer or a
        firm the number goes without saying.
        """
        needed = _NEEDS[self.what]
        for names in _NEEDS.values():
            for name in names:
                if name not in needed and getattr(self, name) is not None:
                    raise Refused(
                        "value-out-of-place", f"{name} 不适用于此处", f"{name} does not belong here", field=name
                    )
        given = [name for name in needed if getattr(self, name) is not None]
        if len(given) > 1:
            raise Refused("value-out-of-place", "只能填写其中一项", "only one of them can be given", field=given[-1])
        if needed and not given and not itself:
            raise Refused("value-missing", f"{needed[0]} 必须填写", f"{needed[0]} is required here", field=needed[0])

    def subject(self) -> tuple[SubjectKind, str] | None:
        """Kind and the part of the number that never changes."""
        if self.licence_number is not None:
            return SubjectKind.LAWYER, parsed(SubjectKind.LAWYER, self.licence_number)
        if self.credit_code is not None:
            return SubjectKind.FIRM, parsed(SubjectKind.FIRM, self.credit_code)
        return None


def parsed(kind: SubjectKind, number: str) -> str:
    """Raises Refused."""
    field = "licence_number" if kind is SubjectKind.LAWYER else "credit_code"
    try:
        return (
            unchanging(str(recognise_licence(number))) if kind is SubjectKind.LAWYER else str(CreditCode.parse(number))
        )
    except InvalidIdentifier as error:
        raise Refused("validation-failed", error.zh, error.en, field=field) from error


class WatchView(BaseModel):
    watch_id: UUID
    version: int
    what: dict[str, str]
    record_id: UUID | None
    subject_kind: SubjectKind | None
    region: str | None
    record_kind: RecordKind | None
    began_at: datetime
    ends: dict[str, Any]

    @classmethod
    def of(cls, watch: Watch) -> Self:
        target = watch.target
        return cls(
            watch_id=watch.watch_id,
            version=watch.version,
            what={"code": target.what.value, "zh": target.what.zh, "en": target.what.en},
            record_id=target.record_id,
            subject_kind=target.subject_kind,
            region=target.region,
            record_kind=target.record_kind,
            began_at=watch.began_at,
            ends=term_of(watch),
        )


class NoticeView(BaseModel):
    """Which record has changed, how and when. Who it is about is read from the record itself, while it is shown."""

    kind: dict[str, str]
    at: datetime
    because: list[str]
    record_id: UUID | None
    leaf_index: int | None
    watch_id: UUID | None

    @classmethod
    def of(cls, notice: Notice) -> Self:
        return cls(
            kind={"code": notice.kind.value, "zh": notice.kind.zh, "en": notice.kind.en},
            at=notice.at,
            because=[reason.value for reason in notice.because],
            record_id=notice.record_id,
            leaf_index=notice.leaf_index,
            watch_id=notice.watch_id,
        )


class NoticesView(BaseModel):
    """`cursor`: where to go on from, and what to acknowledge once these are dealt with; null before the first one."""

    items: list[NoticeView]
    cursor: str | None
    more: bool


class Acknowledge(RequestModel):
    cursor: str = Field(min_length=1, max_length=100)


class AcknowledgedView(BaseModel):
    acknowledged: int
