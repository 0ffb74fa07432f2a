"""The closed lists of complaints."""

from contracts.labels import LabelledEnum


class Status(LabelledEnum):
    RECEIVED = "RECEIVED", "已收到，审查中", "received"
    SUPPLEMENT_ASKED = "SUPPLEMENT_ASKED", "待补充材料", "waiting for what was asked for"
    ACCEPTED = "ACCEPTED", "已受理，办理中", "accepted"
    REFUSED = "REFUSED", "不予受理", "refused"
    FORWARDED = "FORWARDED", "已转送其他机关", "forwarded to another organ"
    JOINED = "JOINED", "已并入同一投诉办理", "joined to another complaint about the same"
    RESULT_TOLD = "RESULT_TOLD", "已反馈结果", "result told"
    REVIEW_ASKED = "REVIEW_ASKED", "复核中", "under review"
    CLOSED = "CLOSED", "已办结", "closed"


class Step(LabelledEnum):
    """What the complainant sees happen, by date."""

    FILED = "filed", "收到投诉", "received"
    SUPPLEMENT_ASKED = "supplement-asked", "要求补充材料", "more was asked for"
    SUPPLEMENTED = "supplemented", "收到补充材料", "more was received"
    ACCEPTED = "accepted", "受理", "accepted"
    REFUSED = "refused", "不予受理", "refused"
    FORWARDED = "forwarded", "转送其他机关", "forwarded to another organ"
    ACKNOWLEDGED = "acknowledged", "接收机关签收", "acknowledged by that organ"
    RETURNED = "returned", "接收机关退回", "returned by that organ"
    JOINED = "joined", "与同一投诉并案", "joined to another complaint"
    PROCEEDING_FILED = "proceeding-filed", "立案", "a case was filed"
    PROCEEDING_DECIDED = "proceeding-decided", "案件作出决定", "the case was decided"
    RESULT_TOLD = "result-told", "反馈结果", "result told"
    REVIEW_ASKED = "review-asked", "申请复核", "review asked for"
    UPHELD = "upheld", "复核维持", "upheld on review"
    OVERTURNED = "overturned", "复核改变，重新办理", "overturned on review, handled anew"
    CLOSED = "closed", "办结", "closed"


class Source(LabelledEnum):
    """How a complaint reached us."""

    WEB = "web", "网上提交", "filed online"
    PAPER = "paper", "书面来信来访", "on paper"
    PHONE = "phone", "电话代录", "by phone, written down by an officer"
    LINE_12345 = "line-12345", "12345热线转来", "from line 12345"
    LINE_12348 = "line-12348", "12348热线转来", "from line 12348"
    PETITION_OFFICE = "petition-office", "信访部门转来", "from a petition office"
    COURT = "court", "人民法院转来", "from a court"
    PROCURATORATE = "procuratorate", "人民检察院转来", "from a procuratorate"
    POLICE = "police", "公安机关转来", "from the police"
    OTHER_ORGAN = "other-organ", "其他机关转来", "from another organ"


TRANSFERS = frozenset(Source) - {Source.WEB, Source.PAPER, Source.PHONE}
"""These carry the sender's number and the day on which it received the complaint."""


class IdentityMode(LabelledEnum):
    NAMED = "named", "实名", "named"
    ANONYMOUS = "anonymous", "匿名", "anonymous"


class RefusalGround(LabelledEnum):
    NOT_LAWYER_OR_FIRM = "not-lawyer-or-firm", "被投诉人不是律师或律师事务所", "it is about no lawyer and no firm"
    FEE_DISPUTE = "fee-dispute", "单纯收费争议，未反映违规行为", "a fee dispute without misconduct"
    MERITS = "merits", "对裁判等结果不服", "against the merits of a decision"
    OWN_RIGHTS = "own-rights", "属于律师维权事项", "a lawyer's own rights"
    FINALLY_HANDLED = "finally-handled", "同一事项已处理完毕且无新事实", "handled before, and nothing new"
    NOT_SUPPLEMENTED = "not-supplemented", "逾期未补充且无法核查", "what was asked for did not come"
    NO_MISCONDUCT = "no-misconduct", "所述情况不构成违规", "what is described is no misconduct"
    NOT_OURS = "not-ours", "不属于本机关职责", "not for this organ"


class Recipient(LabelledEnum):
    """To whom a complaint is forwarded. The first four have desks here and acknowledge themselves."""

    BUREAU = "bureau", "设区的市司法局", "a city bureau of justice"
    CITY_ASSOCIATION = "city-association", "市律师协会", "a city lawyers association"
    DEPARTMENT = "department", "省司法厅", "the provincial department of justice"
    ASSOCIATION = "association", "省律师协会", "the provincial lawyers association"
    OTHER_PROVINCE = "other-province", "外省司法行政机关或律师协会", "an organ of another province"
    COURT = "court", "人民法院", "a court"
    PROCURATORATE = "procuratorate", "人民检察院", "a procuratorate"
    POLICE = "police", "公安机关", "the police"
    SUPERVISORY = "supervisory", "纪检监察机关", "an organ of supervision"
    MARKET_REGULATION = "market-regulation", "市场监管部门", "market regulation"
    OTHER = "other", "其他有权机关", "another competent organ"


INSIDE = frozenset({Recipient.BUREAU, Recipient.CITY_ASSOCIATION, Recipient.DEPARTMENT, Recipient.ASSOCIATION})


class Outcome(LabelledEnum):
    """What the complainant is told it came to; of the case itself nothing more."""

    SANCTIONED = "sanctioned", "已作出处罚或处分", "a penalty or sanction was imposed"
    NO_PENALTY = "no-penalty", "违规轻微，不予处罚处分", "too slight for a penalty"
    NOT_ESTABLISHED = "not-established", "未发现违规", "no misconduct was found"
    UNPROVEN = "unproven", "现有证据不足以认定", "not proven"
    HANDLED_ELSEWHERE = "handled-elsewhere", "已由接收机关处理", "dealt with by the organ it was forwarded to"


class ReviewOutcome(LabelledEnum):
    UPHELD = "upheld", "维持", "upheld"
    OVERTURNED = "overturned", "改变，重新办理", "overturned"


class RecusalGround(LabelledEnum):
    PARTY = "party", "本人是当事人或者其近亲属", "is a party or a near relative of one"
    INTEREST = "interest", "与本件有利害关系", "has an interest in the matter"
    EARLIER_PART = "earlier-part", "曾任代理人、证人、鉴定人等", "took part as counsel, witness or expert"
    OTHER_TIES = "other-ties", "其他可能影响公正的关系", "other ties that may affect fairness"


class Purpose(LabelledEnum):
    """Why content is opened; it goes into the audit log."""

    TRIAGE = "triage", "受理审查", "to accept or refuse"
    HANDLING = "handling", "办理", "to handle it"
    REVIEW = "review", "复核", "to review"
    SUPERVISION = "supervision", "督导", "to supervise"


class Clock(LabelledEnum):
    ACCEPTANCE = "acceptance", "受理审查", "accept or refuse"
    HANDLING = "handling", "立案或反馈", "file a case or tell the result"
    REFUSAL_REASONS = "refusal-reasons", "不予受理说明理由", "reasons for refusing"
    FORWARD_ACKNOWLEDGEMENT = "forward-acknowledgement", "接收机关签收", "acknowledgement by the receiving organ"
    FEEDBACK = "feedback", "反馈结果", "tell the complainant"
    REVIEW_ANSWER = "review-answer", "复核答复", "answer to the review"
