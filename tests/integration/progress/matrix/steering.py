"""What the department decides alone: documents, readings, tables, lights by hand, editions, the closing."""

from tests.integration.progress.national_tables.test_tables import body as national
from tests.integration.progress.national_tables.test_tables import correction
from tests.support.matrix import REASON, Row

from .callers import FEW, OFFICERS, READS_HERE, SIGNERS, VALUES, WORKS_HERE

NUMBER = "豫司文〔2026〕91号"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TARGETS = {
    "number": NUMBER, "issuer": "河南省司法厅", "issued_on": "2026-01-05", "from_on": "2026-02-01",
    "targets": [{"indicator_id": "H1", "region": "410100", "op": ">=", "value": 20000}],
}  # fmt: skip
CHOICE = {
    "parameter": "count_suspended_lawyers", "target": "T3", "value": "licence-held", "from_on": "2026-11-01",
    "document_number": NUMBER, "document_issuer": "河南省司法厅", "document_date": "2026-11-01",
}  # fmt: skip
LIGHT = {"of": "measure", "id": "M14", "colour": "yellow", "reason": "试点文件尚在会签"}
OVERRIDE = LIGHT | {"expires_on": "2027-01-20"}
_NUMBERED = {"document_number": NUMBER}

TABLE_OF_DOCUMENTS: tuple[Row, ...] = (
    # --- targets of regions
    Row("POST", "/v1/region-targets", OFFICERS, TARGETS),
    Row("POST", "/v1/region-targets/files", OFFICERS, content="file", headers={"Content-Type": "text/csv"}),
    Row("GET", "/v1/region-targets/documents", OFFICERS),
    Row("GET", "/v1/region-targets/documents/{document_id}", OFFICERS),
    Row("POST", "/v1/region-targets/documents/{document_id}/confirmation", OFFICERS),
    Row(
        "POST", "/v1/region-targets/documents/{document_id}/withdrawal", OFFICERS,
        REASON | {"on": "2026-02-01"},
    ),
    # --- readings
    Row("GET", "/v1/readings/choices", OFFICERS),
    Row("POST", "/v1/readings/choices", OFFICERS, CHOICE),
    Row("POST", "/v1/readings/choices/{choice_id}/confirmation", OFFICERS),
    Row("POST", "/v1/readings/choices/{choice_id}/withdrawal", OFFICERS),
    # --- national tables: readers see them once they are confirmed
    Row("GET", "/v1/statistics/form", OFFICERS),
    Row("POST", "/v1/statistics", OFFICERS, national()),
    Row("POST", "/v1/statistics/file", OFFICERS, content="file", form=True),
    Row("GET", "/v1/statistics/{table_id}", OFFICERS, alike=VALUES - OFFICERS),
    Row("PUT", "/v1/statistics/{table_id}", OFFICERS, correction()),
    Row("POST", "/v1/statistics/{table_id}/file", OFFICERS, content="file", form=True),
    Row("POST", "/v1/statistics/{table_id}/confirmations", OFFICERS, {"accept_doubts": True}),
    Row("POST", "/v1/statistics/{table_id}/withdrawal", OFFICERS, REASON),
    # --- lights by hand: a region declares its own
    Row("GET", "/v1/lights/declarations", VALUES),
    Row("POST", "/v1/lights/declarations", OFFICERS, LIGHT),
    Row("POST", "/v1/lights/declarations", OFFICERS | WORKS_HERE, LIGHT | {"region": "410100"}),
    Row("GET", "/v1/lights/overrides", OFFICERS),
    Row("POST", "/v1/lights/overrides", OFFICERS, OVERRIDE),
    Row("GET", "/v1/lights/overrides/{override_id}", OFFICERS),
    Row("POST", "/v1/lights/overrides/{override_id}/approvals", OFFICERS),
    Row("POST", "/v1/lights/overrides/{override_id}/endings", OFFICERS, REASON),
    # --- back-fills
    Row("GET", "/v1/backfills", OFFICERS),
    Row("POST", "/v1/backfills", OFFICERS, content="file", headers={"Content-Type": "text/csv"}),
    Row("POST", "/v1/backfills/dry-runs", OFFICERS, content="file", headers={"Content-Type": "text/csv"}),
    Row("GET", "/v1/backfills/{absent_id}", OFFICERS, absent=True),
    Row("POST", "/v1/backfills/{absent_id}/decision", OFFICERS, {"override": True}, absent=True),
)  # fmt: skip

