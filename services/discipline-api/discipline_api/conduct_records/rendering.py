"""A conviction or a failed assessment as the public reads it."""

from typing import Any

from contracts.deadlines import rule

from discipline_api.conduct_records.domain import ConductRecord, Conviction, last_day, longest
from discipline_api.display.rendering import fallen, organ_item, subject_item
from discipline_api.display.shown import Ending, Shown, ShownSubject


def shown(record: ConductRecord) -> Shown:
    """Of a published one. Never: an ID number, an address, a victim, a sentence beyond its article."""
    recorded, published_on = record.recorded, record.published_on
    if published_on is None:
        raise ValueError("it has not been published")
    subject, kind = recorded.subject, recorded.kind
    return Shown(
        record_id=record.record_id,
        kind=kind,
        organ_kind=recorded.organ.kind,
        organ_region=recorded.organ.region,
        organ_code=recorded.organ.code,
        subject=ShownSubject(
            subject.kind, subject.name, subject.licence_number, subject.credit_code, subject.firm_name
        ),
        document_number=recorded.document_number,
        decided_on=recorded.effective_on,
        published_on=published_on,
        gone_on=record.display_to_on,
        content={
            "case_id": str(record.record_id),
            "kind": {"code": kind.value, "zh": kind.zh, "en": kind.en},
            "organ": organ_item(recorded.organ),
            "document_number": recorded.document_number,
            "subject": subject_item(subject.kind.value, subject),
            **what_item(record),
            "decided_on": recorded.effective_on,
            "published_on": published_on,
            "credit": {
                "dishonest": False,
                "from_on": None,
                "why_zh": "公示不等于失信：此类记录不是行政处罚，本系统不作失信认定",
                "why_en": "published is not dishonest: such a record is no penalty",
                "source": "河南省社会信用条例第二十条",
                "verified": True,
            },
        },
        disappears=disappears(record),
        tombstone={"class": kind.value, "decided_on": recorded.effective_on, "published_on": published_on},
    )


def what_item(record: ConductRecord) -> dict[str, Any]:
    what = record.recorded.what
    if isinstance(what, Conviction):
        return {"conviction": {"court": what.court, "offence_article": what.offence_article}}
    grade = what.grade
    return {"assessment": {"year": what.year, "grade": grade.value, "grade_zh": grade.zh, "grade_en": grade.en}}


def disappears(record: ConductRecord) -> dict[str, Any]:
    """When it goes, and by which rule."""
    by, row, last, months = rule(record.rule_id), record.row, last_day(record), longest(record)
    checked = by.verified and row.verified
    doubt = "" if checked else "；本规则尚未核对原文"
    return {
        "last_day": last,
        "gone_on": record.display_to_on,
        "class": {"code": row.display.value, "zh": row.display.zh, "en": row.display.en, "source": row.source},
        "rule": by.id,
        "ending": Ending.TERM_OVER.value,
        "source": by.source,
        "verified": checked,
        "zh": f"公示至{last.isoformat()}：最长公示{months}个月（{by.source}{doubt}）。",
        "en": f"Shown until {last.isoformat()}: for at most {months} months"
        + ("." if checked else "; this rule has not been checked against its source."),
    }


def withdrawal_of(record: ConductRecord) -> dict[str, Any]:
    withdrawal = record.withdrawal
    if withdrawal is None or withdrawal.taken_down_on is None:
        raise ValueError("it has not been taken down")
    on = withdrawal.withdrawn_on
    return fallen(withdrawal.ground, on, withdrawal.taken_down_on, record.due_on("withdrawal"))
