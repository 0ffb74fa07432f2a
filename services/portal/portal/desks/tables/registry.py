"""The registry's desk: one officer proposes, another decides; files are compared before they apply."""

from portal.desks.declared import Act, Desk, Download, Leads, Listing, Part, Record, Room

_PROPOSED: Leads = ("registry/proposals", "proposal_id")
_OPEN = {"state": ("open",)}
_OF_FIRMS = ("firm-change", "firm-filing", "firm-end", "firm-split", "firm-correction")
_OF_LAWYERS = (
    "lawyer-relicence",
    "lawyer-move",
    "lawyer-category",
    "lawyer-licence-end",
    "lawyer-details",
    "lawyer-correction",
)


def _proposal(operation: str, **told: object) -> Act:
    return Act(f"registry {operation}", leads=_PROPOSED, **told)  # type: ignore[arg-type]


_PROPOSALS = Room(
    "proposals",
    "登记提案",
    "Proposals",
    listing=Listing(
        "registry GET /v1/proposals",
        ("kind", "region", "state", "proposed_at", "proposed_by", "effective_on", "document_number"),
        key="proposal_id",
        filters=("state", "region", "kind"),
        start={"state": "open"},
        waiting={"state": "open"},
    ),
    record=Record(
        "registry GET /v1/proposals/{proposal_id}",
        heading="kind_zh",
        template="desks/registry/proposal.html",
        acts=(
            Act("registry POST /v1/proposals/{proposal_id}/approve", when=_OPEN),
            Act("registry POST /v1/proposals/{proposal_id}/reject", when=_OPEN, danger=True),
            Act("registry POST /v1/proposals/{proposal_id}/withdraw", label="撤回本人提案", when=_OPEN, danger=True),
        ),
        first=("state", "region", "effective_on", "document_number", "reason"),
        left_out=("command", "touched", "holds_id_number"),
        parts=(
            Part("现登记", "registry GET /v1/firms/{firm_id}", keys=("subject_id",), when={"kind": _OF_FIRMS}),
            Part("现登记", "registry GET /v1/lawyers/{lawyer_id}", keys=("subject_id",), when={"kind": _OF_LAWYERS}),
        ),
    ),
)

_LAWYERS = Room(
    "lawyers",
    "律师",
    "Lawyers",
    listing=Listing(
        "registry GET /v1/lawyers",
        ("name", "licence_number", "firm_name", "institution", "region", "category", "licensed"),
        key="lawyer_id",
        filters=("name", "licence_number", "firm", "region", "category", "status", "as_of"),
    ),
    creates=(_proposal("POST /v1/lawyers"), Act("registry POST /v1/person-mergers", leads=_PROPOSED)),
    record=Record(
        "registry GET /v1/lawyers/{lawyer_id}",
        followed=True,
        heading="name",
        first=("name", "licence_number", "standing", "firm_id"),
        acts=(
            _proposal("POST /v1/lawyers/{lawyer_id}/moves", when={"licensed": (True,)}),
            _proposal("PATCH /v1/lawyers/{lawyer_id}"),
            _proposal("POST /v1/lawyers/{lawyer_id}/category-changes", when={"licensed": (True,)}),
            _proposal("POST /v1/lawyers/{lawyer_id}/corrections"),
            _proposal("POST /v1/lawyers/{lawyer_id}/licences", when={"licensed": (False,)}),
            _proposal("POST /v1/lawyers/{lawyer_id}/licence-end", when={"licensed": (True,)}, danger=True),
            Act("registry POST /v1/lawyers/{lawyer_id}/id-number-views", shows=True),
        ),
        parts=(
            Part(
                "登记沿革",
                "registry GET /v1/lawyers/{lawyer_id}/timeline",
                look="changes",
            ),
            Part(
                "待办提案",
                "registry GET /v1/proposals",
                ("kind", "state", "proposed_at", "proposed_by"),
                params={"subject_id": "lawyer_id", "state": "=open"},
                key="proposal_id",
                room="registry/proposals",
            ),
            Part(
                "身份证号查看记录",
                "registry GET /v1/lawyers/{lawyer_id}/id-number-views",
                ("viewed_at", "viewed_by", "viewed_by_organ", "purpose", "note"),
            ),
        ),
    ),
)

