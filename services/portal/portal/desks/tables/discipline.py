"""The desk of discipline: complaints come in, cases are handled, decisions are published and answered for."""

from portal.desks.declared import Act, Desk, Download, Listing, Opening, Part, Record, Room

_COMPLAINT = "discipline POST /v1/complaints/{complaint_id}/"
_OPEN = ("RECEIVED", "SUPPLEMENT_ASKED")


def _complaint(step: str, *states: str, danger: bool = False) -> Act:
    return Act(_COMPLAINT + step, when={"status": states} if states else {}, danger=danger)


_COMPLAINTS = Room(
    "complaints",
    "投诉",
    "Complaints",
    listing=Listing(
        "discipline GET /v1/complaints",
        ("received_on", "status", "source", "subject_kind", "region", "assigned_to"),
        key="complaint_id",
        filters=("status", "mine"),
        start={"status": "RECEIVED"},
        waiting={"status": "RECEIVED"},
    ),
    creates=(
        Act("discipline POST /v1/complaints/entries", leads=("discipline/complaints", "complaint_id"), shows=True),
    ),
    record=Record(
        "discipline GET /v1/complaints/{complaint_id}",
        first=("status", "received_on", "source", "subject_kind", "region", "organ", "assigned_to"),
        left_out=("deadlines", "steps"),
        template="desks/discipline/complaint.html",
        opening=Opening("discipline GET /v1/complaints/{complaint_id}/content"),
        acts=(
            _complaint("assignment", *_OPEN, "ACCEPTED", "FORWARDED", "REVIEW_ASKED"),
            _complaint("acceptance", *_OPEN),
            _complaint("supplement-request", "RECEIVED"),
            _complaint("supplement", "SUPPLEMENT_ASKED"),
            _complaint("refusal", *_OPEN, danger=True),
            _complaint("forwarding", *_OPEN, "ACCEPTED"),
            _complaint("acknowledgement", "FORWARDED"),
            _complaint("return", "FORWARDED"),
            _complaint("joining", *_OPEN, "ACCEPTED"),
            _complaint("proceeding", "ACCEPTED"),
            _complaint("result", "ACCEPTED", "FORWARDED"),
            _complaint("review-answer", "REVIEW_ASKED"),
            _complaint("messages"),
            _complaint("recusals"),
            _complaint("closure", "REFUSED", "RESULT_TOLD", "FORWARDED", danger=True),
        ),
    ),
)

_PROCEEDING = "discipline POST /v1/proceedings/{proceeding_id}/"
_DRAFT = {"state": ("draft",)}
_FINAL = {"state": ("final",)}
_CASES = Room(
    "cases",
    "案件",
    "Cases",
    listing=Listing(
        "discipline GET /v1/proceedings",
        ("kind", "state", "region", "received_on", "conduct", "handlers", "at_risk"),
        key="proceeding_id",
        filters=("kind", "state", "region", "organ_kind", "handler", "at_risk"),
        waiting={"at_risk": "overdue"},
        waits="件逾期",
    ),
    creates=(
        Act(
            "discipline POST /v1/proceedings",
            own_organ=True,
            leads=("discipline/cases", "proceeding_id"),
        ),
    ),
    record=Record(
        "discipline GET /v1/proceedings/{proceeding_id}",
        followed=True,
        first=("state", "kind", "organ", "received_on", "conduct", "handlers"),
        left_out=("deadlines",),
        template="desks/discipline/case.html",
        opening=Opening("discipline GET /v1/proceedings/{proceeding_id}", by="reason"),
        acts=(
            Act(_PROCEEDING + "steps"),
            Act(_PROCEEDING + "assignments"),
            Act(_PROCEEDING + "recusals"),
            Act(_PROCEEDING + "documents"),
            Act(_PROCEEDING + "archive", when={"ended": (True,)}, danger=True),
        ),
        parts=(
            Part("下一步", "discipline GET /v1/proceedings/{proceeding_id}/next", look="next"),
            Part("办理经过", "discipline GET /v1/proceedings/{proceeding_id}/steps", look="steps"),
            Part(
                "文书",
                "discipline GET /v1/proceedings/{proceeding_id}/documents",
                ("type", "title", "number", "state", "dated_on", "created_at"),
                key="document_id",
                acts=(
                    Act("discipline POST /v1/document-numbers", keyed="document_id", when=_DRAFT),
                    Act("discipline PUT /v1/documents/{document_id}/original", upload="定稿或原件", when=_DRAFT),
                    Act("discipline POST /v1/documents/{document_id}/services", when=_FINAL),
                    Act("discipline POST /v1/documents/{document_id}/original/openings", shows=True, when=_FINAL),
                    Act("discipline POST /v1/documents/{document_id}/void", when=_DRAFT, danger=True),
                ),
                downloads=(
                    Download("discipline GET /v1/documents/{document_id}/draft", "草稿", when={"has_draft": (True,)}),
                    Download("discipline GET /v1/documents/{document_id}/copy", "副本", when=_FINAL),
                ),
            ),
            Part("送达", "discipline GET /v1/proceedings/{proceeding_id}/services"),
        ),
        downloads=(
            Download(
                "discipline GET /v1/proceedings/{proceeding_id}/archive.docx",
                "卷宗目录（DOCX）",
                when={"ended": (True,)},
            ),
        ),
    ),
)

