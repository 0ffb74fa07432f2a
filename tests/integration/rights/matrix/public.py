"""The complainants' side: no account, the receipt is the right; a token, good or bad, is worth nothing here."""

from dataclasses import replace

from tests.integration.rights.conftest import filing
from tests.integration.rights.meetings.conftest import refusal
from tests.integration.rights.test_evaluations import points

from .callers import ASSOCIATIONS, EVERYBODY, OUTSIDE, Row

PARTIES = frozenset({"party", "another-party"})
PARTY = frozenset({"party"})
OF_A_MEETING = frozenset({"party-of-a-meeting"})
"""His watch is no case yet: that he is told, and nothing else."""
OTHER = PARTIES - PARTY
FEW = frozenset({"nobody", "expired", "lawyer"})
"""They stand for everybody where an answer takes long: receipts are slow to derive."""
CASE, OWN = "/v1/receipts/case", "/v1/receipts/case/attachments/{own_attachment_id}"
ASKED = {"right": "MEET", "respondent": "DETENTION", "respondent_level": "city", "registration_region": "{region}"}
TEXT = {"text": "补充说明"}
UPLOAD = {"media_type": "application/pdf", "length": 8, "name": "x.pdf"}
BYTES = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
CONSENT = {"to": "organ", "purpose": "verification", "given": True}
REFUSED = refusal(
    asked_at="2026-03-12T08:00:00+08:00", refused_at="2026-03-12T09:00:00+08:00", ground="no-room",
    centre_name="某看守所", words="下周再来",
    complainant={"name": "王五", "licence_number": "14101201010765434", "contact": "13800000000"},
)  # fmt: skip
FILED = filing(facts="拒绝安排会见", complainant=REFUSED["complainant"])
PROOF = {"commitment": "00" * 32, "signature": "x"}

BY_RECEIPT: tuple[Row, ...] = (
    # --- one's own case, whoever else one is
    Row("GET", CASE, PARTIES | OF_A_MEETING, among=EVERYBODY),
    Row("GET", CASE + "/messages", PARTIES | OF_A_MEETING, among=OUTSIDE),
    Row("POST", CASE + "/messages", PARTIES | OF_A_MEETING, TEXT, among=OUTSIDE),
    Row("GET", CASE + "/consents", PARTIES | OF_A_MEETING, among=OUTSIDE),
    Row("POST", CASE + "/consents", PARTIES | OF_A_MEETING, CONSENT, among=OUTSIDE),
    *(
        Row("POST", f"{CASE}/{step}", PARTIES | OF_A_MEETING, body, among=OUTSIDE)
        for step, body in (
            ("supplement", TEXT), ("objection", TEXT), ("retaliation", TEXT), ("reply-accepted", {}),
            ("withdrawal", {}),
        )
    ),
    Row("GET", CASE + "/attachments", PARTIES | OF_A_MEETING, among=OUTSIDE),
    Row("POST", CASE + "/attachments", PARTIES | OF_A_MEETING, UPLOAD, among=OUTSIDE),
    # --- a file of one's own case; another's does not exist, nor does an officer's that he has not handed over
    Row("HEAD", OWN, PARTY | OF_A_MEETING, alike=OTHER, among=OUTSIDE),
    Row("GET", OWN, PARTY | OF_A_MEETING, alike=OTHER, among=OUTSIDE),
    Row("PATCH", OWN, PARTY | OF_A_MEETING, content="pdf", headers=BYTES, alike=OTHER, among=OUTSIDE),
    Row("POST", OWN + "/completion", PARTY | OF_A_MEETING, alike=OTHER, among=OUTSIDE),
    Row("DELETE", OWN, PARTY | OF_A_MEETING, alike=OTHER, among=OUTSIDE),
    Row("GET", OWN + "/copy", OF_A_MEETING, alike=PARTIES, among=OUTSIDE),  # what he sent is not sent back
    Row("GET", CASE + "/attachments/{attachment_id}", OF_A_MEETING, alike=PARTIES, among=OUTSIDE),
    # --- one's own watch
    Row("GET", "/v1/receipts/meeting", OF_A_MEETING, among=EVERYBODY),
    Row(
        "POST", "/v1/receipts/meeting/arrangement", OF_A_MEETING, {"arranged_at": "2026-03-12T09:30:00+08:00"},
        among=OUTSIDE,
    ),
    Row("POST", "/v1/receipts/meeting/words", OF_A_MEETING, {"text": "再等等"}, among=OUTSIDE),
    Row("POST", "/v1/receipts/meeting/withdrawal", OF_A_MEETING, among=OUTSIDE),
)  # fmt: skip

TABLE_OF_PUBLIC: tuple[Row, ...] = (
    Row("GET", "/.well-known/jwks.json", EVERYBODY, among=OUTSIDE),
    Row("GET", "/v1/public/detention-centres", EVERYBODY, among=OUTSIDE),
    Row("POST", "/v1/public/filing-proofs", EVERYBODY, PROOF, among=OUTSIDE),
    Row("POST", "/v1/complaint-routes", EVERYBODY, ASKED, among=OUTSIDE),
    Row("POST", "/v1/complaints", EVERYBODY, FILED, kept=True, among=FEW),
    Row("POST", "/v1/refused-meetings", EVERYBODY, REFUSED, kept=True, among=FEW),
    Row("GET", "/v1/evaluation-items", EVERYBODY, among=OUTSIDE),
    # The code is the right, once.
    Row("POST", "/v1/evaluation-answers", EVERYBODY, {"code": "{code}", "points": points()}, among=OUTSIDE),
    Row("POST", "/v1/receipts/sessions", EVERYBODY, {"receipt": "{receipt}"}, among=FEW),
    # --- filing for a caller is the associations' own
    Row("POST", "/v1/complaints/dictations", ASSOCIATIONS, FILED, kept=True),
    Row("POST", "/v1/refused-meetings/dictations", ASSOCIATIONS, REFUSED, kept=True),
    *(replace(row, by_receipt=True) for row in BY_RECEIPT),
)
