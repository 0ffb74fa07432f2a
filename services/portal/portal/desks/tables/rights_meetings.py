"""Meetings of the organs, what they resolved, and what lawyers and officials say of one another."""

from portal.desks.declared import Act, Chosen, Download, Listing, Part, Record, Room

_MEETING = "rights POST /v1/consultations/{meeting_id}/"
_RESOLUTION = Chosen("rights GET /v1/resolutions", "resolution_id", ("adopted_on", "owner", "status"))
_CASE = Chosen("rights GET /v1/complaints", "complaint_id", ("filed_at", "right", "respondent", "status"))
_EARLIER = Chosen("rights GET /v1/consultations", "meeting_id", ("number", "body", "planned_at"))
_PLANNED = {"status": ("planned",)}
_DRAFTED = {"status": ("drafted",)}

CONSULTATIONS = Room(
    "consultations",
    "会商与联席会议",
    "Consultations",
    listing=Listing(
        "rights GET /v1/consultations",
        ("planned_at", "body", "status", "region", "held_at", "number", "issued_on"),
        key="meeting_id",
        filters=("body", "region", "status"),
        waiting={"status": "drafted"},
        waits="份纪要待签署",
    ),
    creates=(Act("rights POST /v1/consultations", leads=("rights/consultations", "meeting_id")),),
    record=Record(
        "rights GET /v1/consultations/{meeting_id}",
        heading="number",
        first=("status", "body", "host", "planned_at", "held_at", "parties", "unsigned", "minutes"),
        left_out=("agenda", "invited", "attended", "items"),
        acts=(
            Act(
                _MEETING + "agenda-items",
                when=_PLANNED,
                chosen={"resolution_id": _RESOLUTION, "complaint_id": _CASE, "earlier_meeting_id": _EARLIER},
            ),
            Act(_MEETING + "holding", when=_PLANNED),
            Act(
                "rights PUT /v1/consultations/{meeting_id}/minutes",
                when={"status": ("held", "drafted")},
                start={
                    "text": "minutes.text",
                    "resolutions": "minutes.resolutions",
                    "extensions": "minutes.extensions",
                    "withdrawals": "minutes.withdrawals",
                },
            ),
            Act(_MEETING + "signatures", when=_DRAFTED),
            Act(_MEETING + "issue", when=_DRAFTED),
            Act(_MEETING + "cancellation", when=_PLANNED, danger=True),
        ),
        parts=(
            Part(
                "议题",
                "rights GET /v1/consultations/{meeting_id}",
                ("kind", "text"),
                at="agenda",
                key="item_id",
                acts=(
                    Act(
                        "rights DELETE /v1/consultations/{meeting_id}/agenda-items/{item_id}",
                        name="off-agenda",
                        danger=True,
                    ),
                ),
            ),
            Part("应首先报告的未了事项", "rights GET /v1/consultations/{meeting_id}/open-matters"),
            Part("来源案件（仅受理人员）", "rights GET /v1/consultations/{meeting_id}/origins"),
        ),
        downloads=(
            Download(
                "rights GET /v1/consultations/{meeting_id}/minutes.pdf",
                "纪要（PDF）",
                when={"status": ("drafted", "issued")},
            ),
        ),
    ),
)

RESOLUTIONS = Room(
    "resolutions",
    "议定事项",
    "Resolutions",
    listing=Listing(
        "rights GET /v1/resolutions",
        ("body", "owner", "region", "adopted_on", "due_on", "status"),
        key="resolution_id",
        filters=("body", "region", "outstanding"),
        start={"outstanding": "yes"},
        waiting={"outstanding": "yes"},
        waits="项未落实",
    ),
    record=Record(
        "rights GET /v1/resolutions/{resolution_id}",
        first=("status", "text", "owner", "due_on", "adopted_on"),
        acts=(Act("rights POST /v1/resolutions/{resolution_id}/fulfilment", when={"status": ("open", "lapsed")}),),
    ),
)

EVALUATIONS = Room(
    "evaluations",
    "互评",
    "Mutual evaluation",
    listing=Listing(
        "rights GET /v1/evaluations",
        ("form", "organ_zh", "region", "lawyers", "officials", "opened_at", "closes_at", "state"),
        filters=("region",),
    ),
    creates=(Act("rights POST /v1/evaluations", shows=True),),
)

MEANS = Room("evaluation-means", "互评汇总与意见", "Means and comments", own_page=True)

EDITIONS = Room(
    "statistics",
    "年度统计",
    "Yearly statistics",
    listing=Listing("rights GET /v1/statistics/editions", ("year", "edition", "status"), key="edition_id"),
    creates=(Act("rights POST /v1/statistics/editions", leads=("rights/statistics", "edition_id")),),
    record=Record(
        "rights GET /v1/statistics/editions/{edition_id}",
        first=("year", "edition", "status", "prepared_at", "released_at"),
        left_out=("parts",),
        template="desks/rights/edition.html",
        acts=(
            Act(
                "rights POST /v1/statistics/editions/{edition_id}/release",
                when={"status": ("prepared",)},
                danger=True,
            ),
        ),
    ),
)
