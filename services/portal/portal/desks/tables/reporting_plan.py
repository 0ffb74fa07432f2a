"""What the department keeps of the plan: deliverables, lights by hand, readings, targets, tables, editions."""

from portal.desks.declared import Act, Download, Listing, Part, Record, Room

_DELIVERABLE = "progress POST /v1/deliverables/{deliverable_id}/"
_OF_REGION = {"region": "region"}
_READ_DELIVERABLE = "progress GET /v1/deliverables/{deliverable_id}"
DELIVERABLES = Room(
    "deliverables",
    "任务成果",
    "Deliverables",
    listing=Listing(
        "progress GET /v1/deliverables",
        ("title_zh", "measure", "region_zh", "state.zh", "owner", "next_due_on", "evidence_count"),
        key="id@region",
        filters=("measure", "scope", "state"),
    ),
    record=Record(
        _READ_DELIVERABLE,
        heading="title_zh",
        first=("state", "title_zh", "quote", "region_zh", "measure", "owner", "next_due_on", "target"),
        left_out=("evidence_list", "milestone_list", "href"),
        beside="region",
        acts=(
            Act(_DELIVERABLE + "states", start=_OF_REGION),
            Act(_DELIVERABLE + "evidence", label="添加佐证", start=_OF_REGION),
            Act(_DELIVERABLE + "evidence/files", upload="佐证（PDF、JPEG、PNG）", start=_OF_REGION),
            Act(_DELIVERABLE + "milestones"),
            Act(_DELIVERABLE + "owner", start=_OF_REGION),
        ),
        parts=(
            Part(
                "佐证",
                _READ_DELIVERABLE,
                ("dated_on", "kind", "document_number", "document_issuer", "url", "completes"),
                params=_OF_REGION,
                at="evidence_list",
                key="evidence_id",
                acts=(
                    Act(
                        _DELIVERABLE + "evidence/{evidence_id}/withdrawal",
                        start=_OF_REGION,
                        danger=True,
                    ),
                ),
            ),
            Part(
                "节点",
                _READ_DELIVERABLE,
                ("title", "due_on", "met_on", "overdue", "cancelled"),
                params=_OF_REGION,
                at="milestone_list",
                key="milestone_id",
                acts=(
                    Act(
                        _DELIVERABLE + "milestones/{milestone_id}/versions",
                        start=_OF_REGION,
                        when={"cancelled": (False,)},
                    ),
                    Act(
                        _DELIVERABLE + "milestones/{milestone_id}/cancellation",
                        start=_OF_REGION,
                        when={"cancelled": (False,)},
                        danger=True,
                    ),
                ),
            ),
            Part(
                "历次登记",
                "progress GET /v1/deliverables/{deliverable_id}/history",
                ("entered_at", "what", "state", "owner", "milestone", "evidence", "reason"),
                params=_OF_REGION,
            ),
        ),
    ),
)

_OVERRIDE = "progress POST /v1/lights/overrides/{override_id}/"
OVERRIDES = Room(
    "light-overrides",
    "灯色人工调整",
    "Lights set by hand",
    listing=Listing(
        "progress GET /v1/lights/overrides",
        ("of", "id", "region", "colour", "reason", "requested_at", "approved_at", "expires_on", "in_force"),
        key="override_id",
        filters=("of", "id"),
    ),
    creates=(Act("progress POST /v1/lights/overrides", leads=("reporting/light-overrides", "override_id")),),
    record=Record(
        "progress GET /v1/lights/overrides/{override_id}",
        first=("in_force", "colour", "of", "id", "region", "reason"),
        left_out=("label_zh",),
        acts=(
            Act(_OVERRIDE + "approvals", when={"approved_at": (None,), "ended_on": (None,)}),
            Act(_OVERRIDE + "endings", when={"ended_on": (None,)}, danger=True),
        ),
    ),
)

DECLARATIONS = Room(
    "light-declarations",
    "自报灯色",
    "Declared lights",
    listing=Listing(
        "progress GET /v1/lights/declarations",
        ("of", "id", "region", "colour", "reason", "from_on", "declared_at"),
        filters=("of", "id"),
    ),
    creates=(Act("progress POST /v1/lights/declarations"),),
)

_CHOICE = "progress POST /v1/readings/choices/{choice_id}/"
_ENTERED = {"state": ("entered",)}
READINGS = Room(
    "readings",
    "口径选择",
    "Choices of readings",
    listing=Listing(
        "progress GET /v1/readings/choices",
        ("parameter", "target", "value", "from_on", "document_number", "document_issuer", "state"),
        key="choice_id",
        acts=(Act(_CHOICE + "confirmation", when=_ENTERED), Act(_CHOICE + "withdrawal", when=_ENTERED, danger=True)),
    ),
    creates=(Act("progress POST /v1/readings/choices"),),
)

_DOCUMENT = "progress POST /v1/region-targets/documents/{document_id}/"
REGION_TARGETS = Room(
    "region-targets",
    "各地目标",
    "Targets of regions",
    listing=Listing(
        "progress GET /v1/region-targets/documents",
        ("number", "issuer", "issued_on", "from_on", "indicators", "state"),
        key="document_id",
    ),
    creates=(
        Act("progress POST /v1/region-targets", leads=("reporting/region-targets", "document_id")),
        Act(
            "progress POST /v1/region-targets/files",
            upload="目标分解表（XLSX、CSV）",
            leads=("reporting/region-targets", "document_id"),
        ),
    ),
    record=Record(
        "progress GET /v1/region-targets/documents/{document_id}",
        heading="number",
        first=("state", "number", "issuer", "issued_on", "from_on"),
        acts=(
            Act(_DOCUMENT + "confirmation", when=_ENTERED),
            Act(_DOCUMENT + "withdrawal", when={"state": ("entered", "confirmed")}, danger=True),
        ),
    ),
)

