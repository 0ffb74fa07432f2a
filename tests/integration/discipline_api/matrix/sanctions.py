"""Sanctions, what is decided before they are shown, the scale, linkages, prevention, statistics."""

from tests.support.matrix import Row

from .callers import (
    ASSOCIATION,
    ASSOCIATIONS,
    BUREAU,
    BUREAU_OF_HERE,
    CITY_ASSOCIATION,
    COUNTIES,
    COUNTY,
    COUNTY_BUREAU,
    DEPARTMENT,
    HERE,
    JUSTICE,
    OFFICERS,
    UNEXPIRED,
)

ORGAN = {"kind": "bureau", "region": HERE, "code": "zz"}
REMEDY = {"outcome": "pending", "document_number": "豫政复〔2026〕1号", "on": "2026-06-01"}
FALLEN = {"ground": "revoked", "document_number": "豫司复决字〔2026〕1号", "withdrawn_on": "2026-06-09"}
WITHHELD = {"ground": "no-social-impact", "reasons": "未造成社会影响"}
READING = {"option": "withhold", "document_number": "豫司政〔2026〕1号", "reasons": "统一口径", "from_on": "2026-09-01"}
ASSESSED = {
    "organ": ORGAN, "scope": ["administrative"], "purpose": "依法公示", "risks": "名誉", "measures": "到期停止公示",
    "conclusion": "lawful", "document_number": "郑司评〔2026〕9号", "assessed_on": "2026-06-01",
}  # fmt: skip
ITEM = {
    "conduct_code": "L48.1", "tier": "light", "conditions": "金额不足一万元", "penalties": ["warning"],
    "fine_yuan": [0, 3000],
}  # fmt: skip
TABLE = {
    "kind": "administrative", "title": "裁量基准", "document_number": "豫司文〔2026〕30号",
    "effective_on": "2026-03-01", "items": [ITEM],
}  # fmt: skip
INDUSTRY_ITEM = {"conduct_code": "L48.1", "tier": "light", "conditions": "轻微", "penalties": ["admonition"]}
PROPOSED = {"conduct_code": "L48.1", "subject_kind": "lawyer", "penalties": ["suspension"], "suspension_months": 3}
PERIOD = {"from": "2026-01-01", "to": "2026-08-01"}
TALK = {
    "kind": "reminder", "addressee": "head", "credit_code": "{credit_code}", "topics": ["fees"],
    "held_on": "2026-06-09", "notes": "提醒其规范收费",
}  # fmt: skip
UNDO = {"document_number": "郑律协决〔2026〕3号", "reason": "经复查，不宜中止"}
OF_COUNTY = {"organ": {"kind": "county-bureau", "region": COUNTY, "code": "zm"}}
OF_CITY_ASSOCIATION = {"kind": "city-association", "region": HERE, "code": "zzlx"}
REPETITION = {"licence_number": "{licence_number}", "act_on": "2026-06-01"}

SEES = JUSTICE
"""A bureau's sanction: the organ, whoever is of a bureau there, and the department; no association."""
PREVENTERS = OFFICERS | COUNTIES
CREDIT = frozenset({"credit-platform"})

