"""The closed lists of practice without a licence."""

from contracts.labels import LabelledEnum


class Status(LabelledEnum):
    CLUE = "CLUE", "线索，待处置", "a clue, to be looked into"
    DISMISSED = "DISMISSED", "不予立案", "dismissed"
    OPENED = "OPENED", "已立案", "opened"
    CLOSED = "CLOSED", "已结案", "closed"


class SuspectKind(LabelledEnum):
    PERSON = "person", "个人", "a person"
    COMPANY = "company", "公司等单位", "a company or other body"


class Source(LabelledEnum):
    """Who told us."""

    PUBLIC = "public", "群众举报", "the public"
    PHONE = "phone", "电话举报", "the public, by phone"
    PAPER = "paper", "书面举报", "the public, on paper"
    LAWYERS_ASSOCIATION = "lawyers-association", "律师协会移送", "a lawyers association"
    COURT = "court", "人民法院移送", "a court"
    PROCURATORATE = "procuratorate", "人民检察院移送", "a procuratorate"
    POLICE = "police", "公安机关移送", "the police"
    MARKET_REGULATION = "market-regulation", "市场监管部门移送", "market regulation"
    CYBERSPACE = "cyberspace", "网信部门移送", "cyberspace administration"
    OTHER_ORGAN = "other-organ", "其他机关移送", "another organ"
    OWN_INSPECTION = "own-inspection", "日常检查发现", "the bureau's own inspection"


BY_DEPARTMENT = frozenset(Source) - {Source.PUBLIC, Source.PHONE, Source.PAPER, Source.OWN_INSPECTION}


class Dismissal(LabelledEnum):
    LICENSED = "licensed", "经查有律师执业证，转律师投诉渠道", "holds a licence: a matter for complaints about lawyers"
    NOT_ESTABLISHED = "not-established", "线索不实", "the clue proved unfounded"
    TOO_VAGUE = "too-vague", "线索不明，无法核查", "too vague to look into"
    KNOWN = "known", "同一线索已在办理", "the same is being dealt with"


class ReferralKind(LabelledEnum):
    JOINT_ACTION = "joint-action", "联合行动", "joint action"
    TRANSFER = "transfer", "移送", "transfer"


class ReferralResult(LabelledEnum):
    ACTED = "acted", "已依法处理", "it acted"
    INFORMED = "informed", "已提供情况", "it gave information"
    NOTHING_FOUND = "nothing-found", "未发现违法", "it found nothing"
    DECLINED = "declined", "不属其职责", "not its business"
    TAKEN_BACK = "taken-back", "已撤回", "taken back by the bureau"


class Outcome(LabelledEnum):
    """How a case ended, by whichever department."""

    PENALISED = "penalised", "已作出行政处罚", "penalised by the bureau"
    TRANSFERRED = "transferred", "已移送有关部门", "transferred to another department"
    HANDLED_BY_DEPARTMENT = "handled-by-department", "已由有关部门处理", "dealt with by another department"
    NOT_ESTABLISHED = "not-established", "违法事实不成立", "not established"


class Purpose(LabelledEnum):
    """Why content is opened; it goes into the audit log."""

    TRIAGE = "triage", "线索处置", "to look into a clue"
    HANDLING = "handling", "办理", "to handle it"
    SUPERVISION = "supervision", "督导", "to supervise"


class Clock(LabelledEnum):
    TRIAGE = "triage", "线索处置", "act on the clue"
    DECISION = "decision", "作出处罚决定", "decide"
    ACKNOWLEDGEMENT = "referral-acknowledgement", "协同部门签收", "the department acknowledges"
    RESULT = "referral-result", "协同部门反馈", "the department tells its result"
    FEEDBACK = "feedback", "反馈举报人", "tell the informant"