_FIRMS = Room(
    "firms",
    "律师事务所",
    "Firms",
    listing=Listing(
        "registry GET /v1/firms",
        ("name", "credit_code", "kind", "region", "practising_lawyers", "active"),
        key="firm_id",
        filters=("name", "credit_code", "region", "kind", "status", "as_of"),
    ),
    creates=(_proposal("POST /v1/firms"), _proposal("POST /v1/mergers")),
    record=Record(
        "registry GET /v1/firms/{firm_id}",
        followed=True,
        heading="name",
        first=("name", "credit_code", "kind_zh", "standing"),
        acts=(
            _proposal("PATCH /v1/firms/{firm_id}", when={"licensed": (True,)}),
            _proposal("POST /v1/firms/{firm_id}/corrections"),
            _proposal("POST /v1/firms/{firm_id}/splits", when={"licensed": (True,)}),
            _proposal("POST /v1/firms/{firm_id}/end", when={"licensed": (True,)}, danger=True),
        ),
        parts=(
            Part("登记沿革", "registry GET /v1/firms/{firm_id}/timeline", look="changes"),
            Part(
                "执业律师",
                "registry GET /v1/lawyers",
                ("name", "licence_number", "category"),
                params={"firm_id": "firm_id"},
                key="lawyer_id",
                room="registry/lawyers",
            ),
            Part(
                "待办提案",
                "registry GET /v1/proposals",
                ("kind", "state", "proposed_at", "proposed_by"),
                params={"subject_id": "firm_id", "state": "=open"},
                key="proposal_id",
                room="registry/proposals",
            ),
        ),
    ),
)

_MERGERS = Room(
    "person-mergers",
    "人员合并",
    "Mergers of records",
    record=Record(
        "registry GET /v1/person-mergers/{merger_id}",
        acts=(_proposal("POST /v1/person-mergers/{merger_id}/undo", when={"restored_at": (None,)}, danger=True),),
    ),
)

_WAITING = {"state": ("checked",)}
_IMPORTS = Room(
    "imports",
    "批量导入",
    "Imports",
    listing=Listing(
        "registry GET /v1/imports",
        ("file_name", "kind", "state", "region", "rows_total", "created_at", "requested_by"),
        key="import_id",
        filters=("state", "region"),
        start={"state": "checked"},
        waiting={"state": "checked"},
    ),
    creates=(Act("registry POST /v1/imports", leads=("registry/imports", "import_id")),),
    record=Record(
        "registry GET /v1/imports/{import_id}",
        heading="file_name",
        first=("state", "kind", "rows_total", "created", "changed", "gone", "conflicts", "errors", "warnings"),
        template="desks/registry/import.html",
        acts=(
            Act("registry POST /v1/imports/{import_id}/approve", when=_WAITING),
            Act("registry POST /v1/imports/{import_id}/reject", when=_WAITING, danger=True),
            Act(
                "registry POST /v1/imports/{import_id}/withdraw",
                when={"state": ("queued", "running", "checked")},
                danger=True,
            ),
        ),
        parts=(
            Part("与登记的差异", "registry GET /v1/imports/{import_id}/changes", look="diff"),
            Part(
                "问题行",
                "registry GET /v1/imports/{import_id}/report",
                ("row", "column", "value", "severity", "reason_zh"),
            ),
        ),
        downloads=(
            Download("registry GET /v1/imports/{import_id}/report", "下载问题报告（XLSX）", {"format": "xlsx"}),
        ),
    ),
)

_ASSESSMENTS = Room(
    "assessments",
    "年度考核",
    "Yearly assessment",
    listing=Listing("registry GET /v1/assessments", ("year", "opens_on", "closes_on"), key="year"),
    creates=(Act("registry POST /v1/assessments", leads=("registry/assessments", "year")),),
    record=Record(
        "registry GET /v1/assessments/{year}",
        heading="year",
        acts=(
            Act("registry POST /v1/assessments/{year}/firms"),
            Act("registry POST /v1/assessments/{year}/lawyers"),
            Act("registry POST /v1/assessments/{year}/publications", danger=True),
            Act("registry PATCH /v1/assessments/{year}", start={"opens_on": "opens_on", "closes_on": "closes_on"}),
        ),
        parts=(
            Part(
                "尚未考核的律所",
                "registry GET /v1/assessments/{year}/open",
                ("name", "number", "region"),
                params={"kind": "=assessed-firm"},
            ),
            Part(
                "尚未考核的律师",
                "registry GET /v1/assessments/{year}/open",
                ("name", "number", "region", "firm_id"),
                params={"kind": "=assessed-lawyer"},
            ),
            Part(
                "考核结果",
                "registry GET /v1/assessments/{year}/results",
                ("kind", "grade", "no_grade", "region", "document_number", "published_on"),
                key="assessment_id",
                room="registry/results",
            ),
        ),
    ),
)

_RESULTS = Room(
    "results",
    "考核结果",
    "Results of assessments",
    record=Record(
        "registry GET /v1/assessments/results/{assessment_id}",
        acts=(Act("registry POST /v1/assessments/results/{assessment_id}/corrections"),),
    ),
)

