"""A talk or reminder; clusters of sanctions that somebody should talk about."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.deadlines import rule
from contracts.discipline_events import TalkRecorded
from contracts.labels import LabelledEnum

from discipline_api.organs import Organ
from discipline_api.refusals import Refused

KEPT = "discipline.talk-kept"
CLUSTER = 3
"""Fewer are no cluster: each would be a single case."""


class TalkKind(LabelledEnum):
    TALK = "talk", "约谈", "talk"
    REMINDER = "reminder", "谈话提醒", "reminder"
    CAUTION = "caution", "警示谈话", "cautionary talk"


class Addressee(LabelledEnum):
    HEAD = "head", "律所负责人", "head of the firm"
    PARTNER = "partner", "合伙人", "partner"
    SUPERVISOR = "supervisor", "纪律监督员", "disciplinary supervisor"
    LAWYER = "lawyer", "律师", "lawyer"


class Topic(LabelledEnum):
    FEES = "fees", "收费与收案", "fees and engagements"
    CONFLICTS = "conflicts", "利益冲突", "conflicts of interest"
    SOLICITATION = "solicitation", "业务推广", "solicitation"
    COURT_CONDUCT = "court-conduct", "庭审与会见", "conduct in court and at meetings"
    FIRM_MANAGEMENT = "firm-management", "律所管理", "management of the firm"
    COMPLAINTS = "complaints", "投诉较多", "many complaints"
    EARLIER_SANCTION = "earlier-sanction", "曾受处罚处分", "an earlier sanction"
    PUBLIC_STATEMENTS = "public-statements", "网络言论", "public statements"
    OTHER = "other", "其他", "other"


class FollowUp(LabelledEnum):
    NONE = "none", "无", "none"
    RECTIFY = "rectify", "限期整改", "to be put right"
    PROPOSAL = "proposal", "提出处罚建议", "a penalty is proposed"
    REFERRAL = "referral", "移送律师协会", "referred to the association"


@dataclass(frozen=True, slots=True)
class Talk:
    """`notes` are sealed; the addressee is known by number only."""

    talk_id: UUID
    kind: TalkKind
    organ: Organ
    addressee: Addressee
    licence_number: str | None
    credit_code: str | None
    topics: tuple[Topic, ...]
    held_on: date
    follow_up: FollowUp
    keep_to_on: date
    version: int = 1


def record_talk(talk: Talk, today: date) -> TalkRecorded:
    if talk.licence_number is None and talk.credit_code is None:
        raise Refused(
            "value-missing", "请填写律师执业证号或律所信用代码", "give a licence number or a credit code",
            field="licence_number",
        )  # fmt: skip
    if talk.addressee is not Addressee.LAWYER and talk.credit_code is None:
        raise Refused(
            "value-missing", "该对象须填写律所信用代码", "this addressee needs the firm's credit code",
            field="credit_code",
        )  # fmt: skip
    if talk.held_on > today:
        raise Refused("date-in-the-future", "日期不得晚于今日", "must not lie in the future", field="held_on")
    if talk.keep_to_on <= today:
        raise Refused("date-implausible", "日期过早，记录已逾保存期限", "its record would be over", field="held_on")
    return TalkRecorded(
        version=1,
        region=talk.organ.plan_region,
        talk_id=talk.talk_id,
        kind=talk.kind.value,
        with_head=talk.addressee is Addressee.HEAD,
        held_on=talk.held_on,
    )


def kept_to(held_on: date) -> date:
    """The first day on which its contents are erased."""
    return rule(KEPT).ends_on(held_on)


@dataclass(frozen=True, slots=True)
class Cluster:
    of: str
    cases: int


def clusters(values: Iterable[str | None]) -> list[Cluster]:
    counted = Counter(value for value in values if value)
    return [Cluster(value, cases) for value, cases in counted.most_common() if cases >= CLUSTER]
