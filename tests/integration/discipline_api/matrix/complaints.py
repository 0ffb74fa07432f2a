"""Complaints, and clues of practice without a licence: filed by anybody, handled by the one organ that has them."""

from tests.integration.discipline_api.complaints import filing
from tests.integration.discipline_api.impostors import ACKNOWLEDGED, clue, decision
from tests.support.matrix import Row

from .callers import (
    ASSOCIATIONS,
    BUREAU_OF_HERE,
    CITY_ASSOCIATION,
    COUNTIES,
    COUNTY,
    COUNTY_BUREAU,
    DEPARTMENT,
    EVERYBODY,
    FEW,
    HERE,
    JUSTICE,
    NOBODY,
    OFFICERS,
)

HANDLER = frozenset({"bureau"})
"""To whom it is assigned: content and decisions are his alone."""
BUREAUS = BUREAU_OF_HERE | COUNTIES | {"bureau-elsewhere"}
OF_THE_ORGAN = BUREAU_OF_HERE - {"recused"}
PURPOSE = {"Access-Purpose": "handling"}
SESSION, CLUE_SESSION = {"Receipt-Session": "{session}"}, {"Receipt-Session": "{clue_session}"}
TEXT = {"text": "补充说明"}
UNDONE = frozenset({404})
"""What has been filed is read once more for the answer, and the test has undone it."""
RECEIPT = {"acknowledged_on": "2026-08-10", "number": "郑律收〔2026〕3号", "received_by": "收发室王某"}
EXCHANGE = frozenset({"exchange"})
PASSED_ON = filing(source="line-12345", received_on="2026-08-10", source_received_on="2026-08-08")
ENTERED = filing(source="paper", received_on="2026-08-10")
ENTERED_CLUE = {
    name: value for name, value in clue(source="paper", received_on="2026-08-10").items()
    if name not in ("region", "county")
}  # fmt: skip
ON = "/v1/complaints/{complaint_id}"
CASE, COUNTY_CASE = "/v1/impostor-cases/{impostor_id}", "/v1/impostor-cases/{county_impostor_id}"

TABLE_OF_COMPLAINTS: tuple[Row, ...] = (
    # --- without an account: the receipt is the right
    Row("GET", "/v1/complaint-routes/hints", EVERYBODY),
    Row("POST", "/v1/complaint-routes", EVERYBODY, {"complained_of": "lawyer", "region": HERE}),
    Row("POST", "/v1/complaints", FEW, filing(), among=FEW, also=UNDONE),
    Row("POST", "/v1/complaint-receipts/sessions", FEW, {"receipt": "{receipt}"}, among=FEW),
    Row("GET", "/v1/complaint-receipts/case", EVERYBODY, headers=SESSION),
    Row("POST", "/v1/complaint-receipts/messages", EVERYBODY, TEXT, headers=SESSION),
    Row("POST", "/v1/complaint-receipts/supplement", EVERYBODY, TEXT, headers=SESSION),
    Row("POST", "/v1/complaint-receipts/review", EVERYBODY, TEXT, headers=SESSION),
    # --- officers: metadata
    Row("POST", "/v1/complaints/entries", OFFICERS | COUNTIES, ENTERED, also=UNDONE),
    Row("POST", "/v1/complaints/transfers", EXCHANGE, PASSED_ON, also=UNDONE),
    Row("GET", "/v1/complaints", OFFICERS, told=NOBODY),
    Row("GET", ON, OF_THE_ORGAN | DEPARTMENT, told=NOBODY),
    Row("GET", "/v1/complaints/{forwarded_id}", JUSTICE | ASSOCIATIONS, told=NOBODY),
    # --- the organ's desk
    Row("POST", ON + "/assignment", OF_THE_ORGAN, {"officer": "caller-colleague"}, told=NOBODY),
    Row("POST", ON + "/recusals", OF_THE_ORGAN, {"officer": "somebody", "ground": "interest"}, told=NOBODY),
    # --- its officer
    Row("GET", ON + "/content", HANDLER, headers=PURPOSE),
    Row("POST", ON + "/messages", HANDLER, TEXT, told=NOBODY),
    Row("POST", ON + "/supplement-request", HANDLER, TEXT, told=NOBODY),
    Row("POST", ON + "/supplement", HANDLER, TEXT, told=NOBODY),
    Row("POST", ON + "/acceptance", HANDLER, told=NOBODY),
    Row(
        "POST", ON + "/refusal", HANDLER,
        {"ground": "no-misconduct", "refused_on": "2026-08-10", "channel": "fee-mediation", "reasons": "不构成违规"},
        told=NOBODY,
    ),
    Row("POST", ON + "/joining", HANDLER, {"into": "{other_complaint_id}", "reason": "同一事实"}, told=NOBODY),
    Row("POST", ON + "/forwarding", HANDLER, {"to": "bureau", "region": "410300", "text": "请处理"}, told=NOBODY),
    Row("POST", ON + "/proceeding", HANDLER, {"proceeding_id": "{proceeding_id}"}, told=NOBODY),
    Row(
        "POST", ON + "/result", HANDLER, {"outcome": "unproven", "decided_on": "2026-08-10", "text": "无法认定"},
        told=NOBODY,
    ),
    Row("POST", ON + "/review-answer", HANDLER, {"outcome": "upheld", "text": "维持"}, told=NOBODY),
    Row("POST", ON + "/closure", HANDLER, told=NOBODY),
    # --- the organ it was forwarded to
    Row("POST", "/v1/complaints/{forwarded_id}/acknowledgement", CITY_ASSOCIATION, RECEIPT, told=NOBODY),
    Row("POST", "/v1/complaints/{forwarded_id}/return", CITY_ASSOCIATION, {"reason": "不属本会"}, told=NOBODY),
)  # fmt: skip

