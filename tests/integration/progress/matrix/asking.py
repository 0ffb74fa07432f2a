"""What is asked of organisations: reports, notices, inspections."""

from tests.support.matrix import REASON, Row

from .callers import (
    INSPECTED,
    NOTIFIED,
    OFFICERS,
    OWNER,
    REPORTERS,
    SUPERVISED,
    SUPERVISION,
)
from .steering import XLSX

_NOTICE, _REPORT, _INSPECTION = "/v1/notices/{notice_id}", "/v1/reports/{report_id}", "/v1/inspections/{inspection_id}"
_FINDING = f"{_INSPECTION}/findings/{{finding_id}}"
ANSWER = {"text": "已整改。", "evidence": [{"kind": "document", "reference": "郑司〔2026〕20号"}]}
NOTICE = {
    "colour": "blue", "addressee": "city-bureau", "region": "410100", "subject_kind": "measure", "subject": "M05",
    "text": "请报送规模所培育方案独特。",
}  # fmt: skip
PROGRAMME = {"year": 2026, "document_number": "豫司〔2026〕3号", "issued_on": "2026-01-20"}
INSPECTION = {
    "region": "410100", "planned_on": "2026-11-10", "team": [{"organ": "provincial-division", "region": "410000"}],
    "measures": ["M05", "M12"],
}  # fmt: skip
FINDING = {"measure": "M12", "severity": "grave", "responsible": "city-bureau", "text": "投诉台账不全独特。"}

_NOT_ADDRESSED = SUPERVISED - NOTIFIED
_NOT_INSPECTED = SUPERVISED - INSPECTED
_OTHERS_REPORT = REPORTERS - OWNER

TABLE_OF_NOTICES: tuple[Row, ...] = (
    Row("GET", "/v1/notices", SUPERVISION),
    Row("POST", "/v1/notices", OFFICERS, NOTICE),
    Row("GET", _NOTICE, NOTIFIED, alike=_NOT_ADDRESSED),
    Row("GET", f"{_NOTICE}/sheet.{{form}}", NOTIFIED, alike=_NOT_ADDRESSED),
    Row("POST", f"{_NOTICE}/answers", OWNER, ANSWER, alike=_NOT_ADDRESSED & REPORTERS),
    Row("POST", f"{_NOTICE}/acceptance", OFFICERS, {}),
    Row("POST", f"{_NOTICE}/closure", OFFICERS, {}),
    Row("POST", f"{_NOTICE}/escalation", OFFICERS, REASON),
    Row("POST", f"{_NOTICE}/issuance", OFFICERS, {}),
    Row("POST", f"{_NOTICE}/return", OFFICERS, REASON),
    Row("POST", f"{_NOTICE}/withdrawal", OFFICERS, REASON),
)

TABLE_OF_INSPECTIONS: tuple[Row, ...] = (
    Row("GET", "/v1/inspection-programmes", OFFICERS),
    Row("POST", "/v1/inspection-programmes", OFFICERS, PROGRAMME | {"year": 2025, "issued_on": "2025-01-20"}),
    Row("GET", "/v1/inspections", SUPERVISION),
    Row("POST", "/v1/inspections", OFFICERS, INSPECTION),
    Row("GET", _INSPECTION, INSPECTED, alike=_NOT_INSPECTED),
    Row("POST", f"{_INSPECTION}/cancellation", OFFICERS, REASON),
    Row("POST", f"{_INSPECTION}/conduct", OFFICERS, {"held_on": "2026-11-10"}),
    Row("POST", f"{_INSPECTION}/findings", OFFICERS, FINDING),
    Row("POST", f"{_INSPECTION}/report", OFFICERS, {"document_number": "豫司督〔2026〕1号", "issued_on": "2026-11-12"}),
    Row("POST", f"{_FINDING}/answers", OWNER, ANSWER, alike=_NOT_INSPECTED & REPORTERS),
    Row("POST", f"{_FINDING}/acceptance", OFFICERS),
    Row("POST", f"{_FINDING}/return", OFFICERS, REASON),
)

_WHOSE = OFFICERS | OWNER
TABLE_OF_REPORTS: tuple[Row, ...] = (
    Row("GET", "/v1/reports", OFFICERS | REPORTERS),
    Row("GET", "/v1/reports/due", REPORTERS),
    Row("GET", "/v1/reports/overview", OFFICERS),
    Row("GET", "/v1/reports/scans/owed", OFFICERS | REPORTERS),
    Row("GET", _REPORT, _WHOSE, alike=_OTHERS_REPORT),
    Row("GET", f"{_REPORT}/versions", _WHOSE, alike=_OTHERS_REPORT),
    Row("GET", f"{_REPORT}/scans", _WHOSE, alike=_OTHERS_REPORT),
    Row("GET", f"{_REPORT}/scans/{{absent_id}}", _WHOSE, absent=True, alike=_OTHERS_REPORT),
    Row("GET", f"{_REPORT}/sheet", _WHOSE, alike=_OTHERS_REPORT),
    Row(
        "POST",
        f"{_REPORT}/scans",
        OWNER,
        content="paper",
        headers={"Content-Type": "application/pdf"},
        alike=_OTHERS_REPORT,
    ),
    Row("POST", f"{_REPORT}/sheet", OWNER, content="file", headers={"Content-Type": XLSX}, alike=_OTHERS_REPORT),
    # the department fills in nothing but a correction that it has begun itself
    Row("PUT", f"{_REPORT}/draft", OWNER, {"items": {}}, alike=_OTHERS_REPORT),
    Row("POST", f"{_REPORT}/submission", OWNER, {}, alike=_OTHERS_REPORT),
    Row("POST", f"{_REPORT}/confirmation", OFFICERS, {"without_scan": "盖章件后补"}),
    Row("POST", f"{_REPORT}/corrections", _WHOSE, REASON, alike=_OTHERS_REPORT),
    Row("POST", f"{_REPORT}/return", OFFICERS, REASON),
    Row("GET", "/v1/reported-values/{value_id}", _WHOSE, alike=_OTHERS_REPORT, absent=True),
)
