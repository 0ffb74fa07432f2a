"""What a 双公示 file says of a penalty, and what it leaves out. No framework."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from contracts.conduct import WithdrawalGround, conduct, penalties
from contracts.discipline_events import Penalty, SubjectKind
from contracts.disclosure import disclosure_policy
from contracts.labels import LabelledEnum

from discipline_api.organs import Organ
from discipline_api.record.credit import credit_of
from discipline_api.record.domain import Sanction
from discipline_api.record.tariff import SUSPENSIONS, WITH_TERM, Imposed
from discipline_api.refusals import Refused

FIELDS = (
    "行政相对人名称",
    "行政相对人代码1（统一社会信用代码）",
    "行政相对人代码2",
    "行政相对人代码3",
    "行政相对人代码4",
    "行政相对人代码5",
    "行政相对人代码6",
    "法定代表人",
    "证件类型",
    "证件号码",
    "决定书文号",
    "违法行为类型",
    "违法事实",
    "处罚依据",
    "处罚类别",
    "处罚内容",
    "罚款金额（万元）",
    "没收金额（万元）",
    "暂扣或吊销证照名称及编号",
    "决定日期",
    "处罚有效期",
    "公示截止期",
    "处罚机关",
    "处罚机关代码",
    "数据来源单位",
    "数据来源单位代码",
    "备注",
)
"""As read in a road-sector credit schema; the standard itself was not (note, 3). Codes 2 to 6 of the old registers of
firms are not held here.
"""

LONGEST_DAYS = 366
_EARLIEST = date(1980, 1, 1)
"""The profession was restored in 1979."""
_DAY = timedelta(days=1)
_WAN = Decimal(10_000)
_YUAN_OF_WAN = Decimal("0.000001")


class IdentityKind(LabelledEnum):
    RESIDENT = "resident-identity-card", "居民身份证", "resident identity card"


class Fate(LabelledEnum):
    """Why a row is in the file."""

    ADDED = "added", "新增", "put on display"
    UPDATED = "updated", "更新", "shown anew"
    REVOKED = "revoked", "撤销", "to be deleted: the decision has fallen"
    ENDED = "ended", "撤销（公示期届满）", "to be deleted: its display is over"
    REPAIRED = "repaired", "修复", "to be deleted: repaired"


@dataclass(frozen=True, slots=True)
class Identity:
    kind: IdentityKind
    number: str


@dataclass(frozen=True, slots=True)
class Present:
    """On display. `identity` where the organ has entered one."""

    sanction: Sanction
    fate: Fate
    identity: Identity | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """Off display: what the platform needs to find and delete it, and nobody's name."""

    organ: Organ
    document_number: str
    decided_on: date
    gone_on: date
    fate: Fate
    ground: WithdrawalGround | None = None


Row = Present | Gone


@dataclass(frozen=True, slots=True)
class CreditFile:
    """`left_out`: penalties of summary procedure on individuals, which the platform must not hold."""

    from_on: date
    to_on: date
    rows: tuple[Row, ...]
    left_out: int

    def count(self, fate: Fate) -> int:
        return sum(row.fate is fate for row in self.rows)

    @property
    def identities(self) -> int:
        return sum(isinstance(row, Present) and row.identity is not None for row in self.rows)


def why_left_out() -> dict[str, str]:
    row = disclosure_policy().summary_procedure.off_credit_platform
    return {
        "rule": "summary-procedure-individual",
        "zh": f"适用简易程序对个人作出的处罚不归集到信用平台（{row.source}）",
        "en": "penalties of summary procedure on individuals stay off the credit platform",
        "source": row.source,
    }


def check_window(from_on: date, to_on: date, today: date) -> None:
    if from_on < _EARLIEST:
        raise Refused("date-implausible", "日期过早", "is too early a date", field="from")
    if from_on > to_on:
        raise Refused("window-backwards", "起始日期晚于截止日期", "ends before it begins", field="to")
    if to_on > today:
        raise Refused("date-in-the-future", "截止日期不得晚于今日", "must not lie in the future", field="to")
    if (to_on - from_on).days >= LONGEST_DAYS:
        raise Refused(
            "window-too-long",
            f"一份文件最多覆盖{LONGEST_DAYS}日",
            f"a file covers {LONGEST_DAYS} days at most",
            field="from",
        )


def fate_of_gone(*, withdrawn: bool, ending: str) -> Fate:
    if withdrawn:
        return Fate.REVOKED
    return Fate.REPAIRED if ending == "repaired" else Fate.ENDED


