"""Cases: metadata for those whose lawyers they are of, content for whom one is assigned to, nothing for the accused."""

from tests.integration.rights.conftest import BODIES, FACTS, REFUSAL

from .callers import (
    AROUND,
    ASSOCIATION,
    BUREAU,
    DEPARTMENT,
    EVERYBODY,
    HANDLER,
    OF_HERE,
    OFFICERS,
    PROVINCE_ORGANS,
    THERE_ORGANS,
    Row,
)
from .world import IDENTITY, SEALED_FACTS

SEES = HANDLER | {"colleague"} | PROVINCE_ORGANS | BUREAU
"""The owner, what is above it and the justice organ beside it; never whoever is recused (RR16)."""
SEES_URGENT = SEES | THERE_ORGANS
"""Where it happened too, to open and to help (RR14)."""
OPENS_URGENT = HANDLER | {"association-there"}
SEES_JUSTICE = HANDLER | {"colleague"} | ASSOCIATION
ACCUSED = DEPARTMENT | BUREAU | {"bureau-there", "bureau-elsewhere"}
"""To them a complaint against a justice organ does not exist (RR17)."""
REVIEWERS = PROVINCE_ORGANS
PLAIN, URGENT, SEALED = "/v1/complaints/{complaint_id}", "/v1/complaints/{urgent_id}", "/v1/complaints/{sealed_id}"
AGAINST_JUSTICE, REVIEWED = "/v1/complaints/{justice_case_id}", "/v1/complaints/{review_id}"
PURPOSE = {"Access-Purpose": "handling"}
NOTE: dict[str, object] = {}


def _said(step: str) -> dict[str, str]:
    return {key: "{day}" if value == "today" else value for key, value in BODIES[step].items()}


HAND_OVER = {"to_region": "{there}", "reason": "事发地办理"}
TRANSFER = {"text": "请向法院反映", "other_channel": REFUSAL["other_channel"]}
STANDING = {"verified": True, "source": "司法厅执业登记"}
RECUSED = {"subject": "caller-somebody", "ground": "interest"}
CLOSURE = {"outcome": "unfounded"}
SEND = {"unit_id": "{unit_id}", "text": "请核实并依法纠正"}

OF_ITS_OWNER = (
    ("info-request", _said("info-request")),
    ("acceptance", None),
    ("refusal", REFUSAL),
    ("hand-over", HAND_OVER),
    ("transfer", TRANSFER),
    ("letter", _said("letter")),
    ("decision", _said("decision")),
    ("reply", _said("reply")),
    ("monitoring", NOTE),
    ("inspection-report", _said("inspection-report")),
    ("closure", CLOSURE),
    ("termination", _said("termination")),
    ("standing", STANDING),
)
FAST_LANE = ("contact", "call", "province-told", "national-told", "emergency-over")
"""Whoever is on duty acts first and takes the case afterwards."""
OPENING = ("info-request", "acceptance", "letter", "standing")
"""Where it happened one accepts and writes; to turn it away, reply or close is the owner's."""

TABLE_OF_CASES: tuple[Row, ...] = (
    # --- metadata
    Row("GET", "/v1/complaints", OFFICERS, among=EVERYBODY),
    Row("GET", "/v1/complaints", OF_HERE, query={"region": "{region}"}, among=AROUND),
    Row("GET", PLAIN, SEES, among=EVERYBODY),
    Row("GET", PLAIN + "/steps", SEES),
    Row("GET", PLAIN + "/consents", SEES),
    Row("GET", URGENT, SEES_URGENT),
    Row("GET", URGENT + "/steps", SEES_URGENT, among=AROUND),
    Row("GET", AGAINST_JUSTICE, SEES_JUSTICE, alike=ACCUSED),
    Row("GET", AGAINST_JUSTICE + "/steps", SEES_JUSTICE, alike=ACCUSED, among=AROUND),
    Row("GET", AGAINST_JUSTICE + "/consents", SEES_JUSTICE, alike=ACCUSED, among=AROUND),
    # --- content
    Row("GET", PLAIN, HANDLER, headers=PURPOSE, told=HANDLER),
    Row("GET", URGENT, OPENS_URGENT, headers=PURPOSE, told=OPENS_URGENT),
    Row("GET", AGAINST_JUSTICE, HANDLER, headers=PURPOSE, told=HANDLER, alike=ACCUSED),
    # Who complained stays with intake, who handles it reads what happened.
    Row("GET", SEALED, HANDLER | BUREAU, headers=PURPOSE, told=HANDLER | BUREAU, secrets=(SEALED_FACTS,)),
    Row("GET", SEALED, HANDLER | BUREAU, headers=PURPOSE, told=HANDLER, secrets=IDENTITY),
    # Who reviews an objection reads the case while he does.
    Row("GET", REVIEWED, HANDLER | REVIEWERS, headers=PURPOSE, told=HANDLER | REVIEWERS, secrets=(FACTS,)),
    # --- taking, giving, keeping out
    Row("POST", PLAIN + "/assignments", SEES, {}),
    Row("POST", URGENT + "/assignments", SEES_URGENT, {}, among=AROUND),
    Row("POST", AGAINST_JUSTICE + "/assignments", SEES_JUSTICE, {}, alike=ACCUSED, among=AROUND),
    Row("POST", PLAIN + "/recusals", SEES, RECUSED),
    Row("POST", URGENT + "/recusals", SEES, RECUSED, among=AROUND),
    Row("POST", AGAINST_JUSTICE + "/recusals", SEES_JUSTICE, RECUSED, alike=ACCUSED, among=AROUND),
    # --- steps
    *(Row("POST", f"{PLAIN}/{path}", HANDLER, body) for path, body in OF_ITS_OWNER),
    *(Row("POST", f"{AGAINST_JUSTICE}/{path}", HANDLER, body, alike=ACCUSED, among=AROUND)
      for path, body in OF_ITS_OWNER),
    *(Row("POST", f"{URGENT}/{path}", OPENS_URGENT if path in OPENING else HANDLER, body, among=AROUND)
      for path, body in OF_ITS_OWNER),
    *(Row("POST", f"{URGENT}/{path}", SEES_URGENT, NOTE) for path in FAST_LANE),
    *(Row("POST", f"{AGAINST_JUSTICE}/{path}", SEES_JUSTICE, NOTE, alike=ACCUSED, among=AROUND) for path in FAST_LANE),
    *(Row("POST", f"{REVIEWED}/{path}", REVIEWERS, _said(path)) for path in ("objection-upheld", "objection-rejected")),
)  # fmt: skip
