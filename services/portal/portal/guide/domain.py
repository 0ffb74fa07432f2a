"""Deadlines that a reader may rely on or must keep, from the rules that everything here is reckoned by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.deadlines import Rule, RuleBasis, rule

_UNITS = {"minutes": "分钟", "hours": "小时", "days": "日", "months": "个月"}

_SHOWN: Mapping[str, Sequence[str]] = {
    "律师执业受阻": (
        "rights.meeting", "rights.file-access", "rights.triage", "rights.with-procuratorate", "rights.with-organ",
        "rights.reply", "rights.objection", "rights.review",
    ),
    "投诉律师、律师事务所": (
        "discipline.clue-acceptance", "industry.acceptance", "industry.refusal-reasons", "discipline.decision",
        "discipline.service",
    ),
    "被处罚、被处分的": (
        "discipline.hearing-request", "discipline.review-application", "discipline.litigation",
        "industry.defence", "industry.review-application",
    ),
    "公示": (
        "discipline.publication", "discipline.withdrawal", "discipline.objection", "discipline.display-cap",
        "discipline.query-result-kept",
    ),
}  # fmt: skip


_DOUBTS: Mapping[RuleBasis, str] = {
    RuleBasis.LAW: "",
    RuleBasis.RECALLED: "未核对原文",
    RuleBasis.PRACTICE: "参照做法，非法定",
    RuleBasis.DESIGN: "非法定",
}


@dataclass(frozen=True)
class Limit:
    """doubt: why it may not be relied on like the words of a law."""

    what: str
    length: str
    source: str
    doubt: str


def limits() -> dict[str, list[Limit]]:
    return {title: [_limit(rule(each)) for each in ids] for title, ids in _SHOWN.items()}


def _limit(row: Rule) -> Limit:
    working = "个工作" if row.unit == "days" and row.clock.value == "working" else ""
    at_least = "不少于 " if row.bound == "min" else ""
    return Limit(row.note_zh, f"{at_least}{row.value} {working}{_UNITS[row.unit]}", row.source, _DOUBTS[row.basis])
