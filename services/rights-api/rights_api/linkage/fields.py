"""What is said of a unit, a letter, and what the organ did. Texts are shown by no repr."""

from typing import Annotated
from uuid import UUID

from common.clock import LegalDay
from common.http import Invalid, RequestModel
from contracts.rights_taxonomy import Respondent
from pydantic import Field, ValidationInfo, field_validator

from rights_api.cases.consents import ConsentFor
from rights_api.cases.routing import Level, is_case_team
from rights_api.linkage.domain import ONLINE, CancelReason, Channel, Duty, Mark, UnitEntry, lies_at

Text = Annotated[str, Field(min_length=1, max_length=20_000, repr=False)]
Name = Annotated[str, Field(min_length=2, max_length=100)]
DocumentNumber = Annotated[str, Field(min_length=1, max_length=100, description="文号 / number of the document")]
OrganisationId = Annotated[str, Field(min_length=1, max_length=100)]


class UnitBody(RequestModel):
    """A whole entry of the directory."""

    organ_kind: Respondent
    level: Level
    region: Annotated[str, Field(examples=["410300"], description="县、区或市的代码；省级410000，国家级100000")]
    organ_name: Name
    unit_name: Name
    duty: Duty
    address: Annotated[str, Field(min_length=1, max_length=200)]
    phone: Annotated[str, Field(min_length=3, max_length=50, pattern=r"^[0-9 +()（）\-、,，转]+$")]
    channel: Channel
    organisation_id: OrganisationId | None = Field(
        default=None,
        validate_default=True,
        description="账号或系统的令牌中的机构编号 / organisation id of the tokens of its account or system",
    )
    open: bool = True

    @field_validator("organ_kind")
    @classmethod
    def _public(cls, kind: Respondent) -> Respondent:
        if kind is Respondent.PRIVATE:
            raise Invalid("单位或个人没有投诉受理部门", "a private party has no complaint unit")
        return kind

    @field_validator("region")
    @classmethod
    def _there(cls, region: str, info: ValidationInfo) -> str:
        level = info.data.get("level")
        if level is not None and not lies_at(level, region):
            raise Invalid("地区代码与级别不符", "is no region of this level")
        return region

    @field_validator("unit_name")
    @classmethod
    def _no_case_team(cls, name: str) -> str:
        if is_case_team(name):
            raise Invalid("应为投诉受理部门，不得为办案部门", "must be the complaint unit, never a case team")
        return name

    @field_validator("duty")
    @classmethod
    def _of_its_kind(cls, duty: Duty, info: ValidationInfo) -> Duty:
        if duty in (Duty.EXECUTION, Duty.CONTROL) and info.data.get("organ_kind") not in (None, Respondent.PROC):
            raise Invalid("该职能仅属于检察机关", "is a unit of procuratorates only")
        return duty

    @field_validator("channel")
    @classmethod
    def _listed(cls, channel: Channel, info: ValidationInfo) -> Channel:
        kind = info.data.get("organ_kind")
        if channel is not Channel.LETTER and kind is not None and kind not in ONLINE:
            raise Invalid(
                "该类机关只能以书面函件联系，不开通账号和接口",
                "organs of this kind are written to on paper only: no account, no system",
            )
        return channel

    @field_validator("organisation_id")
    @classmethod
    def _whose_account(cls, found: str | None, info: ValidationInfo) -> str | None:
        channel = info.data.get("channel")
        if channel is not None and (channel is Channel.LETTER) != (found is None):
            raise Invalid(
                "开通账号或接口的须填写机构编号，书面联系的不填",
                "is given with an account or a system, and only then",
            )
        return found

    def entry(self) -> UnitEntry:
        return UnitEntry(**dict(self))


class SendTask(RequestModel):
    unit_id: UUID
    text: Text = Field(description="函件正文，不得出现申请人身份 / the letter's text, naming nobody")
    identity_for: ConsentFor | None = Field(
        default=None,
        description="载明申请人身份的用途，须其已单独同意 / names the complainant, for what he consented to",
    )


class RecordMark(RequestModel):
    """From what the organ wrote or said."""

    mark: Mark
    happened_on: LegalDay
    document_number: DocumentNumber | None = None


class TellMark(RequestModel):
    """The organ itself, as of now."""

    mark: Mark


class TellReply(RequestModel):
    """回函. Without `decided_on` it decides nothing (such as: it takes longer)."""

    document_number: DocumentNumber
    document_date: LegalDay
    decided_on: LegalDay | None = None
    text: Text = Field(description="回函内容 / what it says")


class RecordReply(TellReply):
    received_on: LegalDay


class CancelTask(RequestModel):
    reason: CancelReason