TABLE_OF_IMPOSTORS: tuple[Row, ...] = (
    Row("GET", "/v1/impostor-clues/conduct", EVERYBODY),
    Row("POST", "/v1/impostor-clues", FEW, clue(county=COUNTY), among=FEW, also=UNDONE),
    Row("POST", "/v1/impostor-receipts/sessions", FEW, {"receipt": "{clue_receipt}"}, among=FEW),
    Row("GET", "/v1/impostor-receipts/case", EVERYBODY, headers=CLUE_SESSION),
    # 县级以上司法行政部门 (律师法 55): no association, and the department only sees where matters stand
    Row("POST", "/v1/impostor-clues/entries", BUREAUS, ENTERED_CLUE, also=UNDONE),
    Row("GET", "/v1/impostor-cases", BUREAUS | DEPARTMENT, told=NOBODY),
    Row("GET", CASE, JUSTICE, told=NOBODY),
    Row("GET", COUNTY_CASE, JUSTICE | COUNTY_BUREAU, told=NOBODY),
    Row("GET", CASE + "/content", BUREAU_OF_HERE, headers=PURPOSE),
    Row("GET", COUNTY_CASE + "/content", COUNTY_BUREAU, headers=PURPOSE),
    Row("POST", COUNTY_CASE + "/opening", COUNTY_BUREAU, {"conduct": ["in-lawyers-name"]}, told=NOBODY),
    Row("POST", COUNTY_CASE + "/decision", COUNTY_BUREAU, decision(), told=NOBODY),
    Row("POST", CASE + "/hand-over", BUREAU_OF_HERE, {"region": HERE, "county": COUNTY}, told=NOBODY),
    Row("POST", CASE + "/opening", BUREAU_OF_HERE, {"conduct": ["in-lawyers-name"]}, told=NOBODY),
    Row("POST", CASE + "/dismissal", BUREAU_OF_HERE, {"dismissal": "too-vague", "text": "无法核查"}, told=NOBODY),
    Row("POST", CASE + "/conduct", BUREAU_OF_HERE, {"conduct": ["in-lawyers-name"]}, told=NOBODY),
    Row(
        "POST", CASE + "/referrals", BUREAU_OF_HERE,
        {"kind": "joint-action", "department": "police", "text": "请核查"}, told=NOBODY,
    ),
    Row(
        "POST", CASE + "/referrals/{referral_id}/acknowledgement", BUREAU_OF_HERE,
        ACKNOWLEDGED | {"acknowledged_on": "2026-08-10"}, told=NOBODY,
    ),
    Row(
        "POST", CASE + "/referrals/{referral_id}/result", BUREAU_OF_HERE,
        {"result": "nothing-found", "result_on": "2026-08-10", "text": "未发现"}, told=NOBODY,
    ),
    Row("POST", CASE + "/decision", BUREAU_OF_HERE, decision(), told=NOBODY),
    Row("POST", CASE + "/closure", BUREAU_OF_HERE, {"outcome": "not-established", "text": "不成立"}, told=NOBODY),
)  # fmt: skip
