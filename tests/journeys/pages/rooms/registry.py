"""The registry's rooms."""

from typing import Any

from tests.journeys.actors import eventually
from tests.journeys.made_up import ZHENGZHOU, csv_of, days_ago, document_number, lawyer_row, licence_number, today
from tests.journeys.pages.rooms.people import BUREAU, CITY, DEPARTMENT, Keys, People

_YEAR = today().year - 2
"""Of an assessment that no other journey opens."""
_FIRM_HEADER = ("律所名称", "统一社会信用代码", "组织形式", "地区", "设立日期", "状态", "总所统一社会信用代码")

Thing = dict[str, Any]


def registry(people: People) -> Keys:
    officer = people.bureau()
    firm = officer.registers_firm()
    lawyer, other, again = (officer.registers_lawyer(firm) for _ in range(3))
    ending = {
        "ended_on": days_ago(1).isoformat(),
        "ground": "own-request",
        "document_number": document_number("郑司律"),
    }
    proposal = officer.done("registry", f"/v1/lawyers/{lawyer['lawyer_id']}/licence-end", ending)
    merger = {"effective_on": today().isoformat(), "reason": "同一人重复登记。"}
    merger |= {"kept_lawyer_id": other["lawyer_id"], "absorbed_lawyer_id": again["lawyer_id"]}
    return {
        "proposals": proposal["proposal_id"],
        "imports": _import(people, firm),
        "lawyers": lawyer["lawyer_id"],
        "firms": firm["firm_id"],
        "person-mergers": people.department().changes("/v1/person-mergers", merger)["merger_id"],
        "assessments": str(_YEAR),
        "results": _assessed(people, firm, other),
        "reconciliations": _reconciled(people),
        "conflicts": _contradicted(people),
        "interns": _intern(people, firm, other),
        "supervisors": _supervisor(people, firm, other),
        "lists": _list(people, firm),
    }


def _import(people: People, firm: Thing) -> str:
    """Checked, with a row that cannot be read and a difference, and waiting for its approval."""
    officer = people.bureau()
    rows = [lawyer_row(firm), lawyer_row(firm), lawyer_row(firm, number="1410")]
    accepted = officer.uploads(csv_of(rows))
    assert accepted.status_code == 202, accepted.text
    key: str = accepted.json()["import_id"]
    eventually(lambda: officer.read("registry", f"/v1/imports/{key}")["state"] == "checked")
    return key


def _assessed(people: People, firm: Thing, lawyer: Thing) -> str:
    department, officer = people.department(), people.bureau()
    days = {"opens_on": days_ago(30).isoformat(), "closes_on": days_ago(-30).isoformat()}
    department.done("registry", "/v1/assessments", {"year": _YEAR} | days)
    number = document_number("郑司考")
    firms = {"entries": [{"subject_id": firm["firm_id"], "document_number": number, "grade": "passed"}]}
    lawyers = {"entries": [{"subject_id": lawyer["lawyer_id"], "document_number": number, "grade": "competent"}]}
    officer.done("registry", f"/v1/assessments/{_YEAR}/firms", firms)
    city = people.by("registry-officer", subject="rooms-lx", **CITY)
    entered = city.done("registry", f"/v1/assessments/{_YEAR}/lawyers", lawyers)["entered"]
    return str(entered[0]["assessment_id"])


def _reconciled(people: People) -> str:
    """Compared with an export of the licensing system that knows one firm only, and not ours."""
    system = people.by("licensing-system", organisation_kind="system", organisation_id="licensing", subject="licensing")
    row = ("郑州对账律师事务所", "31410000MD0000001X", "普通合伙", "郑州市", "2001-05-01", "正常", "")
    content = csv_of([row], _FIRM_HEADER)
    answer = system.http("registry").post(
        "/v1/reconciliations", files={"file": ("律所.csv", content)}, data={"kind": "firms"},
        headers={"Idempotency-Key": f"rooms-{days_ago(0)}-{id(people)}"},
    )  # fmt: skip
    assert answer.is_success, answer.text
    lines = people.department().read("registry", "/v1/reconciliations/lines", state="open", limit=1)["items"]
    return str(lines[0]["line_id"])


def _contradicted(people: People) -> str:
    """A sanction of somebody whom the register does not know."""
    stranger = {"licence_number": licence_number(ZHENGZHOU), "name": "林无籍"}
    people.bureau().decides(stranger, {"kind": "bureau", "region": ZHENGZHOU, "code": BUREAU["organisation_id"]})
    department = people.by("registry-officer", subject="rooms-hn", **DEPARTMENT)
    found = eventually(
        lambda: department.read("registry", "/v1/standing-conflicts", closed="false", region=ZHENGZHOU)["items"]
    )
    return str(found[0]["conflict_id"])


def _intern(people: People, firm: Thing, supervisor: Thing) -> str:
    city = people.by("registry-officer", subject="rooms-lx", **CITY)
    body = {
        "name": "李实习", "certificate_number": supervisor["licence_number"][-14:], "firm_id": firm["firm_id"],
        "supervisor_id": supervisor["lawyer_id"], "from_on": days_ago(30).isoformat(),
    }  # fmt: skip
    return str(city.done("registry", "/v1/interns", body)["intern_id"])


def _supervisor(people: People, firm: Thing, lawyer: Thing) -> str:
    body = {"firm_id": firm["firm_id"], "lawyer_id": lawyer["lawyer_id"], "from_on": days_ago(30).isoformat()}
    return str(people.bureau().done("registry", "/v1/supervisors", body)["appointment_id"])


def _list(people: People, firm: Thing) -> str:
    department = people.department()
    body = {
        "kind": "honoured-firm", "title": "全省优秀律师事务所名单", "issuer": "河南省司法厅", "region": "410000",
        "document_number": document_number("豫司认"), "valid_from": days_ago(3).isoformat(),
    }  # fmt: skip
    made = department.done("registry", "/v1/lists", body)
    members = {"members": [{"member_id": firm["firm_id"]}]}
    department.done("registry", f"/v1/lists/{made['list_id']}/members", members)
    return str(made["list_id"])
