"""Bodies of requests. None of their values is repeated in a refusal, logged, or shown by repr."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from common.http import Invalid, RequestModel
from contracts.rights_taxonomy import ComplaintKind, IdentityMode, Respondent, Right
from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from rights_api.cases.fields import Complainant, RegionCode, Text, canonical
from rights_api.cases.routing import Level, Matter, Petition

_CLOCK_SKEW = timedelta(minutes=5)
_FIRST_YEAR = 1980


def _plausible(at: datetime) -> datetime:
    if at.year < _FIRST_YEAR:
        raise Invalid("日期过早", "is too early a time")
    if at > datetime.now(UTC) + _CLOCK_SKEW:
        raise Invalid("不能晚于现在", "must not lie in the future")
    return at


class MatterFields(RequestModel):
    """What is complained of: enough to say where it goes."""

    kind: ComplaintKind
    identity_mode: IdentityMode = IdentityMode.NAMED
    right: Right
    respondent: Respondent
    respondent_level: Level
    target_level: Level | None = Field(default=None, description="仅申诉、控告：同级或上一级检察院 / petitions only")
    petition: Petition | None = Field(default=None, description="申诉或控告，仅申诉控告填写 / of a petition only")
    criminal: bool = Field(default=False, description="刑事案件 / a criminal case")
    hearing_in_progress: bool = Field(default=False, description="庭审正在进行 / the court is in session")
    registration_region: RegionCode | None = Field(default=None, description="注册地；省外律师不填 / none: elsewhere")
    incident_region: RegionCode | None = Field(default=None, description="事发地；省外不填 / none: elsewhere")

    def matter(self) -> Matter:
        return Matter(
            kind=self.kind,
            identity_mode=self.identity_mode,
            right=self.right,
            respondent=self.respondent,
            respondent_level=self.respondent_level,
            target_level=self.target_level,
            petition=self.petition,
            criminal=self.criminal,
            hearing_in_progress=self.hearing_in_progress,
            registration_region=self.registration_region,
            incident_region=self.incident_region,
        )


class AskRoute(RequestModel):
    """A matter without its remedy: every one is told about. No person, no facts."""

    right: Right
    respondent: Respondent
    respondent_level: Level
    criminal: bool = False
    hearing_in_progress: bool = False
    registration_region: RegionCode | None = None
    incident_region: RegionCode | None = None

    def matters(self) -> list[Matter]:
        return [
            MatterFields(kind=kind, **self.model_dump()).matter()
            for kind in (ComplaintKind.COMPLAINT, ComplaintKind.PETITION, ComplaintKind.RIGHTS_APP)
        ]


class FileComplaint(MatterFields):
    incident_at: Annotated[AwareDatetime, AfterValidator(_plausible)] = Field(repr=False)
    facts: Text = Field(repr=False)
    complainant: Complainant | None = None

    @model_validator(mode="after")
    def _identity_fits_mode(self) -> Self:
        if self.identity_mode is IdentityMode.ANONYMOUS_CLUE:
            if self.complainant is not None:
                raise Invalid("匿名线索不得附申请人信息（complainant）", "an anonymous clue names no complainant")
        elif self.complainant is None:
            raise Invalid("实名或身份保密时必须填写申请人（complainant）", "complainant is required unless anonymous")
        return self

    def canonical(self) -> bytes:
        return canonical(self)


class OpenSession(RequestModel):
    receipt: Annotated[
        str,
        Field(pattern=r"^[0-9]{4}([ -]?[0-9]{4}){3}$", repr=False, description="回执号16位 / 16 digits"),
    ]

    def digits(self) -> str:
        return self.receipt.replace(" ", "").replace("-", "")


class OtherChannel(RequestModel):
    """Where to turn instead; each refusal names one."""

    organ: Annotated[str, Field(min_length=1, max_length=200)]
    how: Annotated[str, Field(min_length=1, max_length=1000, description="途径、电话或网址 / how to reach it")]