_TABLE = "progress POST /v1/statistics/{table_id}/"
STATISTICS = Room(
    "statistics",
    "全国统计表",
    "National statistics",
    listing=Listing(
        "progress GET /v1/statistics",
        ("year", "title", "issuer", "convention", "published_on", "rank", "state"),
        key="table_id",
        filters=("year",),
    ),
    creates=(
        Act("progress POST /v1/statistics", leads=("reporting/statistics", "table_id")),
        Act(
            "progress POST /v1/statistics/file",
            upload="统计表（XLSX、CSV）",
            leads=("reporting/statistics", "table_id"),
        ),
    ),
    record=Record(
        "progress GET /v1/statistics/{table_id}",
        heading="title",
        first=("state", "year", "title", "issuer", "convention", "rank", "warnings"),
        acts=(
            Act(_TABLE + "confirmations"),
            Act(
                "progress PUT /v1/statistics/{table_id}",
                name="correct",
                start={
                    name: name
                    for name in (
                        "title", "issuer", "published_on", "citation", "confidence", "national_total",
                        "national_bound", "figures", "note",
                    )
                },
            ),
            Act(_TABLE + "file", upload="更正的统计表（XLSX、CSV）", name="corrected-file"),
            Act(_TABLE + "withdrawal", danger=True),
        ),
    ),
)  # fmt: skip


def _papers(*pairs: tuple[str, str]) -> tuple[Download, ...]:
    paths = "progress GET /v1/editions/{edition_id}/papers/{kind}.{form}"
    return tuple(Download(paths, label, fixed=(name,)) for name, label in pairs)


_EDITION = "progress POST /v1/editions/{edition_id}/"
EDITIONS = Room(
    "editions",
    "各期稿件",
    "Editions",
    listing=Listing(
        "progress GET /v1/editions",
        ("number", "period", "as_of", "state", "document_number", "issued_on"),
        key="edition_id",
        filters=("state",),
        waiting={"state": "drafted"},
        waits="期待审核",
    ),
    creates=(Act("progress POST /v1/editions", leads=("reporting/editions", "edition_id")),),
    record=Record(
        "progress GET /v1/editions/{edition_id}",
        heading="period",
        first=("state", "number", "period", "as_of", "drafted", "reviewed", "issued", "returned"),
        left_out=("papers", "content", "positions", "plan_id"),
        acts=(
            Act(_EDITION + "review", when={"state": ("drafted",)}),
            Act(_EDITION + "issue", when={"state": ("reviewed",)}),
            Act(_EDITION + "return", when={"state": ("drafted", "reviewed")}),
            Act(_EDITION + "withdrawal", when={"state": ("issued",)}, danger=True),
        ),
        downloads=_papers(
            ("bulletin.pdf", "月报（PDF）"),
            ("bulletin.docx", "月报（DOCX）"),
            ("circular.pdf", "通报（PDF）"),
            ("circular.docx", "通报（DOCX）"),
        ),
    ),
)

_CLOSING = "progress POST /v1/closing/{closing_id}/"
CLOSING = Room(
    "closing",
    "收官",
    "Closing of the plan",
    listing=Listing(
        "progress GET /v1/closing",
        ("kind", "number", "as_of", "state", "document_number", "signed_on"),
        key="closing_id",
    ),
    creates=(
        Act("progress POST /v1/closing", leads=("reporting/closing", "closing_id")),
        Act("progress POST /v1/closing/addenda", leads=("reporting/closing", "closing_id")),
    ),
    record=Record(
        "progress GET /v1/closing/{closing_id}",
        heading="kind",
        first=("state", "kind", "as_of", "drafted", "reviewed", "signed", "returned"),
        left_out=("papers", "record", "report", "plan_id"),
        acts=(
            Act(_CLOSING + "review", when={"state": ("drafted",)}),
            Act(_CLOSING + "sign", when={"state": ("reviewed",)}, danger=True),
            Act(_CLOSING + "return", when={"state": ("drafted", "reviewed")}),
        ),
        downloads=(
            Download("progress GET /v1/closing/{closing_id}/paper.{form}", "文件（PDF）", fixed=("pdf",)),
            Download("progress GET /v1/closing/{closing_id}/paper.{form}", "文件（DOCX）", fixed=("docx",)),
        ),
    ),
)

BACKFILLS = Room(
    "backfills",
    "补录",
    "Back-fills",
    listing=Listing(
        "progress GET /v1/backfills",
        ("uploaded_at", "uploaded_by", "rows", "confirmed", "unchanged", "conflicts", "decided_at"),
        key="backfill_id",
    ),
    creates=(
        Act("progress POST /v1/backfills/dry-runs", upload="补录表（XLSX、CSV）", shows=True),
        Act("progress POST /v1/backfills", upload="补录表（XLSX、CSV）", leads=("reporting/backfills", "backfill_id")),
    ),
    record=Record(
        "progress GET /v1/backfills/{backfill_id}",
        first=("rows", "confirmed", "conflicts", "conflicting"),
        acts=(Act("progress POST /v1/backfills/{backfill_id}/decision", when={"decided_at": (None,)}),),
    ),
)
