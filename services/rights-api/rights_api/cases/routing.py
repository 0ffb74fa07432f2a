"""What may be filed and where it goes, explained to the complainant."""

from dataclasses import dataclass

from contracts.labels import LabelledEnum
from contracts.regions import REGIONS
from contracts.rights_taxonomy import (
    FAST_LANE_RIGHTS,
    ComplaintKind,
    IdentityMode,
    Respondent,
    Right,
    may_go_to_procuratorate,
    procuratorate_unit,
)


class Level(LabelledEnum):
    """Of the organ complained of, and of the procuratorate petitioned."""

    COUNTY = "county", "县级", "county"
    CITY = "city", "市级", "city"
    PROVINCE = "province", "省级", "province"
    NATIONAL = "national", "国家级", "national"


class Petition(LabelledEnum):
    """刑事诉讼法 49: both by one procedure."""

    APPEAL = "appeal", "申诉", "to set an act right"
    ACCUSATION = "accusation", "控告", "to accuse conduct"


_CASE_TEAMS = ("办案", "专案", "承办", "合议庭", "审判庭", "审判组", "侦查", "刑警", "管教", "公诉")


def is_case_team(name: str) -> bool:
    """Those who deal with the lawyer's case never read a letter about it (RR17)."""
    return any(word in name for word in _CASE_TEAMS)


_RANK = {level: rank for rank, level in enumerate(Level)}


class FilingRefused(Exception):
    """What was filed cannot go this way; the sentences name the way that is open."""

    def __init__(self, code: str, zh: str, en: str, *, field: str) -> None:
        super().__init__(f"{code}: {en}")
        self.code, self.zh, self.en, self.field = code, zh, en, field


@dataclass(frozen=True, slots=True)
class Matter:
    """What is complained of, without a word about who complains or what happened."""

    kind: ComplaintKind
    identity_mode: IdentityMode
    right: Right
    respondent: Respondent
    respondent_level: Level
    criminal: bool
    hearing_in_progress: bool
    registration_region: str | None
    incident_region: str | None
    target_level: Level | None = None
    petition: Petition | None = None
    act_at_stake: bool = False
    """A procedural act would be lost by waiting: a hearing, a time limit."""

    @property
    def fast_lane(self) -> bool:
        urgent = self.hearing_in_progress or self.act_at_stake
        return self.right in FAST_LANE_RIGHTS or self.right is Right.EXPEL or urgent

    @property
    def owner_region(self) -> str:
        """The association of registration owns (RR13); for a lawyer registered elsewhere, that of the incident."""
        owner = self.registration_region or self.incident_region
        if owner is None:
            raise ValueError("a matter outside the province was not refused")
        return owner

    @property
    def against_justice(self) -> bool:
        """Then no justice organ may learn of it."""
        return self.respondent is Respondent.JUSTICE

    @property
    def is_clue(self) -> bool:
        return self.identity_mode is IdentityMode.ANONYMOUS_CLUE


def check(matter: Matter) -> None:
    """Raises FilingRefused."""
    if matter.registration_region is None and matter.incident_region is None:
        raise FilingRefused(
            "outside-province",
            "注册地和事发地至少有一处在河南省；两地都在省外的，请向注册地律师协会提出",
            "Henan must be the place of registration or of the incident; else turn to your own association",
            field="registration_region",
        )
    if matter.kind is ComplaintKind.DISCIPLINE:
        raise FilingRefused(
            "kind-not-filed-here",
            "反映违纪请直接向有关机关的纪检监察部门提出；本渠道受理投诉、申诉控告和维权申请",
            "Report breaches of discipline to the organ's inspection; complaints, petitions and applications come here",
            field="kind",
        )
    if matter.is_clue and matter.kind is not ComplaintKind.COMPLAINT:
        raise FilingRefused(
            "clue-is-no-application",
            "匿名线索只用于分析规律，不能作为申诉、控告或维权申请；可改为实名或身份保密",
            "An anonymous clue shows patterns and cannot become a petition or application; file named or sealed",
            field="identity_mode",
        )
    if matter.kind is ComplaintKind.PETITION:
        _check_petition(matter)
    elif matter.target_level is not None:
        raise FilingRefused(
            "target-level-of-petition-only",
            "只有申诉、控告需要指明检察院级别",
            "Only a petition names the level of a procuratorate",
            field="target_level",
        )


def _check_petition(matter: Matter) -> None:
    if not matter.criminal:
        raise FilingRefused(
            "petition-criminal-only",
            "向检察院申诉、控告仅适用于刑事案件；请改为投诉或维权申请",
            "A petition to the procuratorate is for criminal cases; file a complaint or a rights application instead",
            field="criminal",
        )
    if not may_go_to_procuratorate(matter.respondent, criminal=True):
        raise FilingRefused(
            "petition-respondent",
            f"对{matter.respondent.zh}不能走检察院申诉、控告途径；请改为维权申请",
            "A petition to the procuratorate is not open against this organ; file a rights application instead",
            field="respondent",
        )
    step = _RANK[target_level(matter)] - _RANK[matter.respondent_level]
    if step not in (0, 1):
        raise FilingRefused(
            "petition-level",
            "申诉、控告应向同级或者上一级人民检察院提出",
            "A petition goes to the procuratorate of the same level or the next higher one",
            field="target_level",
        )


def target_level(matter: Matter) -> Level:
    return matter.target_level or matter.respondent_level


@dataclass(frozen=True, slots=True)
class Route:
    """Where a matter goes, because of which rule."""

    zh: str
    en: str
    source: str


def route(matter: Matter) -> Route:
    """RR02 to RR04, RR13, RR14 in a sentence."""
    owner = REGIONS[matter.owner_region]
    if matter.is_clue:
        return Route("作为线索留存，不启动办理", "Kept as a clue; nothing is set in motion", "系统设定")
    if matter.kind is ComplaintKind.PETITION:
        level, unit = target_level(matter), procuratorate_unit(matter.respondent)
        return Route(
            f"由{owner.name_zh}律师协会受理后转{level.zh}人民检察院{unit.zh}",
            f"{owner.name_en} association takes it to the {level.en} procuratorate: {unit.en}",
            "刑事诉讼法第四十九条；人民检察院刑事诉讼规则第五十七条",
        )
    if matter.kind is ComplaintKind.COMPLAINT:
        return Route(
            f"由{owner.name_zh}律师协会受理后转{matter.respondent.zh}或其上一级的投诉受理部门，不经办案人员",
            f"{owner.name_en} association takes it to the complaint unit there or one level up, never to the case team",
            "司发〔2015〕14号第四十一条（未核对原文）",
        )
    return Route(
        f"由{owner.name_zh}司法局或律师协会办理",
        f"{owner.name_en} justice bureau or association deals with it",
        "司发〔2015〕14号第四十四条（未核对原文）",
    )
