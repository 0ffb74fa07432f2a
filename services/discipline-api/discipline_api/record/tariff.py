"""What may be imposed: by which organ, on whom, for which conduct, within which limits (律师法 47-52)."""

from dataclasses import dataclass
from decimal import Decimal

from contracts.conduct import Conduct, OrganKind, PenaltyKind, authority, may_impose, penalties
from contracts.discipline_events import Penalty, SubjectKind
from contracts.disclosure import disclosure_policy
from contracts.labels import LabelledEnum

from discipline_api.refusals import BeyondAuthority, Refused

SUSPENSIONS = frozenset({Penalty.SUSPENSION, Penalty.FIRM_SUSPENSION})
WITH_TERM = SUSPENSIONS | {Penalty.MEMBERSHIP_SUSPENSION}
_MAIN = SUSPENSIONS | {Penalty.REVOCATION}
_TIERS = _MAIN | {Penalty.WARNING}
"""An article gives one of them, by how serious the case is; a fine and a confiscation are added to it."""

_REPEAT_MONTHS = (3, 12)
"""停止执业 for a repeated warning, in months (律师法 51)."""


class MitigationGround(LabelledEnum):
    """从轻、减轻 grounds of 行政处罚法 32, one of which must be on record where a result lies below its tier."""

    REMEDIED = "remedied", "主动消除或者减轻危害后果", "undid or lessened the harm of his own accord"
    COERCED = "coerced", "受他人胁迫或者诱骗", "was coerced or deceived"
    CONFESSED = "confessed", "主动供述尚未掌握的违法行为", "confessed what was not yet known"
    MERIT = "merit", "配合查处有立功表现", "helped the investigation in a meritorious way"
    OTHER_LAW = "other-law", "法律、法规、规章规定的其他情形", "another ground named by law"


class Escalation(LabelledEnum):
    """Repetition, for which 律师法 51 goes beyond the conduct's own tiers."""

    REPEAT_WARNING = "repeat-warning", "受警告处罚后一年内再犯", "again within a year of a warning"
    REPEAT_SUSPENSION = (
        "repeat-suspension",
        "停止执业或停业整顿期满后两年内再犯",
        "again within two years after a suspension",
    )


@dataclass(frozen=True, slots=True)
class Imposed:
    """The penalties of one decision; each kind at most once, amounts where their kind is there."""

    kinds: tuple[Penalty, ...]
    fine_yuan: int | None = None
    confiscated_yuan: Decimal | None = None
    suspension_months: int | None = None

    @property
    def is_industry(self) -> bool:
        return any(penalties()[kind].kind is PenaltyKind.INDUSTRY for kind in self.kinds)

    @property
    def has_term(self) -> bool:
        return bool(WITH_TERM & set(self.kinds))


def check_authority(organ: OrganKind, kinds: tuple[Penalty, ...]) -> None:
    if authority(organ) is None:
        raise BeyondAuthority(
            "organ-without-authority",
            f"{organ.zh}无权作出行政处罚或行业处分，只能提出处罚建议（律师法第五十二条）",
            f"a {organ.en} imposes nothing; it may only propose a penalty (Lawyers Law, article 52)",
            field="organ.kind",
        )
    for index, kind in enumerate(kinds):
        if may_impose(organ, kind):
            continue
        info = penalties()[kind]
        only_zh, only_en = "", ""
        if kind is Penalty.REVOCATION:
            only_zh, only_en = "，只有省司法厅可以吊销", "; only the provincial department revokes"
        elif kind is Penalty.MEMBERSHIP_CANCELLATION and organ is OrganKind.CITY_ASSOCIATION:
            only_zh = "，只有省律师协会可以取消会员资格（此项未核对原文）"
            only_en = "; only the provincial association cancels membership (not checked against the source)"
        raise BeyondAuthority(
            "penalty-beyond-authority",
            f"{organ.zh}无权作出“{info.zh}”{only_zh}",
            f"a {organ.en} cannot impose {info.en}{only_en}",
            field=f"penalties.{index}.kind",
        )


def check_tariff(
    subject: SubjectKind,
    conduct: Conduct,
    imposed: Imposed,
    mitigation: MitigationGround | None,
    escalation: Escalation | None,
) -> None:
    if conduct.subject is not subject:
        raise Refused(
            "conduct-of-another-subject",
            f"{conduct.code} 适用于{_subject_zh(conduct.subject)}，不适用于{_subject_zh(subject)}",
            f"{conduct.code} is conduct of a {conduct.subject.value}, not of a {subject.value}",
            field="conduct_code",
        )
    for index, kind in enumerate(imposed.kinds):
        info = penalties()[kind]
        if subject not in info.subjects:
            raise Refused(
                "penalty-of-another-subject",
                f"“{info.zh}”不适用于{_subject_zh(subject)}",
                f"{info.en} cannot be imposed on a {subject.value}",
                field=f"penalties.{index}.kind",
            )
    if imposed.is_industry:
        _check_industry(imposed)
        return
    _check_escalation(conduct, imposed, escalation)
    _check_kinds(conduct, imposed, mitigation, escalation)
    _check_fine(conduct, imposed)
    _check_suspension(conduct, imposed, mitigation, escalation)


def check_summary_procedure(subject: SubjectKind, imposed: Imposed) -> None:
    """行政处罚法 51: warnings and small fines only; the limits have not been checked against the text."""
    row = disclosure_policy().summary_procedure
    most = row.fine_max_yuan(subject)
    if set(imposed.kinds) <= row.penalties and (imposed.fine_yuan or 0) <= most:
        return
    raise Refused(
        "not-of-summary-procedure",
        f"简易程序只适用于警告或{most}元以下罚款（{row.source}）",
        f"summary procedure is for warnings and fines of at most {most} yuan (limit not checked against the source)",
        field="summary_procedure",
    )


