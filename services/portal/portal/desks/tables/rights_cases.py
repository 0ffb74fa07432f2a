"""Rights cases at their desk: by deadline, from an alarm to the reply, with the letters to complaint units."""

from portal.desks.declared import Act, Chosen, Download, Listing, Opening, Part, Record, Room

QUEUE = Room(
    "queue",
    "待办队列",
    "Queue by deadline",
    listing=Listing(
        "rights GET /v1/desk/deadlines",
        ("name_zh", "state", "due_at", "owner_kind", "organ_zh", "region"),
        filters=("risk", "within_hours", "region", "organ_kind"),
        waiting={"risk": "overdue"},
        waits="件逾期",
    ),
)

ALARMS = Room(
    "alarms",
    "提醒",
    "Alarms",
    listing=Listing(
        "rights GET /v1/alarms",
        ("kind", "raised_at", "deadline", "due_at", "about_region", "about_on", "ended_at"),
        key="alarm_id",
        filters=("state",),
        start={"state": "open"},
        waiting={"state": "open"},
        acts=(Act("rights POST /v1/alarms/{alarm_id}/acknowledgement", when={"ended_at": (None,)}),),
    ),
    record=Record(
        "rights GET /v1/alarms/{alarm_id}",
        heading="alarm.kind",
        acts=(Act("rights POST /v1/alarms/{alarm_id}/acknowledgement", when={"alarm.ended_at": (None,)}, name="seen"),),
    ),
)

_CASE = "rights POST /v1/complaints/{complaint_id}/"
_UNTIL_SENT = ("TRIAGE", "NEEDS_INFO", "ACCEPTED", "WITH_ORGAN", "WITH_PROC")
_DECIDING = ("DECIDED", "REPLIED", "MONITORING")


def _step(name: str, *states: str, danger: bool = False) -> Act:
    return Act(_CASE + name, when={"status": states}, danger=danger)


def _urgent(name: str) -> Act:
    return Act(_CASE + name, when={"status": _UNTIL_SENT, "fast_lane": (True,)})


STEPS = (
    _urgent("contact"),
    _urgent("call"),
    _urgent("province-told"),
    _urgent("national-told"),
    _urgent("emergency-over"),
    _step("acceptance", "TRIAGE"),
    _step("info-request", "TRIAGE"),
    _step("letter", "ACCEPTED"),
    _step("decision", "WITH_ORGAN", "WITH_PROC"),
    _step("reply", "DECIDED"),
    _step("objection-upheld", "REVIEW"),
    _step("objection-rejected", "REVIEW"),
    _step("monitoring", "REPLIED"),
    _step("closure", "REPLIED", "MONITORING"),
    _step("hand-over", "TRIAGE"),
    _step("transfer", "TRIAGE", danger=True),
    _step("refusal", "TRIAGE", danger=True),
    _step("termination", "ACCEPTED", "WITH_ORGAN", "WITH_PROC", *_DECIDING, danger=True),
)
"""What rights_proceedings.yaml lets an officer do in each state; the service judges the guards."""

_UNIT = Chosen("rights GET /v1/complaint-units", "unit_id", ("organ_name", "unit_name", "duty"))
_CENTRE = Chosen("rights_public GET /v1/public/detention-centres", "centre_id", ("name",))
OTHERWISE = (
    Act(_CASE + "messages"),
    Act(_CASE + "linkage-tasks", chosen={"unit_id": _UNIT}),
    Act(_CASE + "assignments"),
    _step("standing", *_UNTIL_SENT, "REVIEW", *_DECIDING),
    _step("inspection-report", "WITH_ORGAN", "WITH_PROC", *_DECIDING),
    Act(_CASE + "recusals"),
)

_TASK = _CASE + "linkage-tasks/{task_id}/"
_READ_TASK = "rights GET /v1/complaints/{complaint_id}/linkage-tasks/{task_id}/"
_UNDER_WAY = {"state": ("sent", "received", "accepted", "investigating", "handled")}
_FILE = "rights GET /v1/complaints/{complaint_id}/attachments/{attachment_id}"
_READABLE = {"state": ("released", "released-unscanned")}