_RECONCILIATIONS = Room(
    "reconciliations",
    "与许可系统对账",
    "Reconciliation",
    listing=Listing(
        "registry GET /v1/reconciliations/lines",
        ("kind", "number", "name", "difference", "field", "here", "there", "found_last_on", "state"),
        key="line_id",
        filters=("kind", "region", "difference", "state"),
        start={"state": "open"},
        waiting={"state": "open"},
        acts=(Act("registry POST /v1/reconciliations/lines/{line_id}/settle", when=_OPEN),),
    ),
)

_CONFLICTS = Room(
    "conflicts",
    "登记与惩戒的矛盾",
    "Contradictions with sanctions",
    listing=Listing(
        "registry GET /v1/standing-conflicts",
        ("ground", "region", "opened_at", "outcome", "closed_at"),
        key="conflict_id",
        filters=("region", "closed"),
        start={"closed": "false"},
        waiting={"closed": "false"},
        acts=(Act("registry POST /v1/standing-conflicts/{conflict_id}/close", when={"closed_at": (None,)}),),
    ),
)

_INTERNS = Room(
    "interns",
    "实习人员",
    "Interns",
    listing=Listing(
        "registry GET /v1/interns",
        ("name", "certificate_number", "firm_id", "from_on", "until_on", "ended_on"),
        key="intern_id",
        filters=("certificate_number", "region", "current"),
    ),
    creates=(Act("registry POST /v1/interns", leads=("registry/interns", "intern_id")),),
    record=Record(
        "registry GET /v1/interns/{intern_id}",
        heading="name",
        acts=(Act("registry POST /v1/interns/{intern_id}/end", when={"ended_on": (None,)}, danger=True),),
    ),
)

_SUPERVISORS = Room(
    "supervisors",
    "纪律监督员",
    "Supervisors of discipline",
    listing=Listing(
        "registry GET /v1/supervisors",
        ("from_on", "region", "firm_id", "lawyer_id", "ended_on", "end_ground"),
        key="appointment_id",
        filters=("region", "as_of"),
    ),
    creates=(Act("registry POST /v1/supervisors", leads=("registry/supervisors", "appointment_id")),),
    record=Record(
        "registry GET /v1/supervisors/{appointment_id}",
        acts=(Act("registry POST /v1/supervisors/{appointment_id}/end", when={"ended_on": (None,)}, danger=True),),
    ),
)

_LISTS = Room(
    "lists",
    "名录与认定",
    "Lists and recognitions",
    listing=Listing(
        "registry GET /v1/lists",
        ("title", "kind", "region", "issuer", "document_number", "valid_from", "valid_to"),
        key="list_id",
        filters=("kind", "region"),
    ),
    creates=(
        Act("registry POST /v1/lists", leads=("registry/lists", "list_id")),
        Act("registry POST /v1/recognitions"),
    ),
    record=Record(
        "registry GET /v1/lists/{list_id}",
        heading="title",
        acts=(Act("registry POST /v1/lists/{list_id}/members"),),
        parts=(
            Part(
                "成员",
                "registry GET /v1/recognitions",
                ("member_name", "region", "field", "from_on", "to_on", "withdrawn_on"),
                params={"list_id": "list_id"},
                key="recognition_id",
                acts=(
                    Act(
                        "registry POST /v1/recognitions/{recognition_id}/withdraw",
                        when={"withdrawn_on": (None,)},
                        danger=True,
                    ),
                ),
            ),
        ),
    ),
)

REGISTRY = Desk(
    "registry",
    "登记",
    "Registry",
    "提案与批准、批量导入、年度考核、对账、名录",
    frozenset({"registry-officer"}),
    (
        _PROPOSALS,
        _IMPORTS,
        _LAWYERS,
        _FIRMS,
        _ASSESSMENTS,
        _RECONCILIATIONS,
        _CONFLICTS,
        _INTERNS,
        _SUPERVISORS,
        _LISTS,
        _MERGERS,
        _RESULTS,
    ),
    {
        "firm_id": "registry/firms",
        "parent_firm_id": "registry/firms",
        "lawyer_id": "registry/lawyers",
        "head_id": "registry/lawyers",
        "supervisor_id": "registry/lawyers",
        "kept_lawyer_id": "registry/lawyers",
        "absorbed_lawyer_id": "registry/lawyers",
        "proposal_id": "registry/proposals",
        "case_id": "registry/proposals",
        "assessment_id": "registry/results",
        "merger_id": "registry/person-mergers",
    },
)
