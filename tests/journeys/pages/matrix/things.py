"""Something of Zhengzhou's in each room, made by those who may, so that a refusal is one and not an empty room."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from contracts.regions import PROVINCE

from tests.journeys.actors import Caller, eventually
from tests.journeys.conftest import BUREAU
from tests.journeys.handling import clue_about, complaint_about, newest
from tests.journeys.made_up import ZHENGZHOU, csv_of, days_ago, document_number, hours_ago, lawyer_row, today

Making = Callable[..., Caller]
Keys = Mapping[str, str]

LOOKING_SYSTEM = "matrix-connected-system"
"""The subject of that caller's token."""
_HOOK = "http://127.0.0.1:9/hook"
_RARE = "lawyers.registry.firm.split.v1"
"""Nothing of the kind happens in that region, so that nothing is on its way."""
_YEAR = today().year - 3
"""Of a campaign of assessments that no other journey counts in."""
_CENTRE = {
    "region": ZHENGZHOU,
    "name": "郑州市第二看守所",
    "level": "city",
    "telephone": "0371-12345679",
    "procuratorate": "郑州市人民检察院驻所检察室",
    "procuratorate_telephone": "0371-87654322",
}
_UNIT = {
    "organ_kind": "COURT",
    "level": "city",
    "region": ZHENGZHOU,
    "organ_name": "郑州市中级人民法院",
    "unit_name": "立案信访投诉窗口",
    "duty": "complaints",
    "address": "郑州市某路2号",
    "phone": "0371-65000000",
    "channel": "account",
    "organisation_id": "zz-court",
}


def things_of(caller: Making) -> Keys:
    """By room, `registry/lawyers`; by `rights/complaints task_id` what a row of its record is."""
    officers = ("registry-officer", "discipline-officer", "rights-officer")
    bureau = caller(*officers, region=ZHENGZHOU, organisation_kind="bureau", organisation_id="zz-sfj", subject="m-zz")
    association = caller(
        *officers, region=ZHENGZHOU, organisation_kind="city-association", organisation_id="zz-lx", subject="m-lx"
    )
    department = caller(*officers, organisation_id="hn-sft", subject="m-hn")
    public = caller()
    planner = caller("plan-officer", subject="m-plan")
    reporter = caller(
        "plan-reporter", region=ZHENGZHOU, organisation_kind="bureau", organisation_id="zz-sfj", subject="m-zz-plan"
    )
    firm = bureau.registers_firm()
    lawyer = bureau.registers_lawyer(firm)
    return {
        "registry/firms": firm["firm_id"],
        "registry/lawyers": lawyer["lawyer_id"],
        **_registry(bureau, association, department, firm, lawyer),
        **_discipline(bureau, public, firm, lawyer),
        **_rights(association, department, public),
        **_reporting(planner, reporter),
        **_operations(caller),
    }


def _registry(
    bureau: Caller, association: Caller, department: Caller, firm: dict[str, Any], lawyer: dict[str, Any]
) -> Keys:
    other, more = (bureau.registers_lawyer(firm) for _ in range(2))
    ending = {"ended_on": days_ago(1).isoformat(), "ground": "own-request"}
    proposal = bureau.done("registry", f"/v1/lawyers/{other['lawyer_id']}/licence-end", ending)
    imported = bureau.uploads(csv_of([lawyer_row(firm)]))
    days = {"opens_on": days_ago(20).isoformat(), "closes_on": today().isoformat()}
    department.done("registry", "/v1/assessments", {"year": _YEAR} | days)
    entry = {"subject_id": firm["firm_id"], "grade": "passed", "document_number": document_number("郑司考")}
    assessed = bureau.done("registry", f"/v1/assessments/{_YEAR}/firms", {"entries": [entry]})
    intern = {
        "name": "林实习",
        "certificate_number": f"{uuid4().int % 10**14:014d}",
        "firm_id": firm["firm_id"],
        "supervisor_id": lawyer["lawyer_id"],
        "from_on": days_ago(40).isoformat(),
    }
    appointment = {"firm_id": firm["firm_id"], "lawyer_id": lawyer["lawyer_id"], "from_on": today().isoformat()}
    listed = {
        "kind": "specialised-firm",
        "region": ZHENGZHOU,
        "issuer": "郑州市司法局",
        "title": "矩阵名录",
        "document_number": document_number("郑司"),
        "valid_from": days_ago(10).isoformat(),
    }
    merging = {"absorbed_lawyer_id": more["lawyer_id"], "kept_lawyer_id": lawyer["lawyer_id"]}
    merging |= {"effective_on": today().isoformat(), "reason": "同一人重复登记"}
    return {
        "registry/firms other": bureau.registers_firm()["firm_id"],
        "registry/lawyers other": other["lawyer_id"],
        "registry/proposals": proposal["proposal_id"],
        "registry/imports": imported.json()["import_id"],
        "registry/assessments": str(_YEAR),
        "registry/results": assessed["entered"][0]["assessment_id"],
        "registry/interns": association.done("registry", "/v1/interns", intern)["intern_id"],
        "registry/supervisors": bureau.done("registry", "/v1/supervisors", appointment)["appointment_id"],
        "registry/lists": bureau.done("registry", "/v1/lists", listed)["list_id"],
        "registry/person-mergers": bureau.changes("/v1/person-mergers", merging)["merger_id"],
    }


