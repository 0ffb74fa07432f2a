"""The rooms of discipline."""

from typing import Any

from tests.journeys.actors import eventually
from tests.journeys.handling import INVESTIGATORS, Handled, clue_about, complaint_about, newest
from tests.journeys.made_up import ZHENGZHOU, days_ago, today
from tests.journeys.pages.rooms.people import BUREAU, Keys, People

ORGAN = {"kind": "bureau", "region": ZHENGZHOU, "code": BUREAU["organisation_id"]}

Thing = dict[str, Any]


def discipline(people: People) -> Keys:
    officer = people.bureau()
    firm = officer.registers_firm()
    lawyer = officer.registers_lawyer(firm)
    subject = {name: lawyer[name] for name in ("licence_number", "name")}
    subject |= {"kind": "lawyer", "firm_name": firm["name"]}
    officer.assesses(ORGAN, "administrative", "industry")
    published = officer.publishes(_warned(people, lawyer))
    record = f"/v1/disclosures/{published['case_id']}"
    himself = people.lawyer(lawyer["licence_number"])
    objection = {"ground": "wrong-content", "text": "公示的收费金额与决定书不符。"}
    statement = {"text": "本人已退还全部费用并作出检讨。"}
    return {
        "complaints": _complaint(people, lawyer),
        "cases": _case(people, subject),
        "sanctions": officer.decides(lawyer, ORGAN)["case_id"],
        "objections": himself.done("discipline", f"{record}/objections", objection)["objection_id"],
        "repairs": himself.done("discipline", f"{record}/repairs", {"commitment_version": "2026-1"})["repair_id"],
        "statements": himself.done("discipline", f"{record}/statements", statement)["statement_id"],
        "linkages": _linkage(people),
        "conduct-records": _convicted(people, subject),
        "impostors": _impostor(people),
        "talks": _talk(people, lawyer),
        "policy": "warning",
    }


def _warned(people: People, lawyer: Thing) -> Thing:
    """A fine, long enough ago for its credit to be repaired."""
    return people.bureau().decides(
        lawyer, ORGAN, penalties=[{"kind": "warning"}, {"kind": "fine", "fine_yuan": 5000}], conduct_code="L48.1",
        filed_on=days_ago(200).isoformat(), decided_on=days_ago(150).isoformat(), served_on=days_ago(148).isoformat(),
        from_on=days_ago(148).isoformat(),
    )  # fmt: skip


def _complaint(people: People, lawyer: Thing) -> str:
    officer = people.bureau()
    paper = complaint_about(lawyer, ZHENGZHOU, source="paper", received_on=days_ago(3).isoformat())
    officer.done("discipline", "/v1/complaints/entries", paper)
    return str(newest(officer, "/v1/complaints", "filed_at")[0]["complaint_id"])


def _case(people: People, subject: Thing) -> str:
    """Filed and investigated, with a document that is being drafted."""
    case = Handled.opened(people.bureau(), ORGAN, subject, on=days_ago(20))
    case.takes("accept", days_ago(18))
    case.takes("file", days_ago(16), act_on=days_ago(60), discovered_on=days_ago(20))
    case.takes("investigate", days_ago(2), investigators=INVESTIGATORS)
    paper = {"type": "filing-approval", "title": "立案审批表"}
    people.bureau().done("discipline", f"{case.path}/documents", paper)
    return str(case.case["proceeding_id"])


def _linkage(people: People) -> str:
    """A suspension of somebody else has its consequence for his membership."""
    officer = people.bureau()
    case = officer.decides(officer.registers_lawyer(officer.registers_firm()), ORGAN)
    city = people.city()

    def follows() -> str:
        for line in city.read("discipline", "/v1/linkages", region=ZHENGZHOU, limit=200)["items"]:
            linkage = city.read("discipline", f"/v1/linkages/{line['linkage_id']}")
            if linkage["source"]["case_id"] == case["case_id"]:
                return str(line["linkage_id"])
        return ""

    return str(eventually(follows))


def _convicted(people: People, subject: Thing) -> str:
    body = {
        "organ": ORGAN, "subject": subject, "document_number": f"（{today().year}）豫01刑终12号",
        "effective_on": days_ago(10).isoformat(),
        "conviction": {"court": "郑州市中级人民法院", "offence_article": "刑法第三百零七条"},
    }  # fmt: skip
    return str(people.bureau().done("discipline", "/v1/conduct-records", body)["record_id"])


def _impostor(people: People) -> str:
    """Opened, with a department asked and its answer owed."""
    officer = people.bureau()
    officer.done("discipline", "/v1/impostor-clues", clue_about("某法律咨询有限公司", ZHENGZHOU))
    case = newest(officer, "/v1/impostor-cases", "changed_at")[0]
    path = f"/v1/impostor-cases/{case['case_id']}"
    case = officer.takes(case, f"{path}/opening", {"conduct": ["in-lawyers-name", "misleading-advertising"]})
    asked = {"kind": "joint-action", "department": "police", "text": "请依法处理并反馈。"}
    officer.takes(case, f"{path}/referrals", asked)
    # Another, which nobody has looked at yet: the room shows those first.
    officer.done("discipline", "/v1/impostor-clues", clue_about("某法律咨询服务部", ZHENGZHOU))
    return str(case["case_id"])


def _talk(people: People, lawyer: Thing) -> str:
    body = {
        "organ": ORGAN, "kind": "reminder", "addressee": "lawyer", "licence_number": lawyer["licence_number"],
        "topics": ["fees", "court-conduct"], "held_on": days_ago(2).isoformat(), "notes": "提醒其规范收费。",
        "follow_up": "rectify",
    }  # fmt: skip
    return str(people.bureau().done("discipline", "/v1/talks", body)["talk_id"])
