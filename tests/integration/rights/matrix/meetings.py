"""四方会商、联席会议, their resolutions; and refused meetings with a client, that are watched.

Courts, procuratorates and public security take part on paper: the host records what they signed. None has an account.
"""

from .callers import (
    AROUND,
    ASSOCIATIONS,
    BUREAU,
    CITY,
    ELSEWHERE_ORGANS,
    OF_HERE,
    OFFICERS,
    PROVINCE_ORGANS,
    THERE_ORGANS,
    Row,
)

STRANGERS = THERE_ORGANS | ELSEWHERE_ORGANS
"""Officers of other cities: to them a meeting of this one does not exist."""
PLANNED, DRAFTED, ISSUED = (f"/v1/consultations/{{{name}_id}}" for name in ("planned", "drafted", "issued"))
PLAN = {"body": "four-party", "planned_at": "2026-03-20T09:00:00+08:00"}
FOUR = ("court", "procuratorate", "justice", "association")
HELD = {
    "held_at": "2026-03-12T09:30:00+08:00",
    "attendance": [{"party": party, "delegates": ["副职负责人"]} for party in FOUR],
}
PAPER = {"party": "court", "document_number": "court〔2026〕7号", "signed_on": "{day}"}
FULFILLED = {"document_number": "郑中法函〔2026〕8号", "fulfilled_on": "{day}", "note": "窗口已增设"}
RESOLUTION = "/v1/resolutions/{resolution_id}"
INTAKE = CITY | {"association"}
WATCH = "/v1/meeting-watches/{watch_id}"
SEES_WATCH = OF_HERE | THERE_ORGANS
"""The 48 hours are urgent of themselves: where it happened one calls the centre too (RR14)."""
CENTRE = {
    "region": "{region}", "name": "郑州市第二看守所", "level": "city", "telephone": "0371-60000001",
    "procuratorate": "郑州市人民检察院驻所检察室", "procuratorate_telephone": "0371-60000002",
}  # fmt: skip
OF_HERE_ASKED = {"region": "{region}"}

TABLE_OF_MEETINGS: tuple[Row, ...] = (
    Row("GET", "/v1/consultations", OFFICERS),
    Row("GET", "/v1/consultations", OF_HERE, query=OF_HERE_ASKED, among=AROUND),
    Row("POST", "/v1/consultations", OFFICERS, PLAN),
    Row("GET", PLANNED, OF_HERE, told=OF_HERE, alike=STRANGERS),
    Row("GET", DRAFTED, OF_HERE, told=OF_HERE, alike=STRANGERS),
    Row("GET", PLANNED + "/open-matters", OF_HERE, alike=STRANGERS),
    Row("GET", DRAFTED + "/minutes.pdf", OF_HERE, alike=STRANGERS),
    # Which complaints stand behind an item is for intake.
    Row("GET", PLANNED + "/origins", INTAKE, alike=STRANGERS & ASSOCIATIONS),
    # --- its host alone
    Row("POST", PLANNED + "/agenda-items", CITY, {"kind": "topic", "text": "预约办法"}, alike=STRANGERS),
    Row("DELETE", PLANNED + "/agenda-items/{item_id}", CITY, alike=STRANGERS),
    Row("POST", PLANNED + "/cancellation", CITY, {"reason": "改期"}, alike=STRANGERS),
    Row("POST", PLANNED + "/holding", CITY, HELD, alike=STRANGERS),
    Row("PUT", DRAFTED + "/minutes", CITY, {"text": "会议纪要"}, alike=STRANGERS),
    Row("POST", DRAFTED + "/issue", CITY, alike=STRANGERS),
    # --- association and justice of the place sign by their own account, and nobody for them
    Row("POST", DRAFTED + "/signatures", CITY | BUREAU, {}, alike=STRANGERS),
    Row("POST", DRAFTED + "/signatures", CITY, PAPER, alike=STRANGERS, among=AROUND),
    Row("POST", DRAFTED + "/signatures", BUREAU, {"party": "justice"}, alike=STRANGERS, among=AROUND),
    # --- resolutions
    Row("GET", "/v1/resolutions", OFFICERS),
    Row("GET", "/v1/resolutions", OF_HERE, query=OF_HERE_ASKED, among=AROUND),
    Row("GET", RESOLUTION, OF_HERE, told=OF_HERE, alike=STRANGERS),
    Row("POST", RESOLUTION + "/fulfilment", CITY, FULFILLED, alike=STRANGERS),
    # --- refused meetings
    Row("GET", "/v1/meeting-watches", OFFICERS),
    Row("GET", "/v1/meeting-watches", OF_HERE, query=OF_HERE_ASKED, among=AROUND),
    Row("GET", WATCH, SEES_WATCH, alike=ELSEWHERE_ORGANS),
    Row("POST", WATCH + "/calls", SEES_WATCH, {"called": "centre", "result": "promised"}, alike=ELSEWHERE_ORGANS),
    Row("GET", "/v1/detention-centres", OFFICERS),
    Row("GET", "/v1/detention-centres", OF_HERE, query=OF_HERE_ASKED, among=AROUND),
    Row("GET", "/v1/detention-centres/{centre_id}", OF_HERE),
    Row("POST", "/v1/detention-centres", OF_HERE, CENTRE),
    Row("POST", "/v1/detention-centres", PROVINCE_ORGANS | THERE_ORGANS, CENTRE | {"region": "{there}"}, among=AROUND),
    Row("PUT", "/v1/detention-centres/{centre_id}", OF_HERE, CENTRE),
)
