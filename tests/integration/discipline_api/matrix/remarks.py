"""Objections, repairs and statements: whom a record is about, and the organ whose record it is."""

from tests.support.matrix import Row

from .callers import BUREAU, EVERYBODY, ITSELF, OFFICERS

SUBJECT = frozenset({"lawyer"})
OTHERS = ITSELF - SUBJECT
"""Lawyers and firms that it is not about: for them there is no such record."""
ORGANS = OFFICERS
"""Every organ has a desk for remarks, and sees its own there."""
OBJECTION = {"ground": "should-have-ended", "text": "公示期限应已届满"}

TABLE_OF_REMARKS: tuple[Row, ...] = (
    Row("GET", "/v1/repair-commitment", EVERYBODY),
    Row("GET", "/v1/my/records", ITSELF, told=SUBJECT),
    Row("POST", "/v1/disclosures/{published_id}/objections", SUBJECT | BUREAU, OBJECTION, alike=OTHERS),
    Row(
        "POST", "/v1/disclosures/{published_id}/repairs", SUBJECT | BUREAU, {"commitment_version": "2026-1"},
        alike=OTHERS,
    ),
    Row("POST", "/v1/disclosures/{published_id}/statements", SUBJECT, {"text": "本人已退还全部费用。"}, alike=OTHERS),
    # What is decided and not shown: nobody may remark on it, not even whom it is about.
    Row(
        "POST", "/v1/disclosures/{decided_id}/objections", OFFICERS | SUBJECT, OBJECTION, alike=OTHERS, absent=True,
        told=frozenset(),
    ),
    Row("GET", "/v1/objections", ORGANS, told=BUREAU),
    Row("GET", "/v1/objections/{objection_id}", SUBJECT | BUREAU, alike=OTHERS),
    Row("POST", "/v1/objections/{objection_id}/source-check", BUREAU, {"source": "court"}),
    Row(
        "POST", "/v1/objections/{objection_id}/source-answer", BUREAU, {"answered_on": "2026-08-10", "confirms": True}
    ),
    Row("POST", "/v1/objections/{objection_id}/answer", BUREAU, {"upheld": False, "reasons": "与决定一致"}),
    Row("GET", "/v1/repairs", ORGANS, told=BUREAU),
    Row("GET", "/v1/repairs/{repair_id}", SUBJECT | BUREAU, alike=OTHERS),
    Row("POST", "/v1/repairs/{repair_id}/acceptance", BUREAU, {"accepted": True}),
    Row("POST", "/v1/repairs/{repair_id}/extension", BUREAU, {"reason": "案情复杂"}),
    Row(
        "POST", "/v1/repairs/{repair_id}/decision", BUREAU,
        {"granted": False, "ground": "duty-open", "reasons": "未履行"},
    ),
    Row("POST", "/v1/repairs/{repair_id}/retraction", SUBJECT, alike=OTHERS),
    Row("POST", "/v1/repairs/{repair_id}/site-answer", BUREAU, {"answered_on": "2026-08-10"}),
    Row("GET", "/v1/statements", ORGANS, told=BUREAU),
    Row("GET", "/v1/statements/{statement_id}", SUBJECT | BUREAU, alike=OTHERS),
    Row("POST", "/v1/statements/{statement_id}/moderation", BUREAU, {"accepted": True}),
    Row("POST", "/v1/statements/{statement_id}/retraction", SUBJECT, alike=OTHERS),
)  # fmt: skip