_SANCTION = "discipline POST /v1/sanctions/{case_id}/"
_SANCTIONS = Room(
    "sanctions",
    "处罚与处分",
    "Sanctions",
    listing=Listing(
        "discipline GET /v1/sanctions",
        ("document_number", "state", "conduct", "organ", "decided_on", "published_on", "overdue"),
        key="case_id",
        filters=("state", "region", "organ_kind", "publication_overdue"),
        start={"state": "decided"},
        waiting={"state": "decided"},
    ),
    creates=(Act("discipline POST /v1/sanctions", own_organ=True, leads=("discipline/sanctions", "case_id")),),
    record=Record(
        "discipline GET /v1/sanctions/{case_id}",
        followed=True,
        heading="document_number",
        first=("state", "document_number", "subject", "conduct", "penalties", "organ"),
        left_out=("deadlines",),
        template="desks/discipline/clocked.html",
        acts=(
            Act(_SANCTION + "publication", when={"state": ("decided", "withheld")}),
            Act(_SANCTION + "withholding", when={"state": ("decided",)}),
            Act(_SANCTION + "finality", when={"state": ("decided", "published", "withheld")}),
            Act(_SANCTION + "identity"),
            Act(_SANCTION + "withdrawal", when={"state": ("decided", "published", "withheld")}, danger=True),
        ),
        parts=(Part("救济与失信认定", "discipline GET /v1/sanctions/{case_id}/finality"),),
    ),
)

_RECORD = "discipline POST /v1/conduct-records/{record_id}/"
_RECORDS = Room(
    "conduct-records",
    "刑事处罚与考核不合格",
    "Convictions and failed assessments",
    listing=Listing(
        "discipline GET /v1/conduct-records",
        ("kind", "state", "organ", "effective_on", "published_on", "overdue"),
        key="record_id",
        filters=("kind", "state"),
        start={"state": "recorded"},
        waiting={"state": "recorded"},
    ),
    creates=(
        Act("discipline POST /v1/conduct-records", own_organ=True, leads=("discipline/conduct-records", "record_id")),
    ),
    record=Record(
        "discipline GET /v1/conduct-records/{record_id}",
        first=("state", "kind", "document_number", "subject"),
        left_out=("deadlines",),
        template="desks/discipline/clocked.html",
        acts=(
            Act(_RECORD + "publication", when={"state": ("recorded", "withheld")}),
            Act(_RECORD + "withholding", when={"state": ("recorded",)}),
            Act(_RECORD + "withdrawal", when={"state": ("recorded", "published", "withheld")}, danger=True),
        ),
    ),
)


def _remarks(
    *, name: str, title: str, en: str, path: str, key: str, columns: tuple[str, ...], acts: tuple[Act, ...], start: str
) -> Room:
    """What lawyers, firms and others say to a record: objections, repairs, statements."""
    return Room(
        name,
        title,
        en,
        listing=Listing(
            f"discipline GET /v1/{path}",
            columns,
            key=key,
            filters=("state", "at_risk"),
            start={"state": start},
            waiting={"state": start},
        ),
        record=Record(
            f"discipline GET /v1/{path}/{{{key}}}",
            first=("state", "filed_on", "ground"),
            left_out=("deadlines",),
            template="desks/discipline/clocked.html",
            acts=acts,
        ),
    )


_OBJECTION = "discipline POST /v1/objections/{objection_id}/"
_OBJECTIONS = _remarks(
    name="objections",
    title="异议",
    en="Objections",
    path="objections",
    key="objection_id",
    columns=("filed_on", "state", "ground", "source", "source_asked_on", "answered_on"),
    acts=(
        Act(_OBJECTION + "source-check", when={"state": ("open",)}),
        Act(_OBJECTION + "source-answer", when={"state": ("open",)}),
        Act(_OBJECTION + "answer", when={"state": ("open",)}),
    ),
    start="open",
)
_REPAIR = "discipline POST /v1/repairs/{repair_id}/"
_REPAIRS = _remarks(
    name="repairs",
    title="信用修复",
    en="Credit repair",
    path="repairs",
    key="repair_id",
    columns=("filed_on", "state", "accepted_on", "decided_on", "display_to_on", "site_answered_on"),
    acts=(
        Act(_REPAIR + "acceptance", when={"state": ("applied",)}),
        Act(_REPAIR + "extension", when={"state": ("accepted",)}),
        Act(_REPAIR + "decision", when={"state": ("accepted",)}),
        Act(_REPAIR + "site-answer", when={"state": ("granted",)}),
    ),
    start="applied",
)
_STATEMENTS = _remarks(
    name="statements",
    title="声明审核",
    en="Statements",
    path="statements",
    key="statement_id",
    columns=("filed_on", "state", "ground", "decided_on", "ended_on"),
    acts=(Act("discipline POST /v1/statements/{statement_id}/moderation", when={"state": ("proposed",)}),),
    start="proposed",
)

