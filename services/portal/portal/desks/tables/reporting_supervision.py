"""Notices and inspections: what the department asks, and how those asked answer."""

from portal.desks.declared import Act, Download, Listing, Part, Record, Room

_NOTICE = "progress POST /v1/notices/{notice_id}/"
NOTICES = Room(
    "notices",
    "督办",
    "Notices",
    listing=Listing(
        "progress GET /v1/notices",
        ("number", "colour", "subject", "addressee", "region", "state", "due_on", "overdue"),
        key="notice_id",
        filters=("state", "colour", "addressee", "region", "overdue"),
        waiting={"state": "issued"},
        waits="份待答复",
    ),
    creates=(Act("progress POST /v1/notices", leads=("reporting/notices", "notice_id")),),
    record=Record(
        "progress GET /v1/notices/{notice_id}",
        followed=True,
        heading="number",
        first=("state", "colour", "subject", "text", "addressee", "region", "due_on", "overdue"),
        left_out=("steps", "rule"),
        template="desks/reporting/stepped.html",
        acts=(
            Act(_NOTICE + "answers", when={"state": ("issued",)}),
            Act(_NOTICE + "issuance", when={"state": ("proposed", "issued", "answered", "accepted")}),
            Act(_NOTICE + "acceptance", when={"state": ("answered",)}),
            Act(_NOTICE + "return", when={"state": ("answered",)}),
            Act(_NOTICE + "closure", when={"state": ("accepted",)}),
            Act(_NOTICE + "escalation", when={"state": ("issued", "answered")}, danger=True),
            Act(_NOTICE + "withdrawal", when={"state": ("proposed", "issued", "answered")}, danger=True),
        ),
        downloads=(
            Download("progress GET /v1/notices/{notice_id}/sheet.{form}", "督办单（PDF）", fixed=("pdf",)),
            Download("progress GET /v1/notices/{notice_id}/sheet.{form}", "督办单（DOCX）", fixed=("docx",)),
        ),
    ),
)

_INSPECTION = "progress POST /v1/inspections/{inspection_id}/"
_FINDING = _INSPECTION + "findings/{finding_id}/"
INSPECTIONS = Room(
    "inspections",
    "督查",
    "Inspections",
    listing=Listing(
        "progress GET /v1/inspections",
        ("year", "region_zh", "state", "planned_on", "held_on", "findings_open", "findings_overdue"),
        key="inspection_id",
        filters=("region", "state", "year"),
        waiting={"state": "rectifying"},
        waits="次整改中",
    ),
    creates=(Act("progress POST /v1/inspections", leads=("reporting/inspections", "inspection_id")),),
    record=Record(
        "progress GET /v1/inspections/{inspection_id}",
        followed=True,
        heading="region_zh",
        first=("state", "region_zh", "planned_on", "held_on", "team", "measures", "report_number", "reported_on"),
        left_out=("findings",),
        acts=(
            Act(_INSPECTION + "conduct", when={"state": ("planned",)}),
            Act(_INSPECTION + "findings", when={"state": ("held",)}),
            Act(_INSPECTION + "report", when={"state": ("held",)}),
            Act(_INSPECTION + "cancellation", when={"state": ("planned",)}, danger=True),
        ),
        parts=(
            Part(
                "问题",
                "progress GET /v1/inspections/{inspection_id}",
                ("measure", "severity", "text", "responsible", "state", "due_on", "overdue"),
                at="findings",
                key="finding_id",
                acts=(
                    Act(_FINDING + "answers"),
                    Act(_FINDING + "acceptance"),
                    Act(_FINDING + "return"),
                ),
            ),
        ),
    ),
)

PROGRAMMES = Room(
    "programmes",
    "年度督查计划",
    "Programmes of inspections",
    listing=Listing("progress GET /v1/inspection-programmes", ("year", "document_number", "issued_on")),
    creates=(Act("progress POST /v1/inspection-programmes"),),
)
