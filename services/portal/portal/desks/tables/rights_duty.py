"""Who is on duty, who hands over, how officers are reached, and by which calendar days are counted."""

from portal.desks.declared import Act, Listing, Part, Record, Room

ROSTER = Room(
    "roster",
    "值班表",
    "Duty roster",
    listing=Listing(
        "rights GET /v1/duty/rosters",
        ("day.on", "day.kind", "on_duty", "substitute", "staffed"),
        key="day.on",
        filters=("from_on", "to_on"),
    ),
    creates=(Act("rights POST /v1/duty/rosters"),),
    record=Record(
        "rights GET /v1/duty/rosters/{on}",
        heading="day.on",
        first=("day", "on_duty", "substitute", "staffed", "set_by", "set_at"),
        acts=(
            Act(
                "rights PUT /v1/duty/rosters/{on}",
                start={"on_duty": "on_duty", "substitute": "substitute"},
                label="更换值班人员",
                name="set",
            ),
        ),
        parts=(
            Part(
                "历次安排",
                "rights GET /v1/duty/rosters/{on}/versions",
                ("set_at", "on_duty", "substitute", "set_by"),
            ),
        ),
    ),
)

ON_DUTY = Room(
    "on-duty",
    "各单位值班电话",
    "Whom one reaches",
    listing=Listing(
        "rights GET /v1/duty/on-duty",
        ("organ", "telephone", "staffed"),
        filters=("on", "organ_kind", "region"),
    ),
)

TELEPHONE = Room(
    "telephone",
    "本单位值班电话",
    "Telephone of one's office",
    record=Record(
        "rights GET /v1/duty/telephone",
        acts=(Act("rights PUT /v1/duty/telephone", start={"telephone": "telephone"}, name="set"),),
    ),
)

HAND_OVERS = Room(
    "hand-overs",
    "交接班",
    "Hand-overs",
    listing=Listing(
        "rights GET /v1/duty/hand-overs",
        ("on", "written_by", "written_at", "taken_by", "taken_at"),
        key="hand_over_id",
        filters=("state",),
        start={"state": "open"},
        waiting={"state": "open"},
        waits="份待接班",
        acts=(Act("rights POST /v1/duty/hand-overs/{hand_over_id}/taking-over", when={"taken_at": (None,)}),),
    ),
    creates=(Act("rights POST /v1/duty/hand-overs", leads=("rights/hand-overs", "hand_over_id")),),
    record=Record(
        "rights GET /v1/duty/hand-overs/{hand_over_id}",
        heading="hand_over.on",
        acts=(
            Act(
                "rights POST /v1/duty/hand-overs/{hand_over_id}/taking-over",
                when={"hand_over.taken_at": (None,)},
                name="take",
            ),
        ),
    ),
)

CONTACTS = Room(
    "contacts",
    "值班人员联系方式",
    "How officers are reached",
    listing=Listing(
        "rights GET /v1/duty/contacts",
        ("subject", "channels"),
        key="subject",
        acts=(Act("rights PUT /v1/duty/contacts", start={"subject": "subject"}, label="更改联系方式", name="change"),),
    ),
    creates=(Act("rights PUT /v1/duty/contacts", label="登记联系方式"),),
)

CALENDARS = Room(
    "calendars",
    "放假安排",
    "Holidays",
    listing=Listing("rights GET /v1/calendars", ("year", "document", "edition", "make_up", "loaded_at")),
    creates=(
        Act("rights POST /v1/calendars/previews", shows=True),
        Act("rights POST /v1/calendars", shows=True, danger=True),
    ),
)

ASSESSMENTS = Room(
    "assessments",
    "个人信息保护影响评估",
    "Impact assessments",
    listing=Listing(
        "rights GET /v1/impact-assessments",
        ("document_number", "assessed_on", "conclusion", "purpose", "kept_to_on"),
    ),
    creates=(Act("rights POST /v1/impact-assessments"),),
)
