"""Why meetings are refused, and what each ground is worth in law: refused_meetings.yaml, typed."""

from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from pydantic import model_validator

from contracts.deadlines import rules
from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.policy import Frozen

Lawful = Literal["no", "depends", "yes"]


class MeetingGround(LabelledEnum):
    """As the detention centre stated it."""

    NO_BOOKING = "no-booking", "未预约", "no booking"
    EXTRA_PAPERS = "extra-papers", "另需其他材料", "further papers asked for"
    CONSENT_REQUIRED = "consent-required", "需办案机关同意", "consent of the case organ asked for"
    BRIBERY = "bribery", "特别重大贿赂案件", "a grave bribery case"
    NO_ROOM = "no-room", "无会见室", "no room free"
    INTERROGATION_ONGOING = "interrogation-ongoing", "正在提审", "an interrogation is going on"
    HOLIDAY = "holiday", "节假日", "a holiday"
    SECURITY_PERMISSION_REQUIRED = (
        "security-permission-required",
        "危害国家安全、恐怖活动案件须经许可",
        "permission needed in a state-security or terrorism case",
    )
    OTHER = "other", "其他理由或者未说明理由", "another ground or none"


class ActAtStake(LabelledEnum):
    """What would be lost by waiting."""

    HEARING = "hearing", "即将开庭", "a hearing is at hand"
    MINOR = "minor", "即将讯问未成年人", "a minor is about to be interrogated"
    DEADLINE = "deadline", "诉讼期限将满", "a procedural time limit is about to end"
    OTHER = "other", "其他紧迫的诉讼行为", "another procedural act at hand"


class GroundRow(Frozen):
    """`rule`: the time within which the meeting, or the answer, is due. `verified`: the source itself was read."""

    id: MeetingGround
    zh: str
    en: str
    lawful: Lawful
    rule: str
    source: str
    basis: Literal["law", "recalled", "design"]
    verified: bool
    told_zh: str
    told_en: str

    @property
    def violates_at_once(self) -> bool:
        return self.lawful == "no"


class _Loss(Frozen):
    id: ActAtStake
    zh: str
    en: str


class _File(Frozen):
    grounds: tuple[GroundRow, ...]
    losses: tuple[_Loss, ...]

    @model_validator(mode="after")
    def _complete(self) -> "_File":
        grounds, losses = [row.id for row in self.grounds], [row.id for row in self.losses]
        if sorted(grounds) != sorted(MeetingGround) or sorted(losses) != sorted(ActAtStake):
            raise ValueError("refused_meetings.yaml does not hold each ground and loss once")
        named = [(row.id.zh, row.id.en, row.zh, row.en) for row in self.grounds]
        named += [(row.id.zh, row.id.en, row.zh, row.en) for row in self.losses]
        if any((zh, en) != (row_zh, row_en) for zh, en, row_zh, row_en in named):
            raise ValueError("refused_meetings.yaml names a ground or loss otherwise than the closed list")
        if {row.rule for row in self.grounds} - set(rules()):
            raise ValueError("refused_meetings.yaml names a rule that rules.yaml does not have")
        return self


@lru_cache(maxsize=1)
def meeting_grounds() -> MappingProxyType[MeetingGround, GroundRow]:
    rows = _File.model_validate(load_yaml("refused_meetings.yaml")).grounds
    return MappingProxyType({row.id: row for row in rows})
