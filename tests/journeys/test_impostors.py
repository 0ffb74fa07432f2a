"""Practice without a licence: a clue, departments that act together, the fine of article 55, a transfer."""

import pytest

from tests.journeys.actors import eventually
from tests.journeys.handling import Receipt, clue_about, newest
from tests.journeys.made_up import ZHENGZHOU, document_number, today

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def reported(public, zhengzhou):
    """A clue of the public's: the case on the bureau's desk, and the receipt."""

    def reported(suspect, **changes):
        answer = public.done("discipline", "/v1/impostor-clues", clue_about(suspect, ZHENGZHOU, **changes))
        (triage,) = answer["deadlines"]
        assert (triage["name"], triage["state"]) == ("triage", "running")
        case = newest(zhengzhou, "/v1/impostor-cases", "changed_at")[0]
        return Acted(zhengzhou, case), Receipt(public, answer["receipt"], "impostor-receipts")

    return reported


class Acted:
    """A case in the hands of the bureau."""

    def __init__(self, bureau, case):
        self.bureau, self.case = bureau, case

    @property
    def path(self):
        return f"/v1/impostor-cases/{self.case['case_id']}"

    def takes(self, step, body):
        self.case = self.bureau.takes(self.case, f"{self.path}/{step}", body)
        return self.case

    def refers(self, kind, department):
        body = {"kind": kind, "department": department, "text": "请依法处理并反馈。"}
        return self.takes("referrals", body)["referral_id"]

    def has_receipt(self, referral):
        receipt = {"acknowledged_on": today().isoformat(), "number": "公收〔2026〕5号", "received_by": "收件人"}
        self.takes(f"referrals/{referral}/acknowledgement", receipt)

    def hears(self, referral, result):
        told = {"result": result, "result_on": today().isoformat(), "text": "已依法查处。"}
        self.takes(f"referrals/{referral}/result", told)

    def fines(self, *, gains, fine):
        day = today().isoformat()
        return {
            "document_number": document_number("郑司罚决字"), "notified_on": day, "decided_on": day, "served_on": day,
            "gains_yuan": gains, "fine_yuan": fine,
        }  # fmt: skip

    def refused(self, step, body):
        version = f'"v{self.case["version"]}"'
        answer = self.bureau.post("discipline", f"{self.path}/{step}", body, If_Match=version)
        assert answer.is_client_error, answer.text
        return answer.json()["type"].rpartition(":")[2]

    def clocks(self):
        """Of each department: how it stands."""
        seen = self.bureau.read("discipline", self.path)
        return {
            referral["department"]: {clock["name"]: clock["state"] for clock in referral["deadlines"]}
            for referral in seen["referrals"]
        }


def test_a_false_lawyer_is_acted_on_together_fined_and_handed_to_the_police_and_the_informant_hears_of_it(
    reported, zhengzhou, department
):
    acted_on = department.value("M12-I4")
    case, receipt = reported("某法律咨询有限公司")
    case.takes("opening", {"conduct": ["in-lawyers-name", "fraud-suspected", "misleading-advertising"]})
    assert receipt.opens()["status"] == "OPENED"
    police, market = (case.refers("joint-action", who) for who in ("police", "market-regulation"))
    awaited = {"referral-acknowledgement": "running"}
    assert case.clocks() == {"police": awaited, "market-regulation": awaited}
    case.has_receipt(police)
    assert case.clocks() == {
        "police": {"referral-acknowledgement": "met", "referral-result": "running"}, "market-regulation": awaited,
    }  # fmt: skip
    case.has_receipt(market)
    for referral in (police, market):
        case.hears(referral, "informed")
    for wrong in (19_999, 100_001):
        assert case.refused("decision", case.fines(gains=20_000, fine=wrong)) == "fine-out-of-bounds", "1 to 5 times"
    case.takes("decision", case.fines(gains=20_000, fine=100_000))
    fined = zhengzhou.read("discipline", case.path)["fined"]
    assert [float(fined[amount]) for amount in ("confiscated_yuan", "fine_yuan")] == [20_000, 100_000]
    assert (fined["basis"], fined["verified"]) == ("律师法第五十五条", True)
    end = {"outcome": "penalised", "text": "已责令停止、没收违法所得并处罚款，涉嫌犯罪的已移送。"}
    assert case.refused("closure", end) == "not-transferred", "the fraud is for the police"
    transfers = [case.refers("transfer", who) for who in ("police", "market-regulation")]
    assert case.refused("closure", end) == "referrals-open", "not before there is a receipt for each"
    for transfer in transfers:
        case.has_receipt(transfer)
    case.takes("closure", end)
    eventually(lambda: department.value("M12-I4") == acted_on + 1)
    assert case.case["case_id"] in {row["impostor_case_id"] for row in department.evidence("M12-I4")}
    followed = receipt.opens()
    assert (followed["status"], followed["outcome"], followed["answers"]) == ("CLOSED", "penalised", [end["text"]])
    assert "某法律咨询" not in str(followed)


def test_d24_without_gains_there_is_no_fine_and_what_proves_unfounded_counts_nowhere(reported, department):
    acted_on = department.value("M12-I4")
    case, receipt = reported("某咨询工作室")
    case.takes("opening", {"conduct": ["in-lawyers-name"]})
    assert case.refused("decision", case.fines(gains=0, fine=1)) == "fine-out-of-bounds"
    case.takes("decision", case.fines(gains=0, fine=0))
    case.takes("closure", {"outcome": "penalised", "text": "已责令停止。"})
    eventually(lambda: department.value("M12-I4") == acted_on + 1)
    other, heard = reported("某商务咨询部")
    other.takes("opening", {"conduct": ["in-lawyers-name"]})
    other.takes("closure", {"outcome": "not-established", "text": "经查其未以律师名义执业。"})
    assert [each.opens()["outcome"] for each in (receipt, heard)] == ["penalised", "not-established"]
    eventually(lambda: _known(department, other))
    assert department.value("M12-I4") == acted_on + 1


def _known(department, case):
    rows = {row["impostor_case_id"]: row for row in department.evidence("M12-I4")}
    return rows.get(case.case["case_id"])