def _check_kinds(
    conduct: Conduct, imposed: Imposed, mitigation: MitigationGround | None, escalation: Escalation | None
) -> None:
    tiers = _TIERS & set(imposed.kinds)
    if len(tiers) > 1:
        raise Refused(
            "penalties-exclude-each-other",
            "警告、停止执业（停业整顿）、吊销按情节择一，不能并处",
            "a warning, a suspension and a revocation exclude each other: one of them, by how serious the case is",
            field="penalties",
        )
    if conduct.either and len(imposed.kinds) > 1:
        raise Refused(
            "penalties-exclude-each-other",
            f"{conduct.article}规定的警告、罚款只能择一",
            f"for {conduct.code} it is a warning or a fine, not both",
            field="penalties",
        )
    if conduct.mandatory is not None and conduct.mandatory not in imposed.kinds:
        name = penalties()[conduct.mandatory]
        raise Refused(
            "penalty-mandatory",
            f"{conduct.article}规定应当{name.zh}",
            f"for {conduct.code} {name.en} is mandatory",
            field="penalties",
        )
    for index, kind in enumerate(imposed.kinds):
        if conduct.allows(kind):
            continue
        lighter = mitigation is not None and kind in (Penalty.WARNING, *SUSPENSIONS) and conduct.mandatory is None
        if lighter or (escalation is not None and kind in _MAIN):
            continue
        info = penalties()[kind]
        raise Refused(
            "penalty-not-for-conduct",
            f"{conduct.article}对该行为未规定“{info.zh}”",
            f"{info.en} is not provided for {conduct.code}",
            field=f"penalties.{index}.kind",
        )
    # Below the tier: a fine or a confiscation alone, and a warning where the article begins with a suspension.
    if not tiers & (conduct.penalties | _MAIN) and not conduct.either and mitigation is None:
        raise _needs_mitigation(conduct, "penalties")


def _check_fine(conduct: Conduct, imposed: Imposed) -> None:
    if imposed.fine_yuan is not None and not conduct.fine_allowed(imposed.fine_yuan):
        raise Refused(
            "fine-beyond-limit",
            f"{conduct.article}的罚款上限为{conduct.fine_max_yuan}元",
            f"for {conduct.code} the fine is at most {conduct.fine_max_yuan} yuan",
            field=_field(imposed, Penalty.FINE, "fine_yuan"),
        )


def _check_suspension(
    conduct: Conduct, imposed: Imposed, mitigation: MitigationGround | None, escalation: Escalation | None
) -> None:
    months = imposed.suspension_months
    if months is None:
        return
    kind = next(kind for kind in imposed.kinds if kind in SUSPENSIONS)
    low, high = _REPEAT_MONTHS if escalation is Escalation.REPEAT_WARNING else conduct.suspension_months or (0, 0)
    field = _field(imposed, kind, "suspension_months")
    if months > high:
        raise Refused(
            "suspension-beyond-limit",
            f"{conduct.article}的停止执业（停业整顿）期限上限为{high}个月",
            f"for {conduct.code} a suspension is at most {high} months",
            field=field,
        )
    if months < max(low, 1) and mitigation is None:
        raise _needs_mitigation(conduct, field)


def _check_escalation(conduct: Conduct, imposed: Imposed, escalation: Escalation | None) -> None:
    if escalation is None:
        return
    warned = escalation is Escalation.REPEAT_WARNING
    fits = (
        Penalty.SUSPENSION in imposed.kinds
        and conduct.subject is SubjectKind.LAWYER
        and Penalty.WARNING in conduct.penalties
        if warned
        else Penalty.REVOCATION in imposed.kinds and conduct.suspension_months is not None
    )
    if not fits:
        raise Refused(
            "escalation-does-not-fit",
            "律师法第五十一条的加重情形与所作处罚不符：再受警告的应停止执业，再受停止执业（停业整顿）的应吊销",
            "article 51: a repeated warning leads to suspension, a repeated suspension to revocation",
            field="escalation",
        )


def _check_industry(imposed: Imposed) -> None:
    """The list ascends: one of the six."""
    if len(imposed.kinds) > 1:
        raise Refused(
            "penalties-exclude-each-other",
            "行业处分按情节择一，不能并处",
            "of the six industry sanctions one is imposed",
            field="penalties",
        )
    for kind in imposed.kinds:
        term = penalties()[kind].term_months
        if term is not None and not term[0] <= (imposed.suspension_months or 0) <= term[1]:
            raise Refused(
                "membership-suspension-out-of-range",
                f"中止会员权利的期限为{term[0]}个月至{term[1]}个月",
                f"membership rights are suspended for {term[0]} to {term[1]} months",
                field=_field(imposed, kind, "suspension_months"),
            )


def _needs_mitigation(conduct: Conduct, field: str) -> Refused:
    return Refused(
        "mitigation-ground-missing",
        f"处罚低于{conduct.article}规定的幅度，须记录减轻处罚的法定理由（行政处罚法第三十二条）",
        f"the result lies below the tier of {conduct.code}: record the ground of mitigation",
        field=field,
    )


def _field(imposed: Imposed, kind: Penalty, name: str) -> str:
    return f"penalties.{imposed.kinds.index(kind)}.{name}"


def _subject_zh(kind: SubjectKind) -> str:
    return "律师" if kind is SubjectKind.LAWYER else "律师事务所"
