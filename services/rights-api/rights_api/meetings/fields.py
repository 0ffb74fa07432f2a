"""Bodies of requests. None of their free values is repeated in a refusal, logged, or shown by repr."""

import re
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

import orjson
from common.http import Invalid, RequestModel
from contracts.refused_meetings import ActAtStake, MeetingGround
from contracts.rights_taxonomy import ComplaintKind, IdentityMode
from contracts.working_days import SHANGHAI
from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from rights_api.cases.fields import Complainant, RegionCode, canonical
from rights_api.cases.filings import Filing
from rights_api.cases.routing import Level
from rights_api.meetings.centres import Centre
from rights_api.meetings.domain import Called, CallResult, Watch, WatchStatus

_FIRST_YEAR = 2000
_TELEPHONE = r"^(0[0-9]{2,3}-?[0-9]{7,8}|[1-9][0-9]{4,5})$"
_TOLD = "%Y-%m-%d %H:%M"
_LOCAL_LEVELS = (Level.COUNTY, Level.CITY, Level.PROVINCE)

OFFICE_NAME = re.compile(r"[\u4e00-\u9fff（）()]{2,30}")


def _not_ancient(at: datetime) -> datetime:
    if at.year < _FIRST_YEAR:
        raise Invalid("日期过早", "is too early a time")
    return at


def _local(level: Level) -> Level:
    if level not in _LOCAL_LEVELS:
        raise Invalid("应为县级、市级或省级", "is county, city or province")
    return level


def _centre_name(text: str) -> str:
    if not OFFICE_NAME.fullmatch(text) or not text.endswith("看守所"):
        raise Invalid("应为看守所的单位名称", "must be the name of a detention centre")
    return text


def _office_name(text: str) -> str:
    if not OFFICE_NAME.fullmatch(text):
        raise Invalid("应为单位名称", "must be the name of an office")
    return text


Recent = Annotated[AwareDatetime, AfterValidator(_not_ancient)]
"""With the offset that it was given: in UTC a filing repeated across a change of version would be another one. What UTC
cannot hold lies in the future, and is refused as that."""

LocalLevel = Annotated[Level, AfterValidator(_local)]
Words = Annotated[str, Field(min_length=1, max_length=5_000, repr=False)]
Office = Annotated[str | None, Field(default=None, pattern=_TELEPHONE, description="单位值班电话 / an office's number")]


class RecordRefusal(RequestModel):
    """Two minutes on a phone: where, when, what was said, who was refused."""

    incident_region: RegionCode = Field(description="看守所所在地 / where the detention centre is")
    centre_id: UUID | None = Field(default=None, description="名单中的看守所 / one of the list")
    centre_name: str | None = Field(
        default=None, max_length=60, repr=False, description="名单中没有的，填写单位名称 / its name, where not listed"
    )
    level: LocalLevel | None = Field(default=None, description="名单中没有的，填写级别 / its level, where not listed")
    asked_at: Recent = Field(description="提出会见的时间，48小时由此起算 / the request: the 48 hours count from it")
    refused_at: Recent = Field(description="被拒的时间 / the refusal")
    ground: MeetingGround = Field(description="对方所说的理由 / the ground stated")
    words: Words = Field(description="对方原话 / the words used")
    at_stake: ActAtStake | None = Field(
        default=None, description="等待将丧失的诉讼行为 / what would be lost by waiting"
    )
    criminal: bool = Field(default=True, description="刑事案件 / a criminal case")
    kind: Literal[ComplaintKind.PETITION, ComplaintKind.RIGHTS_APP] = Field(
        default=ComplaintKind.PETITION,
        description="构成侵害后：向检察院控告（默认）或维权申请 / a petition (default) or an application",
    )
    identity_mode: Literal[IdentityMode.NAMED, IdentityMode.SEALED] = IdentityMode.NAMED
    registration_region: RegionCode | None = Field(default=None, description="注册地；省外律师不填 / none: elsewhere")
    complainant: Complainant

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.centre_id is None) == (self.centre_name is None):
            raise Invalid("看守所从名单选择或者填写名称，二者取一", "give centre_id or centre_name, one of them")
        if (self.centre_name is None) != (self.level is None):
            raise Invalid("填写看守所名称的须填写级别，从名单选择的不填", "level goes with centre_name")
        return self

    def canonical(self) -> bytes:
        return canonical(self)

    def watch(self, meeting_id: UUID, centre: Centre | None, now: datetime) -> Watch:
        level = self.level if centre is None else centre.level
        if level is None:
            raise ValueError("a form without a level names a centre of the list")
        return Watch(
            meeting_id=meeting_id,
            kind=self.kind,
            identity_mode=self.identity_mode,
            level=level,
            criminal=self.criminal,
            ground=self.ground,
            at_stake=self.at_stake,
            registration_region=self.registration_region,
            incident_region=self.incident_region,
            centre_id=self.centre_id,
            asked_at=self.asked_at,
            refused_at=self.refused_at,
            recorded_at=now,
            status=WatchStatus.RUNNING,
            version=1,
            changed_at=now,
        )

    def facts(self, place: str) -> str:
        """As those of a complaint: what the case will need is put together once, and sealed."""
        asked, refused = (at.astimezone(SHANGHAI).strftime(_TOLD) for at in (self.asked_at, self.refused_at))
        told = f"会见被拒：{place}。{asked}提出会见，{refused}被拒，所称理由：{self.ground.zh}。原话：{self.words}"
        return orjson.dumps({"incident_at": self.refused_at, "facts": told}).decode()

    def filing(
        self,
        watch: Watch,
        place: str,
        *,
        key_digest: bytes,
        request_digest: bytes,
        commitment: bytes,
        dictated_by: str | None,
    ) -> Filing:
        return Filing(
            matter=watch.matter,
            key_digest=key_digest,
            request_digest=request_digest,
            facts=self.facts(place),
            identity=self.complainant.model_dump_json(),
            commitment=commitment,
            dictated_by=dictated_by,
        )


class ReportMeeting(RequestModel):
    arranged_at: Recent = Field(description="实际会见的时间 / when the meeting took place")


class AddWords(RequestModel):
    text: Words


class RecordCall(RequestModel):
    called: Called
    result: CallResult


class SetCentre(RequestModel):
    """A public organ and its offices' telephones; no person's name or number."""

    region: RegionCode
    name: Annotated[str, Field(max_length=60, examples=["郑州市第一看守所"]), AfterValidator(_centre_name)]
    level: LocalLevel
    telephone: Office
    procuratorate: Annotated[
        str, Field(max_length=60, examples=["郑州市人民检察院驻所检察室"]), AfterValidator(_office_name)
    ]
    procuratorate_telephone: Office
    listed: bool = Field(default=True, description="false：从名单撤下 / taken off the list")

    def centre(self, centre_id: UUID, version: int) -> Centre:
        return Centre(
            centre_id,
            version,
            self.region,
            self.name,
            self.level,
            self.telephone,
            self.procuratorate,
            self.procuratorate_telephone,
            self.listed,
        )
