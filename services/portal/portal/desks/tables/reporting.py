"""The desk of reports: what is owed, filled in, sent, confirmed, and what was sent back."""

from portal.desks.declared import Act, Desk, Download, Listing, Part, Record, Room
from portal.desks.tables.reporting_plan import (
    BACKFILLS,
    CLOSING,
    DECLARATIONS,
    DELIVERABLES,
    EDITIONS,
    OVERRIDES,
    READINGS,
    REGION_TARGETS,
    STATISTICS,
)
from portal.desks.tables.reporting_supervision import INSPECTIONS, NOTICES, PROGRAMMES

_REPORT = "progress POST /v1/reports/{report_id}/"
_LINE = ("period", "reporter", "region", "state", "due_on", "overdue", "received_on", "in_time")
_UNSENT = {"state": ("open", "draft", "returned", "correcting")}
_SENT = {"state": ("submitted",)}

_RECORD = Record(
    "progress GET /v1/reports/{report_id}",
    heading="period",
    first=("state", "reporter", "region", "period", "due_on", "overdue", "received_on", "reason"),
    left_out=("items", "findings", "plan_id"),
    template="desks/reporting/report.html",
    acts=(
        Act("progress PUT /v1/reports/{report_id}/draft", label="填报", when=_UNSENT),
        Act(_REPORT + "submission", when=_UNSENT, start={
            "filled_by": "signatories.filled_by",
            "checked_by": "signatories.checked_by",
            "responsible": "signatories.responsible",
        }),
        Act(_REPORT + "sheet", upload="填好的报表（XLSX）", when=_UNSENT),
        Act(_REPORT + "scans", upload="盖章件（PDF、JPEG、PNG）"),
        Act(_REPORT + "confirmation", when=_SENT),
        Act(_REPORT + "return", when=_SENT, danger=True),
        Act(_REPORT + "corrections", when={"state": ("confirmed", "backfilled")}),
    ),
    downloads=(Download("progress GET /v1/reports/{report_id}/sheet", "下载报表（XLSX）"),),
    parts=(
        Part(
            "盖章件",
            "progress GET /v1/reports/{report_id}/scans",
            ("revision", "kind", "pages", "size", "kept_at", "kept_by"),
            key="scan_id",
            downloads=(Download("progress GET /v1/reports/{report_id}/scans/{scan_id}", "查看"),),
        ),
        Part(
            "历次报送",
            "progress GET /v1/reports/{report_id}/versions",
            ("revision", "saved_at", "submitted_at", "submitted_by", "decision", "decided_at", "decision_reason"),
            at="versions",
        ),
    ),
)  # fmt: skip

DUE = Room(
    "due",
    "待办报表",
    "Reports due",
    listing=Listing(
        "progress GET /v1/reports/due",
        (*_LINE[:5], "days_left", "overdue"),
        key="report_id",
        waiting={},
        waits="份待办",
    ),
    record=_RECORD,
)

REPORTS = Room(
    "reports",
    "报表",
    "Reports",
    listing=Listing(
        "progress GET /v1/reports",
        _LINE,
        key="report_id",
        filters=("state", "period", "reporter", "region"),
        waiting={"state": "submitted"},
        waits="份待确认",
    ),
    record=_RECORD,
)

OVERVIEW = Room("overview", "报送总览", "Who owes what", own_page=True)

SCANS_OWED = Room(
    "scans-owed",
    "欠缺盖章件的报表",
    "Scans owed",
    listing=Listing(
        "progress GET /v1/reports/scans/owed",
        ("report.period", "report.reporter", "report.region", "report.state", "scan_due_on", "overdue"),
        key="report.report_id",
    ),
    record=_RECORD,
)

REPORTING = Desk(
    "reporting",
    "三年行动",
    "Three-year action",
    "报表、任务成果、督办与督查、各期稿件、灯色与口径、统计表",
    frozenset({"plan-reporter", "plan-officer", "plan-signer"}),
    (
        DUE,
        OVERVIEW,
        REPORTS,
        SCANS_OWED,
        NOTICES,
        INSPECTIONS,
        PROGRAMMES,
        DELIVERABLES,
        OVERRIDES,
        DECLARATIONS,
        READINGS,
        REGION_TARGETS,
        STATISTICS,
        EDITIONS,
        CLOSING,
        BACKFILLS,
    ),
    {"report_id": "reporting/reports"},
)