def _discipline(bureau: Caller, public: Caller, firm: dict[str, Any], lawyer: dict[str, Any]) -> Keys:
    subject = {"kind": "lawyer", "licence_number": lawyer["licence_number"], "name": lawyer["name"]}
    opening = {"kind": "administrative", "organ": BUREAU, "origin": "own-initiative", "subject": subject}
    opening |= {"received_on": days_ago(5).isoformat(), "reason": "线索。"}
    public.done("discipline", "/v1/complaints", complaint_about(lawyer, ZHENGZHOU))
    public.done("discipline", "/v1/impostor-clues", clue_about("某法律咨询有限公司", ZHENGZHOU))
    talk = {
        "organ": BUREAU,
        "kind": "reminder",
        "addressee": "head",
        "credit_code": firm["credit_code"],
        "topics": ["fees"],
        "held_on": days_ago(1).isoformat(),
        "follow_up": "rectify",
        "notes": "就收费问题提醒。",
    }
    convicted = {"organ": BUREAU, "subject": subject, "document_number": document_number("郑司认字")}
    convicted |= {"effective_on": days_ago(3).isoformat()}
    convicted |= {"conviction": {"court": "郑州市中级人民法院", "offence_article": "刑法第266条"}}
    return {
        "discipline/conduct-records": bureau.done("discipline", "/v1/conduct-records", convicted)["record_id"],
        "discipline/sanctions": bureau.decides(lawyer, BUREAU)["case_id"],
        "discipline/cases": bureau.done("discipline", "/v1/proceedings", opening)["proceeding_id"],
        "discipline/complaints": newest(bureau, "/v1/complaints", "filed_at")[0]["complaint_id"],
        "discipline/impostors": newest(bureau, "/v1/impostor-cases", "changed_at")[0]["case_id"],
        "discipline/talks": bureau.done("discipline", "/v1/talks", talk)["talk_id"],
        "discipline/policy": "warning",
    }


def _rights(association: Caller, department: Caller, public: Caller) -> Keys:
    case = _filed(association, public, right="PERSON", respondent="COURT", facts="在法院门前被人员殴打。")
    unit = association.done("rights", "/v1/complaint-units", _UNIT)
    centre = association.done("rights", "/v1/detention-centres", _CENTRE)
    refusal = {
        "incident_region": ZHENGZHOU,
        "registration_region": ZHENGZHOU,
        "centre_id": centre["centre_id"],
        "asked_at": hours_ago(5),
        "refused_at": hours_ago(3),
        "ground": "holiday",
        "words": "今天不办理会见",
        "complainant": {"name": "林会见", "licence_number": "14101201510000002", "contact": "0371-00000000"},
    }
    public.done("rights_public", "/v1/refused-meetings", refusal)
    plan = {"body": "four-party", "planned_at": f"{today().isoformat()}T09:00:00+08:00"}
    place = {"region": ZHENGZHOU, "organ_kind": "DETENTION", "name": "郑州市第二看守所"}
    place |= {"address": f"郑州市某路{uuid4().int % 10**6}号"}
    organ = association.done("rights", "/v1/facility-organs", place)["organ_code"]
    room = {"organ_code": organ, "kind": "meeting-room", "status": "open", "count": 6, "not_monitored": True}
    room |= {"hours": [{"weekday": 1, "spans": [{"opens": "09:00", "closes": "12:00"}]}], "no_booking_needed": False}
    room |= {"channels": [{"kind": "telephone", "where": "0371-1234567"}], "document_number": "郑公监〔2026〕12号"}
    room |= {"opened_on": days_ago(90).isoformat(), "document_date": days_ago(90).isoformat(), "exceptions": []}
    [alarm, *_] = eventually(lambda: association.read("rights", "/v1/alarms", state="open")["items"])
    return {
        "rights/complaints": case["complaint_id"],
        "rights/alarms": alarm["alarm_id"],
        "rights/meeting-watches": association.read("rights", "/v1/meeting-watches")["items"][0]["meeting_id"],
        "rights/roster": today().isoformat(),
        "rights/telephone": "own",
        "rights/places month": f"{days_ago(31):%Y-%m}",
        "rights/units": unit["unit_id"],
        "rights/centres": centre["centre_id"],
        "rights/consultations": association.done("rights", "/v1/consultations", plan)["meeting_id"],
        "rights/places": organ,
        "rights/facilities": association.done("rights", "/v1/facilities", room)["facility_id"],
        **_letter(association, public, unit),
    }


