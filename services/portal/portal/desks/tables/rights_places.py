"""Complaint units, detention centres, and what organs offer to lawyers."""

from portal.desks.declared import Act, Chosen, Listing, Part, Record, Room


def _same(*names: str) -> dict[str, str]:
    """A change begins with what is registered."""
    return {name: name for name in names}


UNITS = Room(
    "units",
    "投诉受理部门",
    "Complaint units",
    listing=Listing(
        "rights GET /v1/complaint-units",
        ("organ_name", "unit_name", "duty", "region", "phone", "channel", "open"),
        key="unit_id",
        filters=("organ_kind", "region"),
    ),
    creates=(Act("rights POST /v1/complaint-units", leads=("rights/units", "unit_id")),),
    record=Record(
        "rights GET /v1/complaint-units/{unit_id}",
        heading="unit_name",
        first=("organ_name", "unit_name", "duty", "address", "phone", "channel"),
        acts=(
            Act(
                "rights PUT /v1/complaint-units/{unit_id}",
                name="change",
                start=_same(
                    "organ_kind", "level", "region", "organ_name", "unit_name", "duty", "address", "phone",
                    "channel", "organisation_id", "open",
                ),
            ),
        ),
        parts=(
            Part(
                "历次登记",
                "rights GET /v1/complaint-units/{unit_id}/versions",
                ("version", "unit_name", "address", "phone", "channel", "open", "recorded_at"),
            ),
        ),
    ),
)  # fmt: skip

CENTRES = Room(
    "centres",
    "看守所",
    "Detention centres",
    listing=Listing(
        "rights GET /v1/detention-centres",
        ("name", "region", "telephone", "procuratorate", "procuratorate_telephone", "listed"),
        key="centre_id",
        filters=("region",),
    ),
    creates=(Act("rights POST /v1/detention-centres", leads=("rights/centres", "centre_id")),),
    record=Record(
        "rights GET /v1/detention-centres/{centre_id}",
        heading="name",
        first=("name", "region", "level", "telephone", "procuratorate", "procuratorate_telephone", "listed"),
        acts=(
            Act(
                "rights PUT /v1/detention-centres/{centre_id}",
                name="change",
                start=_same(
                    "level", "listed", "name", "procuratorate", "procuratorate_telephone", "region", "telephone"
                ),
            ),
        ),
    ),
)

_FACILITY = "rights POST /v1/facilities/{facility_id}/"
FACILITIES = Room(
    "facilities",
    "执业权利设施",
    "Facilities",
    listing=Listing(
        "rights GET /v1/facilities",
        ("organ.name", "kind", "count", "status", "verification.state", "verification.expires_on"),
        key="facility_id",
        filters=("region", "organ_kind", "kind", "status"),
    ),
    creates=(
        Act(
            "rights POST /v1/facilities",
            leads=("rights/facilities", "facility_id"),
            chosen={"organ_code": Chosen("rights GET /v1/facility-organs", "organ_code", ("name", "region"))},
        ),
    ),
    record=Record(
        "rights GET /v1/facilities/{facility_id}",
        heading="kind",
        first=("organ", "kind", "status", "verification", "outage", "hours"),
        acts=(
            Act(_FACILITY + "verifications"),
            Act(
                "rights PUT /v1/facilities/{facility_id}",
                name="change",
                start=_same(
                    "channels", "count", "document_date", "document_number", "exceptions", "from_on", "hours",
                    "no_booking_needed", "not_monitored", "opened_on", "security_equal", "status",
                ),
            ),
            Act(_FACILITY + "outages"),
        ),
        parts=(
            Part(
                "停用",
                "rights GET /v1/facilities/{facility_id}/history",
                ("reason", "began_at", "expected_until", "ended_at"),
                at="outages",
                key="outage_id",
                acts=(Act(_FACILITY + "outages/{outage_id}/end", when={"ended_at": (None,)}),),
            ),
            Part(
                "历次登记",
                "rights GET /v1/facilities/{facility_id}/history",
                ("revision", "count", "status", "entered_at", "verified_on"),
                at="revisions",
            ),
        ),
    ),
)  # fmt: skip

FACILITY_FIGURES = Room("facility-figures", "设施指标", "Indicators of facilities", own_page=True)

_FIGURES = ("meetings", "meetings_in_time", "remote_meetings", "file_accesses", "file_in_time", "file_online")
PLACES = Room(
    "places",
    "机关场所与月度数据",
    "Places and their months",
    listing=Listing(
        "rights GET /v1/facility-organs",
        ("name", "organ_kind", "region", "address", "ended_on"),
        key="organ_code",
        filters=("region", "organ_kind"),
    ),
    creates=(Act("rights POST /v1/facility-organs", leads=("rights/places", "organ_code")),),
    record=Record(
        "rights GET /v1/facility-organs/{organ_code}",
        heading="name",
        acts=(
            Act("rights POST /v1/facility-organs/{organ_code}/figures"),
            Act(
                "rights PUT /v1/facility-organs/{organ_code}",
                name="change",
                start=_same("name", "address", "ended_on"),
            ),
        ),
        parts=(
            Part(
                "月度数据",
                "rights GET /v1/facility-organs/{organ_code}/figures",
                ("month", *_FIGURES, "median_wait_hours", "source"),
                key="month",
                acts=(Act("rights PUT /v1/facility-organs/{organ_code}/figures/{month}", name="correct"),),
            ),
        ),
    ),
)