TABLE_OF_SANCTIONS: tuple[Row, ...] = (
    Row("POST", "/v1/sanctions", BUREAU, "{decision}"),
    # A county's bureau decides nothing (律师法 52): not by its own token, and nobody in its name.
    Row("POST", "/v1/sanctions", OFFICERS, "{decision_of_county}"),
    Row("POST", "/v1/sanctions", CITY_ASSOCIATION, "{decision_of_city_association}"),
    Row("GET", "/v1/sanctions", OFFICERS, told=SEES | ASSOCIATIONS),
    Row("GET", "/v1/sanctions/{decided_id}", SEES),
    Row("GET", "/v1/sanctions/{decided_id}/deadlines", SEES),
    Row("GET", "/v1/sanctions/{decided_id}/finality", SEES),
    Row("GET", "/v1/sanctions/{industry_id}", BUREAU_OF_HERE | DEPARTMENT | ASSOCIATIONS),
    Row("POST", "/v1/sanctions/{decided_id}/publication", BUREAU, {}),
    Row("POST", "/v1/sanctions/{decided_id}/withholding", BUREAU, WITHHELD),
    Row("POST", "/v1/sanctions/{decided_id}/withdrawal", BUREAU | DEPARTMENT, FALLEN),
    Row("POST", "/v1/sanctions/{decided_id}/finality", BUREAU | DEPARTMENT, REMEDY),
    Row("POST", "/v1/sanctions/{industry_id}/publication", CITY_ASSOCIATION, {}),
    Row("POST", "/v1/sanctions/{industry_id}/withdrawal", ASSOCIATIONS, FALLEN),
    Row("GET", "/v1/sanctions/{decided_id}/subject", frozenset({"registry-reactions"})),
    # --- convictions and failed assessments, of the organ that learnt of them
    Row("POST", "/v1/conduct-records", BUREAU, "{conviction}"),
    Row("GET", "/v1/conduct-records", OFFICERS, told=SEES),
    Row("GET", "/v1/conduct-records/{conduct_id}", SEES),
    Row("POST", "/v1/conduct-records/{conduct_id}/publication", BUREAU, {}),
    Row("POST", "/v1/conduct-records/{conduct_id}/withholding", BUREAU, WITHHELD),
    Row("POST", "/v1/conduct-records/{conduct_id}/withdrawal", BUREAU | DEPARTMENT, FALLEN),
    # --- the credit platform, and the numbers that it alone is given
    Row("GET", "/v1/credit-files", DEPARTMENT | CREDIT, query=PERIOD | {"format": "csv"}),
    Row("GET", "/v1/credit-files/summary", DEPARTMENT | CREDIT, query=PERIOD),
    Row("POST", "/v1/sanctions/{decided_id}/identity", BUREAU, {"number": "110105194912310038"}),
    # --- before publication
    Row("GET", "/v1/disclosure-policy", OFFICERS),
    Row("GET", "/v1/disclosure-policy/{class_code}", OFFICERS),
    Row("POST", "/v1/disclosure-policy/{class_code}/choices", DEPARTMENT, READING),
    Row("POST", "/v1/impact-assessments", BUREAU, ASSESSED),
    Row(
        "GET", "/v1/impact-assessments", SEES,
        query={"organ_kind": "bureau", "region": HERE, "code": "zz"},
    ),
    # --- one scale
    Row("GET", "/v1/public/benchmarks", UNEXPIRED),
    Row("POST", "/v1/benchmarks", DEPARTMENT, TABLE),
    Row("POST", "/v1/benchmarks", ASSOCIATION, TABLE | {"kind": "industry", "items": [INDUSTRY_ITEM]}),
    Row("POST", "/v1/consistency", OFFICERS, PROPOSED, told=SEES),
    Row("GET", "/v1/consistency/organs", DEPARTMENT),
    Row("GET", "/v1/consistency/organs", ASSOCIATION, query={"kind": "industry"}),
    # --- linkages: the city's association keeps the membership, the bureau and those above see what became of it
    Row("GET", "/v1/linkages", OFFICERS, told=JUSTICE | ASSOCIATIONS),
    Row("GET", "/v1/linkages/{linkage_id}", JUSTICE | ASSOCIATIONS),
    Row("POST", "/v1/linkages/{linkage_id}/undo", ASSOCIATIONS, UNDO),
    # --- prevention
    Row("POST", "/v1/talks", BUREAU, TALK | {"organ": ORGAN}),
    Row("POST", "/v1/talks", COUNTY_BUREAU, TALK | OF_COUNTY),
    Row("GET", "/v1/talks", PREVENTERS, told=JUSTICE),
    Row("GET", "/v1/talks/{talk_id}", JUSTICE),
    Row("GET", "/v1/talks/{county_talk_id}", JUSTICE | COUNTY_BUREAU),
    Row("POST", "/v1/repetition-checks", JUSTICE | {"bureau-elsewhere"}, REPETITION),
    Row("GET", "/v1/clusters", OFFICERS, told=SEES),
    # --- statistics
    Row("GET", "/v1/public/statistics", UNEXPIRED, query={"year": "2025"}),
    Row("GET", "/v1/statistics", PREVENTERS, query=PERIOD, told=JUSTICE),
)  # fmt: skip