def _filed(association: Caller, public: Caller, **said: str) -> dict[str, Any]:
    """A case in the hands of this officer of the association."""

    def cases() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = association.read("rights", "/v1/complaints", limit=200)["items"]
        return found

    known = {each["complaint_id"] for each in cases()}
    public.files_complaint(**said)
    [case] = [each for each in cases() if each["complaint_id"] not in known]
    association.done("rights", f"/v1/complaints/{case['complaint_id']}/assignments", {})
    return case


def _letter(association: Caller, public: Caller, unit: dict[str, Any]) -> Keys:
    """To the court's complaint unit, which has an account."""
    case = _filed(association, public, right="FILE", respondent="COURT", facts="窗口不安排阅卷。")
    path = f"/v1/complaints/{case['complaint_id']}"
    accepted = association.done("rights", f"{path}/acceptance", None, If_Match=f'"v{case["version"]}"')
    letter = {"unit_id": unit["unit_id"], "text": "请核实并依法纠正。"}
    sent = association.done("rights", f"{path}/linkage-tasks", letter, If_Match=f'"v{accepted["version"]}"')
    return {"linkage/tasks": sent["task_id"]}


def _reporting(planner: Caller, reporter: Caller) -> Keys:
    report = reporter.read("progress", "/v1/reports/due")["items"][0]["report_id"]
    notice = {"colour": "blue", "addressee": "city-bureau", "region": ZHENGZHOU, "subject_kind": "measure"}
    notice |= {"subject": "M05", "text": "请说明进展。"}
    inspection = {
        "region": ZHENGZHOU,
        "planned_on": today().isoformat(),
        "team": [{"organ": "provincial-division", "region": PROVINCE}],
        "measures": ["M05"],
    }
    if all(each["year"] != today().year for each in planner.read("progress", "/v1/inspection-programmes")):
        programme = {"document_number": document_number("豫司督"), "issued_on": today().isoformat()}
        planner.done("progress", "/v1/inspection-programmes", programme | {"year": today().year})
    light = {"of": "measure", "id": "M14", "colour": "yellow", "reason": "文件尚在会签"}
    light |= {"expires_on": days_ago(-30).isoformat()}
    targets = {"number": document_number("豫司文"), "issuer": "河南省司法厅", "issued_on": days_ago(9).isoformat()}
    targets |= {"from_on": days_ago(9).isoformat()}
    targets |= {"targets": [{"indicator_id": "W1-I1", "region": ZHENGZHOU, "op": ">=", "value": 3}]}
    return {
        "reporting/light-overrides": planner.done("progress", "/v1/lights/overrides", light)["override_id"],
        "reporting/region-targets": planner.done("progress", "/v1/region-targets", targets)["document_id"],
        "reporting/due": report,
        "reporting/reports": report,
        "reporting/scans-owed": report,
        "reporting/notices": planner.done("progress", "/v1/notices", notice)["notice_id"],
        "reporting/inspections": planner.done("progress", "/v1/inspections", inspection)["inspection_id"],
        "reporting/deliverables": "M01-D1",
    }


def _operations(caller: Making) -> Keys:
    """A system with a webhook, which is another's for the system that looks; a redrive that was only tried."""
    operator = caller("operator", subject="m-operator")
    connection = {"organisation_kind": "court", "region": PROVINCE, "reason": "数据共享协议"}
    made = [
        operator.done("exchange", "/v1/clients", connection | {"subject": subject, "name": name, "organ_code": code})
        for subject, name, code in (("m-system", "另一系统", "m-court"), (LOOKING_SYSTEM, "接入系统", "m-gy"))
    ]
    system = caller("stream-client", organisation_kind="court", organisation_id="m-court", subject="m-system")
    webhook = system.done("exchange", "/v1/webhooks", {"url": _HOOK, "types": [_RARE], "regions": ["411700"]})
    order = {"dry_run": True, "event_type": _RARE, "reason": "核查"}
    return {
        "operations/clients": made[0]["client_id"],
        "operations/webhooks": webhook["webhook_id"],
        "operations/redrives": operator.done("exchange", "/v1/operations/redrives", order)["redrive_id"],
    }
