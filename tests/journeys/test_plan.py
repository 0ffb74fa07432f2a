"""The plan as those who work on it see it: a report, a milestone, an edition; and a rebuild that changes nothing."""

from datetime import date

import pytest
from contracts.deliverables import scopes
from contracts.plan import plan

from tests.journeys.actors import eventually
from tests.journeys.made_up import ZHENGZHOU, days_ago, today

NUMERATOR, DENOMINATOR = 37, 40
NAMES = {"filled_by": "张三", "checked_by": "李四", "responsible": "王五"}


@pytest.fixture(scope="module")
def officer(caller):
    return caller("plan-officer", subject="plan-officer")


@pytest.fixture(scope="module")
def bureau(caller):
    return caller(
        "plan-reporter", region=ZHENGZHOU, organisation_kind="bureau", organisation_id="zz-sfj", subject="zz-plan"
    )


def _etag(thing):
    return f'"v{thing["version"]}"'


def version(thing):
    return {"If_Match": _etag(thing)}


def plain(item):
    """A small number, a nil report, or no."""
    if "yes" in item["fields"]:
        return {"yes": False}
    return {"numerator": 1, "denominator": 2} if "numerator" in item["fields"] else {"kind": "nil"}


def test_a_bureau_reports_the_department_confirms_and_both_numbers_move(officer, bureau, quiet):
    due = bureau.read("progress", "/v1/reports/due")["items"]
    line, form, key = next(
        (line, form, item["key"])
        for line in due
        for form in [bureau.read("progress", f"/v1/reports/{line['report_id']}")]
        for item in form["items"]
        if "numerator" in item["fields"]
    )
    path = f"/v1/reports/{line['report_id']}"

    def of(region=None):
        found = officer.read("progress", f"/v1/indicators/{key}", region=region)
        if region is None:
            return found["numerator"] or 0, found["denominator"] or 0
        own = next(each for each in found["regions"] if each["code"] == region)
        return own["numerator"] or 0, own["denominator"] or 0

    before = of()
    items = {item["key"]: plain(item) for item in form["items"]}
    items[key] = {"numerator": NUMERATOR, "denominator": DENOMINATOR}
    body = {"items": items, **NAMES}
    answer = bureau.http("progress").put(f"{path}/draft", json=body, headers={"If-Match": _etag(form)})
    assert answer.status_code == 200, answer.text
    sent = bureau.done("progress", f"{path}/submission", {}, **version(answer.json()))
    assert of() == before, "what nobody has confirmed counts nowhere"
    # A reporter does not confirm his own.
    assert bureau.post("progress", f"{path}/confirmation", {}, **version(sent)).status_code == 403
    officer.done("progress", f"{path}/confirmation", {"without_scan": "盖章件后补"}, **version(sent))

    eventually(lambda: of(ZHENGZHOU) == (NUMERATOR, DENOMINATOR))
    assert of() == (before[0] + NUMERATOR, before[1] + DENOMINATOR)
    # From the number to the report.
    [row] = [row for row in officer.evidence(key) if row["region"] == ZHENGZHOU]
    assert (row["amount"], row["base"]) == (NUMERATOR, DENOMINATOR)
    value = officer.read("progress", f"/v1/reported-values/{row['value_id']}")
    assert value["report_id"] == line["report_id"]
    [confirmed] = value["versions"]
    assert (confirmed["value"]["amount"], confirmed["value"]["base"]) == (NUMERATOR, DENOMINATOR)


def test_a_milestone_and_evidence_turn_the_light_and_a_second_officer_verifies(officer, caller):
    second = caller("plan-officer", subject="plan-officer-2")
    deliverable = next(
        each
        for each in plan().deliverables()
        if each.recurrence == "once" and each.target is None and tuple(scopes(each.id)) == (None,)
    )
    path = f"/v1/deliverables/{deliverable.id}"

    def colour():
        shown = officer.read("progress", f"/v1/lights/deliverable/{deliverable.id}")
        return shown["colour"]["code"], shown["reason"]["code"]

    assert colour() == ("grey", "D-NO-MILESTONE")
    milestone = {
        "title": "印发方案", "due_on": today().isoformat(),
        "document": {"number": "豫司文〔2026〕7号", "issuer": "河南省司法厅", "dated_on": days_ago(9).isoformat()},
    }  # fmt: skip
    officer.done("progress", f"{path}/milestones", milestone)
    assert colour() == ("grey", "D-NO-EVIDENCE")
    [set_] = officer.read("progress", path)["milestone_list"]
    document = {
        "kind": "document", "region": None, "dated_on": days_ago(2).isoformat(), "completes": set_["milestone_id"],
        "document_number": "豫司文〔2026〕8号", "document_issuer": "河南省司法厅",
    }  # fmt: skip
    found = officer.done("progress", f"{path}/evidence", document)
    assert colour()[0] == "green"
    for state in ("in-progress", "delivered"):
        said = {"region": None, "state": state, "on": days_ago(1).isoformat()}
        found = officer.done("progress", f"{path}/states", said, **version(found))
    verified = {"region": None, "state": "verified", "on": today().isoformat()}
    assert officer.post("progress", f"{path}/states", verified, **version(found)).status_code == 403
    found = second.done("progress", f"{path}/states", verified, **version(found))
    assert found["state"]["state"] == "verified"
    assert colour() == ("green", "D-DELIVERED")


def test_the_public_sees_an_edition_once_three_persons_have_signed_it_off(officer, caller, public):
    reviewer, signer = (caller("plan-signer", subject=subject) for subject in ("plan-reviewer", "plan-signer"))

    def seen():
        return public.read("progress", "/v1/public/plan")

    before = seen()
    draft = officer.done(
        "progress", "/v1/editions", {"period": f"{min(today(), date(plan().meta.period.end_year, 12, 31)):%Y-%m}"}
    )
    path = f"/v1/editions/{draft['edition_id']}"
    assert seen() == before
    assert public.get("progress", f"/v1/public/editions/{draft['edition_id']}").status_code == 404
    reviewed = reviewer.done("progress", f"{path}/review", **version(draft))
    assert seen() == before
    number = {"document_number": f"豫司文〔{today().year}〕12号"}
    assert reviewer.post("progress", f"{path}/issue", number, **version(reviewed)).status_code == 403
    signed = signer.done("progress", f"{path}/issue", number, **version(reviewed))
    shown = seen()
    assert shown["edition"]["document_number"] == number["document_number"]
    assert shown["edition"]["digest_sm3"] == signed["digest_sm3"]
    lawyers = next(each for each in shown["content"]["indicators"] if each["id"] == "H1")
    assert lawyers["value"] == officer.value("H1", as_of=signed["as_of"])
    paper = public.get("progress", f"/v1/public/editions/{draft['edition_id']}/papers/bulletin.pdf")
    assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")


def test_afterwards_a_rebuild_differs_in_nothing(caller, written):
    written()
    operator = caller("operator", subject="op-plan")
    asked = operator.done("progress", "/v1/rebuilds", {"switch": False})

    def done():
        found = operator.read("progress", f"/v1/rebuilds/{asked['rebuild_id']}")
        return found if found["state"] in ("done", "failed") else None

    found = eventually(done)
    assert (found["state"], found["differing_rows"], found["error"]) == ("done", 0, None)
