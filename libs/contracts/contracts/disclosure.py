"""What of discipline is public, for how long, and which readings are open: disclosure_policy.yaml, typed."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from contracts.conduct import OrganKind
from contracts.discipline_events import Penalty, SubjectKind
from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.policy import Frozen


class UnknownDisclosureClass(LookupError):
    """The policy has no such class."""


class RecordKind(LabelledEnum):
    """不良执业信息: the kinds of bad-conduct records."""

    ADMINISTRATIVE = "administrative", "行政处罚", "administrative penalty"
    INDUSTRY = "industry", "行业处分", "industry sanction"
    CONVICTION = "conviction", "刑事处罚", "criminal conviction"
    FAILED_ASSESSMENT = "failed-assessment", "年度考核不合格", "failed yearly assessment"


class Option(LabelledEnum):
    """How far a class is made known, from the narrowest to the widest."""

    FIRM_ONLY = "firm-only", "仅通知所在律所", "told to the firm only"
    PROFESSION_ONLY = "profession-only", "行业内通报", "told within the profession"
    WITHHOLD = "withhold", "一般不公示，有理由的除外", "not shown unless there are reasons"
    PUBLISH = "publish", "公示，有理由不公示的除外", "shown unless there are reasons not to"

    @property
    def may_be_public(self) -> bool:
        return self in (Option.WITHHOLD, Option.PUBLISH)


class DisplayClass(LabelledEnum):
    """失信信息 classes of 信用修复管理办法; each has its longest display in rules.yaml."""

    MINOR = "minor", "轻微", "minor"
    ORDINARY = "ordinary", "一般", "ordinary"
    SERIOUS = "serious", "严重", "serious"


class WithholdingGround(LabelledEnum):
    """Why a decision is not published."""

    MINOR_SUMMARY = "minor-summary", "轻微处罚", "a minor penalty"
    NO_SOCIAL_IMPACT = "no-social-impact", "不具有一定社会影响", "of no social impact"
    STATE_SECRET = (
        "state-secret",
        "涉及国家秘密或可能危及国家安全、公共安全、经济安全、社会稳定",
        "state secrets, or a danger to public security or stability",
    )
    THIRD_PARTY = (
        "third-party",
        "涉及商业秘密、第三人隐私且未获同意",
        "business secrets or privacy of a third party without consent",
    )
    IDENTIFIES_MINOR = "identifies-minor", "可能识别未成年人", "might identify a minor"


class PublishingGround(LabelledEnum):
    """Why a decision is published although its class is not as a rule, or it was withheld before."""

    SOCIAL_IMPACT = "social-impact", "具有一定社会影响", "of some social impact"
    PUBLIC_INTEREST = "public-interest", "不公开会对公共利益造成重大影响", "a major public interest"
    NEW_FACTS = "new-facts", "不公示的理由已不存在", "the reasons for withholding are gone"


class Display(Frozen):
    code: DisplayClass
    min_rule: str | None
    max_rule: str


class Reading(Frozen):
    option: Option
    zh: str
    en: str
    source: str
    verified: bool


class Tension(Frozen):
    """A question that the law leaves open, and how it can be read."""

    id: str
    zh: str
    en: str
    readings: tuple[Reading, ...]

    @property
    def options(self) -> tuple[Option, ...]:
        return tuple(reading.option for reading in self.readings)


class DisclosureClass(Frozen):
    """`procedure` narrows a class to decisions of summary procedure; the broader one is for all others."""

    code: str
    kind: RecordKind
    penalty: Penalty | None = None
    procedure: Literal["any", "summary"] = "any"
    default: Option
    display: DisplayClass
    tension: str
    source: str
    verified: bool


class _OffPlatform(Frozen):
    subject: SubjectKind
    source: str
    verified: bool


class SummaryProcedure(Frozen):
    penalties: frozenset[Penalty]
    individual_max_yuan: int
    organisation_max_yuan: int
    source: str
    verified: bool
    off_credit_platform: _OffPlatform

    def fine_max_yuan(self, subject: SubjectKind) -> int:
        return self.individual_max_yuan if subject is SubjectKind.LAWYER else self.organisation_max_yuan


class Recorder(Frozen):
    kind: RecordKind
    subject: SubjectKind
    organs: frozenset[OrganKind]
    source: str
    verified: bool


class WithholdingRow(Frozen):
    ground: WithholdingGround
    source: str
    verified: bool


class PublishingRow(Frozen):
    ground: PublishingGround
    source: str
    verified: bool


class DisclosurePolicy(Frozen):
    displays: tuple[Display, ...]
    cap_rule: str
    summary_procedure: SummaryProcedure
    tensions: tuple[Tension, ...]
    classes: tuple[DisclosureClass, ...]
    recorders: tuple[Recorder, ...]
    withholding: tuple[WithholdingRow, ...]
    publishing: tuple[PublishingRow, ...]

    def of(self, code: str) -> DisclosureClass:
        try:
            return next(row for row in self.classes if row.code == code)
        except StopIteration:
            raise UnknownDisclosureClass(code) from None

    def of_penalty(self, penalty: Penalty, *, summary: bool = False) -> DisclosureClass:
        rows = [row for row in self.classes if row.penalty is penalty]
        narrow = [row for row in rows if row.procedure == "summary"] if summary else []
        return next(iter(narrow or [row for row in rows if row.procedure == "any"]))

    def of_record(self, kind: RecordKind) -> DisclosureClass:
        """For what is no sanction: one class per kind."""
        return next(row for row in self.classes if row.kind is kind and row.penalty is None)

    def display(self, code: DisplayClass) -> Display:
        return next(row for row in self.displays if row.code is code)

    def tension_of(self, row: DisclosureClass) -> Tension:
        return next(tension for tension in self.tensions if tension.id == row.tension)

    def withholding_row(self, ground: WithholdingGround) -> WithholdingRow:
        return next(row for row in self.withholding if row.ground is ground)

    def publishing_row(self, ground: PublishingGround) -> PublishingRow:
        return next(row for row in self.publishing if row.ground is ground)

    def recorder(self, kind: RecordKind, subject: SubjectKind) -> Recorder | None:
        return next((row for row in self.recorders if row.kind is kind and row.subject is subject), None)


@lru_cache(maxsize=1)
def disclosure_policy() -> DisclosurePolicy:
    return DisclosurePolicy.model_validate(load_yaml("disclosure_policy.yaml"))


def widest(options: Iterable[Option]) -> Option:
    return max(options, key=list(Option).index)


def gravest(rows: Iterable[DisclosureClass]) -> DisclosureClass:
    return max(rows, key=lambda row: list(DisplayClass).index(row.display))
