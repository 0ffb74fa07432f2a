"""What is in a case's file: messages, papers, letters; and a listed organ, with the letters to its own unit."""

from .callers import AROUND, CITY, EVERYBODY, HANDLER, OFFICERS, PROVINCE_ORGANS, Row
from .cases import ACCUSED, AGAINST_JUSTICE, PLAIN, PURPOSE, SEALED, SEES, SEES_JUSTICE, SEND

FILE, SEALED_FILE = PLAIN + "/attachments/{attachment_id}", SEALED + "/attachments/{sealed_attachment_id}"
OWN_FILE = PLAIN + "/attachments/{own_attachment_id}"
UPLOAD = {"media_type": "application/pdf", "length": 8, "name": "x.pdf"}
BYTES = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
REASON = {"reason": "须尽快办理"}
COURT_CASE = "/v1/complaints/{court_case_id}/linkage-tasks"
TASK, JUSTICE_TASK = COURT_CASE + "/{court_task_id}", AGAINST_JUSTICE + "/linkage-tasks/{justice_task_id}"
ANSWERED = {"document_number": "洛中法函〔2026〕9号", "document_date": "{day}", "text": "已纠正"}
RECORDED = ANSWERED | {"received_on": "{day}"}
MARKED = {"mark": "received", "happened_on": "{day}"}

LINKED = frozenset({"court", "another-court", "court-of-another-code", "procuratorate", "justice"})
"""Courts, procuratorates and justice organs have accounts for their letters; public security never."""
COURT, JUSTICE_ORGAN = frozenset({"court"}), frozenset({"justice"})
OF_THE_COURT, OF_JUSTICE = "/v1/linkage-tasks/{court_task_id}", "/v1/linkage-tasks/{justice_task_id}"

UNIT = {
    "organ_kind": "COURT", "level": "city", "region": "{region}", "organ_name": "郑州市中级人民法院",
    "unit_name": "立案信访投诉窗口", "duty": "complaints", "address": "郑州市某路2号", "phone": "0371-65000000",
    "channel": "letter",
}  # fmt: skip
UNIT_THERE = UNIT | {"region": "{there}", "organ_name": "洛阳市中级人民法院"}
KEEPERS = CITY | PROVINCE_ORGANS
"""The association of the place and the province; no justice bureau of a city."""