def cells(row: Row, today: date) -> tuple[str, ...]:
    """One per field, all of them text."""
    return _cells_of_gone(row) if isinstance(row, Gone) else _cells_of_present(row, today)


def _cells_of_present(row: Present, today: date) -> tuple[str, ...]:
    sanction, decision, imposed = row.sanction, row.sanction.decision, row.sanction.decision.imposed
    subject, act = decision.subject, conduct(decision.conduct_code)
    credit = credit_of(sanction, today)
    told = {
        "行政相对人名称": subject.name,
        "行政相对人代码1（统一社会信用代码）": subject.credit_code or "",
        "证件类型": row.identity.kind.zh if row.identity else "",
        "证件号码": row.identity.number if row.identity else "",
        "决定书文号": decision.document_number,
        "违法行为类型": act.zh,
        "违法事实": sanction.facts or "",
        "处罚依据": act.article,
        "处罚类别": "、".join(penalties()[kind].zh for kind in imposed.kinds),
        "处罚内容": _content(imposed),
        "罚款金额（万元）": _wan(None if imposed.fine_yuan is None else Decimal(imposed.fine_yuan)),
        "没收金额（万元）": _wan(imposed.confiscated_yuan),
        "暂扣或吊销证照名称及编号": _licence(sanction),
        "决定日期": decision.decided_on.isoformat(),
        "处罚有效期": "" if decision.to_on is None else (decision.to_on - _DAY).isoformat(),
        "公示截止期": (sanction.term.display_to_on - _DAY).isoformat(),
        "备注": f"{row.fate.zh}；失信信息：{'是' if credit.dishonest else '否'}（{credit.zh}）",
    } | _organ(decision.organ)
    return tuple(told.get(field, "") for field in FIELDS)


def _cells_of_gone(row: Gone) -> tuple[str, ...]:
    why = row.fate.zh if row.ground is None else f"{row.fate.zh}：决定已被{row.ground.zh}（行政处罚法第四十八条）"
    told = {
        "决定书文号": row.document_number,
        "决定日期": row.decided_on.isoformat(),
        "备注": f"{why}；自{row.gone_on.isoformat()}起停止公示，请删除",
    } | _organ(row.organ)
    return tuple(told.get(field, "") for field in FIELDS)


def _organ(organ: Organ) -> dict[str, str]:
    return {
        "处罚机关": organ.name_zh,
        "处罚机关代码": organ.code,
        "数据来源单位": organ.name_zh,
        "数据来源单位代码": organ.code,
    }


def _content(imposed: Imposed) -> str:
    said: list[str] = []
    for kind in imposed.kinds:
        text = penalties()[kind].zh
        if kind is Penalty.FINE:
            text += f"{imposed.fine_yuan}元"
        elif kind is Penalty.CONFISCATION:
            text += f"{imposed.confiscated_yuan}元"
        elif kind in WITH_TERM:
            text += f"{imposed.suspension_months}个月"
        said.append(text)
    return "；".join(said)


def _wan(yuan: Decimal | None) -> str:
    return "" if yuan is None else f"{(yuan / _WAN).quantize(_YUAN_OF_WAN).normalize():f}"


def _licence(sanction: Sanction) -> str:
    decision = sanction.decision
    if not (SUSPENSIONS | {Penalty.REVOCATION}) & set(decision.imposed.kinds):
        return ""
    subject = decision.subject
    if subject.kind is SubjectKind.LAWYER:
        return f"律师执业证 {subject.licence_number}"
    return f"律师事务所执业许可证 {subject.credit_code}"


def check_identity(sanction: Sanction, today: date) -> None:
    """Whether a number of this subject may be kept for the platform at all."""
    if sanction.withdrawal is not None:
        raise Refused("already-withdrawn", "该决定已撤回", "the decision has been withdrawn", conflict=True)
    if sanction.term.display_to_on <= today:
        raise Refused("display-term-over", "公示期已届满", "its display is over", conflict=True)
    if sanction.decision.subject.kind is not SubjectKind.LAWYER or sanction.decision.stays_off_credit_platform:
        raise Refused(
            "no-identity-needed",
            "该决定不向信用平台提供证件号码",
            "no identity number of this decision goes to the credit platform",
            conflict=True,
        )


def summary(file: CreditFile) -> dict[str, int]:
    return {fate.value: file.count(fate) for fate in Fate}
