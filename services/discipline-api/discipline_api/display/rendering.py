"""A sanction as the public reads it, and when and by which rule it goes."""

from datetime import date, timedelta
from typing import Any

from contracts.conduct import WithdrawalGround, conduct, penalties
from contracts.discipline_events import Penalty
from contracts.regions import PROVINCE, REGIONS

from discipline_api.display.shown import Ending, Shown, ShownSubject
from discipline_api.organs import Organ
from discipline_api.record.credit import credit_of
from discipline_api.record.domain import Sanction
from discipline_api.record.publicity import Term
from discipline_api.record.reasons import Outcome
from discipline_api.record.tariff import WITH_TERM, Imposed


def shown(sanction: Sanction, today: date | None = None) -> Shown:
    """Of a published sanction. Never: reasons, an ID number, an address, who complained, an open case.

    `today`: the day for which it says whether it is 失信信息; the day of publication where none is given.
    """
    decision, published_on = sanction.decision, sanction.published_on
    if published_on is None:
        raise ValueError("it has not been published")
    act, subject = conduct(decision.conduct_code), decision.subject
    kind = decision.record_kind
    return Shown(
        record_id=sanction.case_id,
        kind=kind,
        organ_kind=decision.organ.kind,
        organ_region=decision.organ.region,
        organ_code=decision.organ.code,
        subject=ShownSubject(
            subject.kind, subject.name, subject.licence_number, subject.credit_code, subject.firm_name
        ),
        document_number=decision.document_number,
        decided_on=decision.decided_on,
        published_on=published_on,
        gone_on=sanction.term.display_to_on,
        penalties=tuple(kind.value for kind in decision.imposed.kinds),
        conduct_code=decision.conduct_code,
        content={
            "case_id": str(sanction.case_id),
            "kind": {"code": kind.value, "zh": kind.zh, "en": kind.en},
            "organ": organ_item(decision.organ),
            "document_number": decision.document_number,
            "subject": subject_item(subject.kind.value, subject),
            "conduct": {"code": act.code, "zh": act.zh, "en": act.en, "article": act.article},
            "penalties": penalty_items(decision.imposed),
            "facts": sanction.facts,
            "decided_on": decision.decided_on,
            "served_on": decision.served_on,
            "from_on": decision.from_on,
            "to_on": decision.to_on,
            "published_on": published_on,
            "credit": credit_of(sanction, today or published_on).item(),
        },
        disappears=disappears(sanction.term),
        tombstone={"class": kind.value, "decided_on": decision.decided_on, "published_on": published_on},
    )


def remedy_mark(sanction: Sanction) -> dict[str, Any] | None:
    """That review or litigation is under way, to be read beside the record."""
    finality = sanction.finality
    if finality is None or finality.outcome is not Outcome.PENDING:
        return None
    return {"since": finality.on, "zh": "该决定正在行政复议或诉讼中", "en": "review or litigation is under way"}


def organ_item(organ: Organ) -> dict[str, Any]:
    region = REGIONS.get(organ.region)
    return {
        "kind": organ.kind.value,
        "name": organ.name_zh,
        "region": organ.region,
        "region_zh": "河南省" if organ.region == PROVINCE or region is None else region.name_zh,
    }


def subject_item(kind: str, subject: Any) -> dict[str, Any]:
    """`subject` has the members of a ShownSubject."""
    return {
        "kind": kind,
        "name": subject.name,
        "firm_name": subject.firm_name,
        "licence_number": subject.licence_number,
        "credit_code": subject.credit_code,
    }


def disappears(term: Term) -> dict[str, Any]:
    """When the record goes, and by which rule."""
    row = term.rule
    last = term.display_to_on - timedelta(days=1)
    ending = Ending.TERM_OVER if term.repaired_on is None else Ending.REPAIRED
    why_zh = "停止执业期限届满" if term.extended_by_suspension else f"最长公示{row.value}个月"
    why_en = "the suspension ends" if term.extended_by_suspension else f"shown for at most {row.value} months"
    if term.repaired_on is not None:
        why_zh, why_en = f"{term.repaired_on.isoformat()}{ending.zh}", ending.en
    return {
        "last_day": last,
        "gone_on": term.display_to_on,
        "class": {"code": term.display.value, "zh": term.display.zh, "en": term.display.en, "source": term.row.source},
        "rule": row.id,
        "ending": ending.value,
        "source": row.source,
        "verified": row.verified and term.row.verified,
        "zh": f"公示至{last.isoformat()}：{why_zh}（{row.source}；本规则尚未核对原文）。"
        if not row.verified
        else f"公示至{last.isoformat()}：{why_zh}（{row.source}）。",
        "en": f"Shown until {last.isoformat()}: {why_en}"
        + ("." if row.verified else "; this rule has not been checked against its source."),
    }


def penalty_items(imposed: Imposed) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for kind in imposed.kinds:
        info = penalties()[kind]
        item: dict[str, Any] = {"kind": kind.value, "zh": info.zh, "en": info.en}
        if kind is Penalty.FINE:
            item["fine_yuan"] = imposed.fine_yuan
        if kind is Penalty.CONFISCATION:
            item["confiscated_yuan"] = str(imposed.confiscated_yuan)
        if kind in WITH_TERM:
            item["suspension_months"] = imposed.suspension_months
        items.append(item)
    return items


def withdrawal_of(sanction: Sanction) -> dict[str, Any]:
    """Why a withdrawn decision is no longer shown (行政处罚法 48), and whether it went in time: to be said publicly."""
    withdrawal = sanction.withdrawal
    if withdrawal is None:
        raise ValueError("it has not been withdrawn")
    taken_down_on = withdrawal.taken_down_on or withdrawal.withdrawn_on
    return fallen(withdrawal.ground, withdrawal.withdrawn_on, taken_down_on, sanction.due_on("withdrawal"))


def fallen(ground: WithdrawalGround, on: date, taken_down_on: date, due_on: date) -> dict[str, Any]:
    """`on` is the day on which the decision fell."""
    return {
        "gone_on": on,
        "taken_down_on": taken_down_on,
        "due_on": due_on,
        "in_time": taken_down_on <= due_on,
        "reason": ground.value,
        "reason_zh": f"决定已被{ground.zh}，公示撤回",
        "reason_en": f"the decision was {ground.en}; its publication has been withdrawn",
        "source": "行政处罚法第四十八条",
    }