TABLE_OF_HANDLING: tuple[Row, ...] = (
    # --- messages: counts are metadata, texts are not
    Row("GET", PLAIN + "/messages", SEES),
    Row("GET", PLAIN + "/messages", HANDLER, headers=PURPOSE, told=HANDLER),
    Row("POST", PLAIN + "/messages", HANDLER, {"text": "请补充"}),
    Row("GET", AGAINST_JUSTICE + "/messages", SEES_JUSTICE, alike=ACCUSED, among=AROUND),
    Row("POST", AGAINST_JUSTICE + "/messages", HANDLER, {"text": "请补充"}, alike=ACCUSED, among=AROUND),
    # --- papers
    Row("GET", PLAIN + "/attachments", SEES),
    Row("GET", AGAINST_JUSTICE + "/attachments", SEES_JUSTICE, alike=ACCUSED, among=AROUND),
    Row("POST", PLAIN + "/attachments", HANDLER, UPLOAD),
    Row("POST", AGAINST_JUSTICE + "/attachments", HANDLER, UPLOAD, alike=ACCUSED, among=AROUND),
    Row("HEAD", FILE, HANDLER),
    Row("GET", FILE, SEES),
    Row("GET", FILE, HANDLER, headers=PURPOSE, told=HANDLER),
    Row("PATCH", FILE, HANDLER, content="pdf", headers=BYTES),
    Row("POST", FILE + "/completion", HANDLER),
    Row("DELETE", FILE, HANDLER),
    Row("GET", FILE + "/copy", HANDLER, headers=PURPOSE),
    Row("GET", FILE + "/original", HANDLER, headers=PURPOSE),
    Row("POST", FILE + "/release", HANDLER, REASON),
    # What the complainant sends shows who he is: of a sealed case it is for intake.
    Row("GET", OWN_FILE, HANDLER, headers=PURPOSE, told=HANDLER),
    Row("GET", SEALED_FILE, SEES),
    Row("GET", SEALED_FILE, HANDLER, headers=PURPOSE, told=HANDLER),
    Row("GET", SEALED_FILE + "/copy", HANDLER, headers=PURPOSE),
    Row("GET", SEALED_FILE + "/original", HANDLER, headers=PURPOSE),
    # --- letters, for those who handle the case
    Row("GET", COURT_CASE, SEES),
    Row("POST", COURT_CASE, HANDLER, SEND),
    Row("POST", SEALED + "/linkage-tasks", HANDLER, SEND),
    Row("GET", TASK + "/letter", HANDLER, headers=PURPOSE),
    Row("GET", TASK + "/replies", HANDLER, headers=PURPOSE, told=HANDLER),
    Row("POST", TASK + "/marks", HANDLER, MARKED),
    Row("POST", TASK + "/replies", HANDLER, RECORDED),
    Row("POST", TASK + "/cancellation", HANDLER, {"reason": "wrong-unit"}),
    Row("GET", AGAINST_JUSTICE + "/linkage-tasks", SEES_JUSTICE, alike=ACCUSED, among=AROUND),
    Row("POST", AGAINST_JUSTICE + "/linkage-tasks", HANDLER, SEND, alike=ACCUSED, among=AROUND),
    Row("GET", JUSTICE_TASK + "/letter", HANDLER, headers=PURPOSE, alike=ACCUSED, among=AROUND),
    Row("GET", JUSTICE_TASK + "/replies", HANDLER, headers=PURPOSE, alike=ACCUSED, among=AROUND),
    Row("POST", JUSTICE_TASK + "/marks", HANDLER, MARKED, alike=ACCUSED, among=AROUND),
    Row("POST", JUSTICE_TASK + "/replies", HANDLER, RECORDED, alike=ACCUSED, among=AROUND),
    Row("POST", JUSTICE_TASK + "/cancellation", HANDLER, {"reason": "wrong-unit"}, alike=ACCUSED, among=AROUND),
    # --- letters, for the organ whose unit they are to; no other organ's exists
    Row("GET", "/v1/linkage-tasks", LINKED, among=EVERYBODY),
    Row("GET", OF_THE_COURT, COURT, alike=LINKED - COURT, among=EVERYBODY),
    Row("GET", OF_THE_COURT + "/letter", COURT, alike=LINKED - COURT, among=EVERYBODY),
    Row("POST", OF_THE_COURT + "/marks", COURT, {"mark": "received"}, alike=LINKED - COURT, among=EVERYBODY),
    Row("POST", OF_THE_COURT + "/replies", COURT, ANSWERED, alike=LINKED - COURT, among=EVERYBODY),
    Row("GET", OF_JUSTICE, JUSTICE_ORGAN, alike=LINKED - JUSTICE_ORGAN, among=EVERYBODY),
    Row("GET", OF_JUSTICE + "/letter", JUSTICE_ORGAN, alike=LINKED - JUSTICE_ORGAN, among=EVERYBODY),
    Row(
        "POST",
        OF_JUSTICE + "/marks",
        JUSTICE_ORGAN,
        {"mark": "received"},
        alike=LINKED - JUSTICE_ORGAN,
        among=EVERYBODY,
    ),
    Row("POST", OF_JUSTICE + "/replies", JUSTICE_ORGAN, ANSWERED, alike=LINKED - JUSTICE_ORGAN, among=EVERYBODY),
    # --- the directory of those units
    Row("GET", "/v1/complaint-units", OFFICERS),
    Row("GET", "/v1/complaint-units/{unit_id}", OFFICERS),
    Row("GET", "/v1/complaint-units/{unit_id}/versions", OFFICERS),
    Row("POST", "/v1/complaint-units", KEEPERS, UNIT),
    Row("POST", "/v1/complaint-units", PROVINCE_ORGANS | {"association-there"}, UNIT_THERE, among=AROUND),
    Row("PUT", "/v1/complaint-units/{unit_id}", KEEPERS, UNIT),
    # Of an organ of another place not even the association that wrote to it.
    Row("PUT", "/v1/complaint-units/{court_unit_id}", PROVINCE_ORGANS | {"association-there"}, UNIT_THERE),
)
