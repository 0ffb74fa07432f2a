"""A complaint, from somebody without an account to the plan's numbers, which only the entitled see."""

import pytest

from tests.journeys.actors import complaint, eventually
from tests.journeys.made_up import LUOYANG, ZHENGZHOU, today

pytestmark = pytest.mark.usefixtures("quiet")


def _m13(reader):
    found = reader.read("progress", "/v1/indicators/M13-I1")
    return found["numerator"], found["denominator"]


@pytest.fixture
def steps(association):
    """Takes the next step of a case, at the version it has."""

    def take(case, step, body=None):
        path = f"/v1/complaints/{case['complaint_id']}"
        association.done("rights", f"{path}/assignments", {})
        return case | association.done("rights", f"{path}/{step}", body, If_Match=f'"v{case["version"]}"')

    return take


def _newest(association):
    cases = association.read("rights", "/v1/complaints", region=ZHENGZHOU, limit=200)["items"]
    return max(cases, key=lambda case: case["filed_at"])


def test_a_complaint_is_filed_without_an_account_accepted_answered_and_closed_and_counts_once(
    public, association, department, steps
):
    before = _m13(department)
    filed = public.files_complaint()
    receipt = filed["receipt"]
    assert "receipt" not in str(sorted(public.follows(receipt)))
    assert public.follows(receipt)["status"] == "TRIAGE"
    case = _newest(association)
    case = steps(case, "acceptance")
    assert public.follows(receipt)["accepted_at"] == case["accepted_at"]
    on = today().isoformat()
    letter = {"document_number": "郑律函〔2026〕1号", "document_date": on, "organ": "郑州市第一看守所"}
    case = steps(case, "letter", letter)
    answer = {"decided_on": on, "received_on": on, "organ": "郑州市第一看守所", "summary": "已安排会见"}
    case = steps(case, "decision", answer)
    case = steps(case, "reply", {"text": "已责成看守所改正。"})
    assert public.follows(receipt)["reply"] == "已责成看守所改正。"
    case["version"] = public.does_in_his_case(receipt, "reply-accepted", {"satisfied": True})["version"]
    case = steps(case, "closure", {"outcome": "corrected", "evidence": letter})
    assert public.follows(receipt)["status"] == case["status"] == "CLOSED"
    # The reply already counts in M13-I1, only the closure in M13-I2: the last event to arrive.
    eventually(lambda: case["complaint_id"] in _in_evidence(department, "M13-I2"))
    assert department.value("M13-I2") is not None
    assert _m13(department) == (before[0] + 1, before[1] + 1)
    assert case["complaint_id"] in _in_evidence(department, "M13-I1")


def _in_evidence(reader, indicator):
    return {row["complaint_id"] for row in reader.evidence(indicator)}


def test_the_receipt_is_shown_again_only_to_a_repetition_with_the_same_key(public, association):
    body, key = complaint(), "0123456789abcdef0123456789abcdef"
    cases = len(association.read("rights", "/v1/complaints", limit=200)["items"])
    first, again = (public.post("rights_public", "/v1/complaints", body, Idempotency_Key=key) for _ in range(2))
    assert first.json()["receipt"] == again.json()["receipt"]
    assert len(association.read("rights", "/v1/complaints", limit=200)["items"]) == cases + 1
    other = public.post("rights_public", "/v1/complaints", body | {"facts": "另一件事"}, Idempotency_Key=key)
    assert other.status_code == 422, other.text
    assert "receipt" not in other.json()


def test_a_wrong_receipt_opens_nothing(public):
    answer = public.post("rights_public", "/v1/receipts/sessions", {"receipt": "0000-0000-0000-0000"})
    assert answer.status_code in (401, 403, 404), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("indicator", ["M13-I1", "M13-I2"])
def test_rows_and_days_of_m13_are_for_the_entitled_only(indicator, caller, department):
    stranger = caller("plan-reader", "registry-officer", "discipline-officer")
    elsewhere = caller("rights-officer", region=LUOYANG, organisation_kind="city-association")
    path = f"/v1/indicators/{indicator}"
    assert stranger.get("progress", f"{path}/evidence").status_code == 403
    assert stranger.get("progress", path, as_of="2026-01-01").status_code == 403
    assert stranger.get("progress", path, region=ZHENGZHOU).status_code == 403
    assert elsewhere.get("progress", path, region=ZHENGZHOU).status_code == 403
    assert all(row["region"] == LUOYANG for row in elsewhere.evidence(indicator, region=LUOYANG))
    assert department.get("progress", f"{path}/evidence").status_code == 200
    shown = stranger.read("progress", path)
    assert shown["numerator"] is shown["denominator"] is None
    assert shown["regions"] == []
    # Below five cases even the share itself could be traced.
    denominator = department.read("progress", "/v1/indicators/M13-I1")["denominator"]
    if indicator == "M13-I1" and denominator < 5:
        assert (shown["value"], shown["reason"]["code"]) == (None, "too-few-cases")
