"""Closed lists of the rights channel (measure 13): what was violated, by whom, by which remedy, and how it ended."""

from contracts.labels import LabelledEnum


class Right(LabelledEnum):
    """The right that was violated (人民检察院刑事诉讼规则 57 and beyond)."""

    INFORM = "INFORM", "知情权", "being informed"
    APPLY = "APPLY", "申请权", "making applications"
    APPEAL = "APPEAL", "申诉权", "petitioning"
    MEET = "MEET", "会见通信权", "meeting and writing to clients"
    FILE = "FILE", "阅卷权", "access to the file"
    EVID = "EVID", "调查取证权", "gathering evidence"
    HEAR = "HEAR", "听取律师意见", "having one's opinion heard"
    NOTICE = "NOTICE", "通知和送达", "notice and service"
    TRIAL = "TRIAL", "发问、质证、辩论权", "questioning, challenging evidence, debate"
    EXPEL = "EXPEL", "强行带出法庭", "removal from court by force"
    PERSON = "PERSON", "人身伤害或威胁", "bodily harm or threats"
    LIBERTY = "LIBERTY", "非法限制人身自由", "unlawful restraint"
    DIGNITY = "DIGNITY", "侮辱诽谤", "insult or defamation"
    SECURITY = "SECURITY", "歧视性安检", "discriminatory security checks"
    FILING = "FILING", "立案", "getting a case filed"
    NONLIT = "NONLIT", "非诉讼调查", "non-litigation inquiries"
    OTHER = "OTHER", "其他执业权利", "another practice right"


class Respondent(LabelledEnum):
    """The kind of organ complained of."""

    POLICE = "POLICE", "公安机关", "police"
    STATE_SEC = "STATE_SEC", "国家安全机关", "state security"
    PROC = "PROC", "检察机关", "procuratorate"
    COURT = "COURT", "人民法院", "court"
    DETENTION = "DETENTION", "看守所", "detention centre"
    PRISON = "PRISON", "监狱", "prison"
    JUSTICE = "JUSTICE", "司法行政机关", "justice administration"
    SUPERVISORY = "SUPERVISORY", "监察委员会", "supervisory commission"
    OTHER_INVESTIGATOR = "OTHER_INVESTIGATOR", "海警、海关缉私等", "coast guard, customs and the like"
    ADMIN = "ADMIN", "其他行政机关", "another administrative organ"
    PRIVATE = "PRIVATE", "单位或个人", "private party"


class ComplaintKind(LabelledEnum):
    """The remedy sought; remedies may run in parallel."""

    COMPLAINT = "COMPLAINT", "投诉", "complaint to the organ or the next higher one"
    PETITION = "PETITION", "申诉或控告", "petition to the procuratorate (criminal cases)"
    RIGHTS_APP = "RIGHTS_APP", "维权申请", "rights application to bureau or association"
    DISCIPLINE = "DISCIPLINE", "反映违纪", "report to the organ's discipline inspection"


class RefusalGround(LabelledEnum):
    """The closed grounds on which a complaint may be refused."""

    NOT_LAWYER = "not_lawyer", "申请人不是执业律师或律师事务所", "the applicant is no practising lawyer or firm"
    NOT_PRACTICE_RELATED = "not_practice_related", "与执业活动无关", "not related to practice"
    MERITS_OF_JUDGMENT = "merits_of_judgment", "对裁判实体结果不服", "about the merits of a judgment"
    DUPLICATE_PENDING = "duplicate_pending", "同一事项正在处理", "the same matter is pending"
    FINALLY_DECIDED = "finally_decided", "同一事项已有最终处理", "the same matter was finally decided"
    NO_FACTS_AFTER_REQUEST = "no_facts_after_request", "经要求仍未提供事实依据", "no facts were given after a request"
    NOT_OUR_CHANNEL = "not_our_channel", "不属于本渠道（须告知正确渠道）", "another channel, which must be named"


class Outcome(LabelledEnum):
    """How a complaint was closed."""

    CORRECTED = "corrected", "已纠正", "corrected"
    PARTLY = "partly", "部分纠正", "partly corrected"
    UNFOUNDED = "unfounded", "查无实据", "unfounded"
    REFUSED_TO_CORRECT = "refused_to_correct", "拒不纠正", "correction refused"
    WITHDRAWN = "withdrawn", "申请人撤回", "withdrawn"
    TERMINATED = "terminated", "终止办理", "terminated"


class IdentityMode(LabelledEnum):
    """Who may know the complainant."""

    NAMED = "named", "实名", "named"
    SEALED = "sealed", "身份保密（仅受理人员可见）", "sealed: intake only"
    ANONYMOUS_CLUE = "anonymous_clue", "匿名线索", "anonymous clue"


FAST_LANE_RIGHTS = frozenset({Right.PERSON, Right.LIBERTY})
"""These always take the fast lane; a court hearing in progress does too, whatever the right."""

_PROCURATORATE_RESPONDENTS = frozenset(
    {Respondent.POLICE, Respondent.STATE_SEC, Respondent.PROC, Respondent.COURT, Respondent.DETENTION}
)


def may_go_to_procuratorate(respondent: Respondent, *, criminal: bool) -> bool:
    """刑事诉讼法 4 and 49, 规则 57: criminal cases only, and not against the supervisory commission or a prison."""
    return criminal and respondent in _PROCURATORATE_RESPONDENTS


class ProcuratorateUnit(LabelledEnum):
    EXECUTION = "execution", "刑事执行检察部门", "criminal-execution procuratorate unit"
    CONTROL = "control", "控告申诉检察部门", "petition and complaint unit"


def procuratorate_unit(respondent: Respondent) -> ProcuratorateUnit:
    """规则 57: a detention centre's conduct goes to the unit that watches execution."""
    return ProcuratorateUnit.EXECUTION if respondent is Respondent.DETENTION else ProcuratorateUnit.CONTROL
