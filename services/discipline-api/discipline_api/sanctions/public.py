"""What the public reads, as bytes made at write time: the record while it is shown, a nameless tombstone after it."""

from datetime import timedelta
from typing import Any

import orjson
from contracts.conduct import conduct, penalties
from contracts.discipline_events import Penalty
from contracts.regions import PROVINCE, REGIONS

from discipline_api.sanctions.domain import Sanction
from discipline_api.sanctions.publicity import Term
from discipline_api.sanctions.tariff import WITH_TERM, Imposed


def render(sanction: Sanction) -> bytes:
    """Never: reasons, an ID number, an address, who complained, an open case."""
    decision = sanction.decision
    act = conduct(decision.conduct_code)
    region = REGIONS.get(decision.organ.region)
    return orjson.dumps(
        {
            "case_id": str(sanction.case_id),
            "organ": {
                "kind": decision.organ.kind.value,
                "name": decision.organ.name_zh,
                "region": decision.organ.region,
                "region_zh": "河南省" if decision.organ.region == PROVINCE or region is None else region.name_zh,
            },
            "document_number": decision.document_number,
            "subject": {
                "kind": decision.subject.kind.value,
                "name": decision.subject.name,
                "firm_name": decision.subject.firm_name,
                "licence_number": decision.subject.licence_number,
                "credit_code": decision.subject.credit_code,
            },
            "conduct": {"code": act.code, "zh": act.zh, "en": act.en, "article": act.article},
            "penalties": penalty_items(decision.imposed),
            "facts": sanction.facts,
            "decided_on": decision.decided_on,
            "served_on": decision.served_on,
            "from_on": decision.from_on,
            "to_on": decision.to_on,
            "published_on": sanction.published_on,
            "disappears": disappears(sanction.term),
        }
    )


def disappears(term: Term) -> dict[str, Any]:
    """When the record goes, and by which rule."""
    row = term.rule
    last = term.display_to_on - timedelta(days=1)
    why_zh = "停止执业期限届满" if term.extended_by_suspension else f"最长公示{row.value}个月"
    why_en = "the suspension ends" if term.extended_by_suspension else f"shown for at most {row.value} months"
    return {
        "last_day": last,
        "gone_on": term.display_to_on,
        "class": {"code": term.display.value, "zh": term.display.zh, "en": term.display.en, "source": term.row.source},
        "rule": row.id,
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


def tombstone(sanction: Sanction) -> bytes:
    """An RFC 9457 problem: class, dates and reason, and nothing that names anybody or the document."""
    decision = sanction.decision
    gone: dict[str, Any] = {
        "class": "industry" if decision.imposed.is_industry else "administrative",
        "decided_on": decision.decided_on,
        "published_on": sanction.published_on,
    }
    if sanction.withdrawal is not None:
        ground = sanction.withdrawal.ground
        gone |= {
            "gone_on": sanction.withdrawal.withdrawn_on,
            "reason": ground.value,
            "reason_zh": f"决定已被{ground.zh}，公示撤回",
            "reason_en": f"the decision was {ground.en}; its publication has been withdrawn",
            "source": "行政处罚法第四十八条",
        }
    else:
        gone |= {
            "gone_on": sanction.term.display_to_on,
            "reason": "term-over",
            "reason_zh": "公示期届满",
            "reason_en": "its display term is over",
            "rule": sanction.term.rule_id,
        }
    return orjson.dumps(
        {
            "type": "urn:yulu:problem:disclosure-gone",
            "status": 410,
            "title": "内容已不再提供",
            "title_en": "Gone",
            "detail": gone["reason_zh"] + "。",
            "detail_en": gone["reason_en"].capitalize() + ".",
            "disclosure": gone,
        }
    )