COMPLAINTS = Room(
    "complaints",
    "维权案件",
    "Rights cases",
    listing=Listing(
        "rights GET /v1/complaints",
        ("right", "status", "fast_lane", "filed_at", "respondent", "incident_region", "kind", "assigned"),
        key="complaint_id",
        filters=("status", "region"),
        start={"status": "TRIAGE"},
        waiting={"status": "TRIAGE"},
        waits="件待审查",
    ),
    record=Record(
        "rights GET /v1/complaints/{complaint_id}",
        heading="right",
        first=("status", "fast_lane", "kind", "right", "respondent", "respondent_level", "filed_at", "answerable_zh"),
        left_out=("deadlines", "route_en", "route_zh"),
        template="desks/rights/case.html",
        opening=Opening("rights GET /v1/complaints/{complaint_id}"),
        acts=STEPS + OTHERWISE,
        parts=(
            Part("办理经过", "rights GET /v1/complaints/{complaint_id}/steps", look="steps"),
            Part(
                "往来留言",
                "rights GET /v1/complaints/{complaint_id}/messages",
                opens=(Opening("rights GET /v1/complaints/{complaint_id}/messages", label="打开留言"),),
            ),
            Part(
                "材料",
                "rights GET /v1/complaints/{complaint_id}/attachments",
                ("number", "kind", "by", "size", "state", "completed_at"),
                key="attachment_id",
                opens=(
                    Opening(_FILE + "/copy", label="查阅副本", when={"copy.state": ("made",)}),
                    Opening(_FILE + "/original", label="密封原件", when=_READABLE),
                    Opening(_FILE, label="文件名"),
                ),
                acts=(
                    Act(
                        _CASE + "attachments/{attachment_id}/release",
                        when={"state": ("unscanned",)},
                        danger=True,
                    ),
                    Act(
                        "rights DELETE /v1/complaints/{complaint_id}/attachments/{attachment_id}",
                        when={"state": ("receiving",), "by": ("officer",)},
                        name="upload-given-up",
                        danger=True,
                    ),
                ),
            ),
            Part(
                "致函与联动任务",
                "rights GET /v1/complaints/{complaint_id}/linkage-tasks",
                ("document_number", "to_zh", "state", "sent_at", "urgent"),
                key="task_id",
                opens=(
                    Opening(_READ_TASK + "letter", label="函件（PDF）"),
                    Opening(_READ_TASK + "replies", label="回函内容", when={"state": ("answered",)}),
                ),
                acts=(
                    Act(_TASK + "marks", when=_UNDER_WAY),
                    Act(_TASK + "replies", when=_UNDER_WAY),
                    Act(_TASK + "cancellation", when=_UNDER_WAY, danger=True),
                ),
            ),
            Part(
                "同意披露身份",
                "rights GET /v1/complaints/{complaint_id}/consents",
                ("to_zh", "purpose_zh", "given", "at"),
            ),
        ),
    ),
)

DICTATIONS = Room(
    "dictations",
    "电话代录",
    "For callers",
    creates=(
        Act("rights_public POST /v1/complaints/dictations", label="代录维权申请", shows=True, name="complaint"),
        Act(
            "rights_public POST /v1/refused-meetings/dictations",
            label="代录会见被拒",
            shows=True,
            name="refused-meeting",
            chosen={"centre_id": _CENTRE},
        ),
    ),
)

MEETING_WATCHES = Room(
    "meeting-watches",
    "会见被拒的计时",
    "Refused meetings",
    listing=Listing(
        "rights GET /v1/meeting-watches",
        ("ground", "urgent", "hours_left", "refused_at", "incident_region", "status"),
        key="meeting_id",
        filters=("region",),
        waiting={},
        waits="件计时中",
    ),
    record=Record(
        "rights GET /v1/meeting-watches/{meeting_id}",
        heading="ground",
        first=("status", "urgent", "hours_left", "asked_at", "refused_at", "ground", "lawful", "numbers"),
        left_out=("deadline", "steps"),
        template="desks/rights/watch.html",
        acts=(Act("rights POST /v1/meeting-watches/{meeting_id}/calls", when={"status": ("RUNNING",)}),),
    ),
)

_OWN_TASK = "rights POST /v1/linkage-tasks/{task_id}/"
TASKS = Room(
    "tasks",
    "联动任务",
    "Letters to one's unit",
    listing=Listing(
        "rights GET /v1/linkage-tasks",
        ("document_number", "from_zh", "state", "dated_on", "sent_at", "urgent"),
        key="task_id",
        waiting={},
        waits="件",
    ),
    record=Record(
        "rights GET /v1/linkage-tasks/{task_id}",
        heading="document_number",
        first=("state", "document_number", "from_zh", "to_zh", "dated_on", "sent_at", "urgent"),
        left_out=("deadlines",),
        template="desks/discipline/clocked.html",
        downloads=(Download("rights GET /v1/linkage-tasks/{task_id}/letter", "函件（PDF）"),),
        acts=(
            Act(_OWN_TASK + "marks", when={"state": ("sent", "received", "accepted", "investigating")}),
            Act(_OWN_TASK + "replies", when=_UNDER_WAY),
        ),
    ),
)