_LINKAGES = Room(
    "linkages",
    "处罚与会员资格联动",
    "Linkages",
    listing=Listing(
        "discipline GET /v1/linkages",
        ("consequence", "state", "region", "keeper", "from_on", "to_on"),
        key="linkage_id",
        filters=("region", "consequence", "in_force"),
    ),
    record=Record(
        "discipline GET /v1/linkages/{linkage_id}",
        heading="consequence_zh",
        first=("explanation_zh", "state", "member", "from_on", "to_on", "rule", "source"),
        acts=(
            Act("discipline POST /v1/linkages/{linkage_id}/undo", when={"state": ("to-come", "in-force")}, danger=True),
        ),
    ),
)

_IMPOSTOR = "discipline POST /v1/impostor-cases/{case_id}/"
_TAKEN = {"status": ("OPENED",)}
_IMPOSTORS = Room(
    "impostors",
    "假冒律师",
    "Impostors",
    listing=Listing(
        "discipline GET /v1/impostor-cases",
        ("received_on", "status", "source", "suspect_kind", "organ_zh", "outcome"),
        key="case_id",
        filters=("status",),
        start={"status": "CLUE"},
        waiting={"status": "CLUE"},
    ),
    creates=(Act("discipline POST /v1/impostor-clues/entries", leads=("discipline/impostors", "case_id")),),
    record=Record(
        "discipline GET /v1/impostor-cases/{case_id}",
        first=("status", "received_on", "source", "organ_zh", "conduct"),
        left_out=("deadlines", "referrals"),
        template="desks/discipline/clocked.html",
        opening=Opening("discipline GET /v1/impostor-cases/{case_id}/content"),
        acts=(
            Act(_IMPOSTOR + "opening", when={"status": ("CLUE",)}),
            Act(_IMPOSTOR + "dismissal", when={"status": ("CLUE",)}, danger=True),
            Act(_IMPOSTOR + "hand-over", when={"status": ("CLUE", "OPENED")}),
            Act(_IMPOSTOR + "conduct", when=_TAKEN),
            Act(_IMPOSTOR + "referrals", when=_TAKEN),
            Act(_IMPOSTOR + "decision", when=_TAKEN),
            Act(_IMPOSTOR + "closure", when=_TAKEN, danger=True),
        ),
        parts=(
            Part(
                "联合行动与移送",
                "discipline GET /v1/impostor-cases/{case_id}",
                ("department", "kind", "asked_on", "acknowledged_on", "result", "result_on"),
                key="referral_id",
                at="referrals",
                acts=(
                    Act(
                        _IMPOSTOR + "referrals/{referral_id}/acknowledgement",
                        when={"acknowledged_on": (None,), "result": (None,)},
                    ),
                    Act(_IMPOSTOR + "referrals/{referral_id}/result", when={"result": (None,)}),
                ),
            ),
        ),
    ),
)

_TALKS = Room(
    "talks",
    "约谈与提醒",
    "Talks and reminders",
    listing=Listing(
        "discipline GET /v1/talks",
        ("held_on", "kind", "addressee", "topics", "organ", "follow_up"),
        key="talk_id",
        filters=("credit_code", "addressee"),
    ),
    creates=(Act("discipline POST /v1/talks", own_organ=True, leads=("discipline/talks", "talk_id")),),
    record=Record("discipline GET /v1/talks/{talk_id}"),
)

_POLICY = Room(
    "policy",
    "公示口径与评估",
    "Disclosure policy",
    listing=Listing(
        "discipline GET /v1/disclosure-policy",
        ("code", "kind", "display", "option", "source"),
        key="code",
        at="classes",
    ),
    creates=(Act("discipline POST /v1/impact-assessments", own_organ=True),),
    record=Record(
        "discipline GET /v1/disclosure-policy/{class_code}",
        acts=(Act("discipline POST /v1/disclosure-policy/{class_code}/choices", danger=True),),
    ),
)

_COMPARING = Room(
    "comparing",
    "裁量基准与再犯核查",
    "Benchmark, similar cases, repetition",
    creates=(
        Act("discipline POST /v1/consistency", shows=True, template="desks/discipline/consistency.html"),
        Act("discipline POST /v1/repetition-checks", shows=True),
        Act("discipline POST /v1/benchmarks"),
    ),
)

DISCIPLINE = Desk(
    "discipline",
    "惩戒",
    "Discipline",
    "投诉受理、案件办理、公示、异议与修复、联动",
    frozenset({"discipline-officer"}),
    (
        _COMPLAINTS,
        _CASES,
        _SANCTIONS,
        _OBJECTIONS,
        _REPAIRS,
        _STATEMENTS,
        _LINKAGES,
        _RECORDS,
        _IMPOSTORS,
        _TALKS,
        _COMPARING,
        _POLICY,
    ),
    {
        "complaint_id": "discipline/complaints",
        "joined_into": "discipline/complaints",
        "proceeding_id": "discipline/cases",
        "parent_id": "discipline/cases",
        "sanction": "discipline/sanctions",
    },
)
