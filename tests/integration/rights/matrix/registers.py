"""Who is on duty and what wakes him, what organs offer to lawyers, evaluations, counts, and what is loaded."""

from tests.integration.rights.test_assessments import ASSESSMENT
from tests.integration.rights.test_facilities import CONTENT, PLACE

from .callers import (
    AROUND,
    ASSOCIATION,
    ASSOCIATIONS,
    CITY,
    HANDLER,
    OF_HERE,
    OFFICERS,
    OUTSIDE,
    PROVINCE_ORGANS,
    THERE_ORGANS,
    UNEXPIRED,
    Row,
)

HERE = {"region": "{region}"}
OTHER_ORGANS = OFFICERS - CITY
WOKEN = HANDLER | {"colleague"}
"""Of the organ that an alarm has reached; who is recused from the case finds none of it (RR16)."""
SHIFT = {"from_on": "{day}", "to_on": "{day}"}
CITYS_SHIFT = SHIFT | {"organ_kind": "city-association"} | HERE
OVERSEERS = CITY | ASSOCIATION
"""Who is on duty is his own organ's business, and that of the one above."""
SITTING = {"on_duty": "caller-colleague"}
MOBILE = {"subject": "caller-colleague", "addresses": {"sms": "13711112222"}}
FACILITY, ORGAN = "/v1/facilities/{facility_id}", "/v1/facility-organs/{organ_code}"
CHANGED = CONTENT | {"status": "limited"}
FIGURES = {"meetings": 100, "meetings_in_time": 91, "source": "月报"}
MONTHS = {"from": "2026-01", "to": "2026-02"}
HOLIDAYS = {"year": 2027, "document": "国办发明电〔2026〕7号", "holidays": {"2027-01-01": "元旦"}, "make_up": []}
INVITED = {"form": "overall", "organ": "court", "lawyers": 3, "officials": 3}
COMMENTS = "/v1/evaluations/means/{quarter}/comments"
COMMENTED = HERE | {"organ": "court", "side": "lawyer"}
IMPROVE = {"Access-Purpose": "improvement"}
COUNTED = {"from": "2026-01-01", "to": "2026-03-12", "by": "right"}
EDITION = "/v1/statistics/editions/{edition_id}"
HAND_OVER, ALARM = "/v1/duty/hand-overs/{hand_over_id}", "/v1/alarms/{alarm_id}"

