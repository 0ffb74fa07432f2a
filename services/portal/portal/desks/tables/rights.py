"""The desks of the rights channel: of its officers, and of organs that are written to."""

from portal.desks.declared import Desk
from portal.desks.tables.rights_cases import ALARMS, COMPLAINTS, DICTATIONS, MEETING_WATCHES, QUEUE, TASKS
from portal.desks.tables.rights_duty import ASSESSMENTS, CALENDARS, CONTACTS, HAND_OVERS, ON_DUTY, ROSTER, TELEPHONE
from portal.desks.tables.rights_meetings import CONSULTATIONS, EDITIONS, EVALUATIONS, MEANS, RESOLUTIONS
from portal.desks.tables.rights_places import CENTRES, FACILITIES, FACILITY_FIGURES, PLACES, UNITS

RIGHTS = Desk(
    "rights",
    "维权",
    "Rights",
    "按期限办理、快速通道、致函与联动、会见计时、值班、会商、设施",
    frozenset({"rights-officer"}),
    (
        QUEUE,
        ALARMS,
        COMPLAINTS,
        MEETING_WATCHES,
        DICTATIONS,
        ROSTER,
        HAND_OVERS,
        ON_DUTY,
        CONTACTS,
        TELEPHONE,
        CONSULTATIONS,
        RESOLUTIONS,
        EVALUATIONS,
        MEANS,
        UNITS,
        FACILITIES,
        FACILITY_FIGURES,
        PLACES,
        CENTRES,
        EDITIONS,
        CALENDARS,
        ASSESSMENTS,
    ),
    {
        "complaint_id": "rights/complaints",
        "earlier_meeting_id": "rights/consultations",
        "resolution_id": "rights/resolutions",
        "resolutions": "rights/resolutions",
        "meetings": "rights/consultations",
    },
)

LINKAGE = Desk(
    "linkage",
    "联动任务",
    "Linkage",
    "收到的函件：签收、受理、调查、处理与回函",
    frozenset({"linked-organ"}),
    (TASKS,),
)