TABLE_OF_RELEASES: tuple[Row, ...] = (
    # --- editions: drawn up by whoever steers, released by who signs
    Row("GET", "/v1/editions", OFFICERS),
    Row("POST", "/v1/editions", OFFICERS, {"period": "2026-11"}, among=FEW),
    Row("GET", "/v1/editions/{edition_id}", OFFICERS),
    Row("GET", "/v1/editions/{edition_id}/papers/{kind}.{form}", OFFICERS, among=FEW),
    Row("POST", "/v1/editions/{edition_id}/review", SIGNERS),
    Row("POST", "/v1/editions/{edition_id}/return", SIGNERS, REASON),
    Row("POST", "/v1/editions/{edition_id}/issue", SIGNERS, _NUMBERED),
    Row("POST", "/v1/editions/{edition_id}/withdrawal", SIGNERS, REASON),
    # --- the closing
    Row("GET", "/v1/closing", OFFICERS),
    Row("POST", "/v1/closing", OFFICERS, {}, among=FEW),
    Row("POST", "/v1/closing/addenda", OFFICERS, {}),
    Row("GET", "/v1/closing/{closing_id}", OFFICERS),
    Row("GET", "/v1/closing/{closing_id}/differences", OFFICERS, among=FEW),
    Row("GET", "/v1/closing/{closing_id}/paper.{form}", OFFICERS, among=FEW),
    Row("POST", "/v1/closing/{closing_id}/review", SIGNERS),
    Row("POST", "/v1/closing/{closing_id}/return", SIGNERS, REASON),
    Row("POST", "/v1/closing/{closing_id}/sign", SIGNERS, _NUMBERED),
)

_WORK = "/v1/deliverables/{deliverable_id}"
_EVIDENCE = f"{_WORK}/evidence"
_MILESTONE = f"{_WORK}/milestones/{{milestone_id}}"
_OF_HERE = {"region": "410100"}
_DOCUMENT = {"number": NUMBER, "issuer": "河南省司法厅", "dated_on": "2026-01-10"}
MILESTONE = {"title": "印发办法", "due_on": "2026-12-20", "document": _DOCUMENT, "regions": ["410100"]}
EVIDENCE = {
    "kind": "document", "document_number": "郑律协〔2026〕77号", "document_issuer": "郑州市律师协会",
    "dated_on": "2026-03-02", "region": "410100",
}  # fmt: skip
_STATE = {"region": "410100", "state": "in-progress", "on": "2026-03-02"}

TABLE_OF_DELIVERABLES: tuple[Row, ...] = (
    Row("GET", "/v1/deliverables", VALUES),
    Row("GET", _WORK, READS_HERE, query=_OF_HERE),
    Row("GET", f"{_WORK}/history", READS_HERE, query=_OF_HERE),
    Row("GET", f"{_EVIDENCE}/{{evidence_id}}/file", READS_HERE, query=_OF_HERE, absent=True),
    Row("POST", _EVIDENCE, WORKS_HERE, EVIDENCE),
    Row(
        "POST", f"{_EVIDENCE}/files", WORKS_HERE, query=_OF_HERE | {"dated_on": "2026-03-02"}, content="paper",
        headers={"Content-Type": "application/pdf"},
    ),
    Row(
        "POST", f"{_EVIDENCE}/{{evidence_id}}/withdrawal", WORKS_HERE, REASON | {"on": "2026-04-02"}, query=_OF_HERE
    ),
    Row("POST", f"{_WORK}/milestones", OFFICERS, MILESTONE),
    Row("POST", f"{_MILESTONE}/versions", OFFICERS, REASON | {
        "title": "印发办法", "due_on": "2026-12-30", "document": _DOCUMENT}, query=_OF_HERE),
    Row("POST", f"{_MILESTONE}/cancellation", OFFICERS, REASON | {"document": _DOCUMENT}, query=_OF_HERE),
    Row("POST", f"{_WORK}/owner", OFFICERS, _OF_HERE | {
        "organ_kind": "bureau", "organ_name": "郑州市司法局", "from_on": "2026-02-01"}),
    Row("POST", f"{_WORK}/states", WORKS_HERE, _STATE),
    Row("POST", f"{_WORK}/states", OFFICERS, _STATE | {"state": "verified"}),
)  # fmt: skip