TABLE_OF_REGISTERS: tuple[Row, ...] = (
    # --- duty: each for his own organ
    Row("GET", "/v1/duty/on-duty", OFFICERS),
    Row("GET", "/v1/duty/rosters", OFFICERS, query=SHIFT, among=AROUND),
    Row("GET", "/v1/duty/rosters", OVERSEERS, query=CITYS_SHIFT),
    Row("POST", "/v1/duty/rosters", OFFICERS, SHIFT | SITTING | {"replace": True}),
    Row("GET", "/v1/duty/rosters/{day}", OVERSEERS, query={"organ_kind": "city-association"} | HERE),
    Row("PUT", "/v1/duty/rosters/{day}", OFFICERS, SITTING),
    Row("GET", "/v1/duty/rosters/{day}/versions", OVERSEERS, query={"organ_kind": "city-association"} | HERE),
    Row("GET", "/v1/duty/telephone", OFFICERS),
    Row("PUT", "/v1/duty/telephone", OFFICERS, {"telephone": "0371-65000001"}),
    Row("GET", "/v1/duty/contacts", OFFICERS),
    Row("PUT", "/v1/duty/contacts", OFFICERS, MOBILE),
    Row("GET", "/v1/duty/hand-overs", OFFICERS),
    Row("POST", "/v1/duty/hand-overs", HANDLER, {"on": "{day}", "note": "平安无事"}),
    # Whoever wrote it and whoever is next; the other officers of the organ know that there is one.
    Row("GET", HAND_OVER, HANDLER | {"colleague"}, told=HANDLER | {"colleague"}, alike=OTHER_ORGANS),
    Row("POST", HAND_OVER + "/taking-over", frozenset({"colleague"}), alike=OTHER_ORGANS),
    Row("GET", "/v1/alarms", OFFICERS),
    Row("GET", ALARM, WOKEN, alike=OFFICERS - WOKEN),
    Row("POST", ALARM + "/acknowledgement", HANDLER, alike=OFFICERS - WOKEN),  # who was called, or is on duty now
    # --- deadlines
    Row("GET", "/v1/desk/deadlines", OFFICERS),
    Row("GET", "/v1/desk/deadlines", OF_HERE, query=HERE, among=AROUND),
    Row("GET", "/v1/desk/deadlines/counts", OFFICERS),
    Row("GET", "/v1/desk/deadlines/counts", OF_HERE, query=HERE, among=AROUND),
    Row("GET", "/v1/calendars", UNEXPIRED),
    Row("POST", "/v1/calendars", PROVINCE_ORGANS, HOLIDAYS | {"digest": "{digest}"}),
    Row("POST", "/v1/calendars/previews", PROVINCE_ORGANS, HOLIDAYS),
    # --- facilities
    Row("GET", "/v1/facilities", OFFICERS),
    Row("GET", "/v1/facilities", OF_HERE, query=HERE, among=AROUND),
    Row("GET", FACILITY, OF_HERE),
    Row("GET", FACILITY + "/history", OF_HERE),
    Row("POST", "/v1/facilities", OF_HERE, CONTENT | {"organ_code": "{organ_code}", "kind": "fast-meeting"}),
    Row("PUT", FACILITY, OF_HERE, CHANGED),
    Row("POST", FACILITY + "/verifications", OF_HERE - HANDLER, {"verified_on": "{day}"}),  # not by who entered it
    Row("POST", FACILITY + "/outages", OF_HERE, {"reason": "other", "began_at": "2026-03-12T09:00:00+08:00"}),
    Row("POST", FACILITY + "/outages/{outage_id}/end", OF_HERE, {"ended_at": "2026-03-12T09:00:00+08:00"}),
    Row("GET", "/v1/facility-organs", OFFICERS),
    Row("GET", "/v1/facility-organs", OF_HERE, query=HERE, among=AROUND),
    Row("GET", ORGAN, OF_HERE),
    Row("POST", "/v1/facility-organs", OF_HERE, PLACE | HERE | {"name": "郑州市第二看守所"}),
    Row("POST", "/v1/facility-organs", PROVINCE_ORGANS | THERE_ORGANS, PLACE | {"region": "{there}"}, among=AROUND),
    Row("PUT", ORGAN, OF_HERE, {"name": "郑州市第一看守所", "address": "郑州市某路3号"}),
    Row("GET", ORGAN + "/figures", OF_HERE),
    Row("POST", ORGAN + "/figures", OF_HERE, FIGURES | {"month": "2026-01"}),
    Row("GET", ORGAN + "/figures/{month}", OF_HERE),
    Row("PUT", ORGAN + "/figures/{month}", OF_HERE, FIGURES),
    Row("GET", "/v1/facility-indicators", OFFICERS, query=MONTHS),
    Row("GET", "/v1/facility-indicators", OF_HERE, query=MONTHS | HERE, among=AROUND),
    Row("GET", "/v1/facility-indicators/{indicator}/rows", OFFICERS, query=MONTHS),
    Row("GET", "/v1/facility-indicators/{indicator}/rows", OF_HERE, query=MONTHS | HERE, among=AROUND),
    Row("GET", "/v1/public/facilities", UNEXPIRED, among=OUTSIDE),
    Row("GET", "/v1/public/facilities.csv", UNEXPIRED, among=OUTSIDE),
    # --- evaluations: an association invites, and reads what was said, of its own place
    Row("GET", "/v1/evaluations", OFFICERS),
    Row("GET", "/v1/evaluations", OF_HERE, query=HERE, among=AROUND),
    Row("POST", "/v1/evaluations", ASSOCIATIONS, INVITED),
    Row("POST", "/v1/evaluations", CITY | ASSOCIATION, INVITED | HERE, among=AROUND),
    Row("GET", "/v1/evaluations/means/{quarter}", OFFICERS),
    Row("GET", COMMENTS, CITY | ASSOCIATION, query=COMMENTED, headers=IMPROVE),
    # --- counts, and the yearly edition of the province
    Row("GET", "/v1/statistics", OFFICERS, query=COUNTED),
    Row("GET", "/v1/statistics", OF_HERE, query=COUNTED | HERE, among=AROUND),
    Row("GET", "/v1/statistics/editions", PROVINCE_ORGANS),
    Row("POST", "/v1/statistics/editions", PROVINCE_ORGANS, {"year": 2024}),
    Row("GET", EDITION, PROVINCE_ORGANS),
    Row("POST", EDITION + "/release", PROVINCE_ORGANS - ASSOCIATION),  # who prepared it does not release it
    Row("GET", "/v1/public/statistics", UNEXPIRED, among=OUTSIDE),
    Row("GET", "/v1/public/statistics/{year}", UNEXPIRED, among=OUTSIDE, absent=True),
    Row("GET", "/v1/public/statistics/{year}/{number}", UNEXPIRED, among=OUTSIDE, absent=True),
    Row("GET", "/v1/public/statistics/{year}/{number}/csv", UNEXPIRED, among=OUTSIDE, absent=True),
    # --- before launch (RR19)
    Row("GET", "/v1/impact-assessments", PROVINCE_ORGANS),
    Row("POST", "/v1/impact-assessments", PROVINCE_ORGANS, ASSESSMENT),
)
